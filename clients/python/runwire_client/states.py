"""The inside of a run: its steps, its checkpoints, and the state at one of them."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from runwire_client._payloads import decoded, time_of
from runwire_client.runs import Interrupt, RunStatus, interrupt_from_message, status_from_number
from runwire_client.v1 import step_pb2


@dataclass(frozen=True, slots=True)
class Step:
    """One node executed within a run.

    `visit` counts how often the run has come to the node, `attempt` the tries of this step, both
    from 1; `superstep` is shared by parallel steps. `note` says why it failed or was tried again.
    `checkpoint_id` names the checkpoint that holds its result, once merged.
    """

    step_id: str
    run_id: str
    node: str
    tool: str
    visit: int
    attempt: int
    status: RunStatus
    started_at: datetime | None
    ended_at: datetime | None
    note: str
    checkpoint_id: str
    superstep: int
    message: step_pb2.Step = field(repr=False, hash=False)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """State saved after a step; `next_nodes` run next, none at the end."""

    checkpoint_id: str
    run_id: str
    parent_checkpoint_id: str
    superstep: int
    nodes: tuple[str, ...]
    next_nodes: tuple[str, ...]
    created_at: datetime | None
    size_bytes: int
    message: step_pb2.Checkpoint = field(repr=False, hash=False)


@dataclass(frozen=True)
class State:
    """The values that a run's nodes read and write, at one checkpoint.

    `checkpoint` is None before the first one. `interrupts` are the questions the run waits for.
    """

    checkpoint: Checkpoint | None
    next_nodes: tuple[str, ...]
    interrupts: tuple[Interrupt, ...]
    message: step_pb2.RunState = field(repr=False, hash=False)

    @cached_property
    def values(self) -> dict[str, Any]:
        values: dict[str, Any] = decoded(self.message.values) or {}
        return values


def step_from_message(message: step_pb2.Step) -> Step:
    """Return the step that a message describes."""
    return Step(
        step_id=message.step_id,
        run_id=message.run_id,
        node=message.node,
        tool=message.tool,
        visit=message.visit,
        attempt=message.attempt,
        status=status_from_number(message.status),
        started_at=time_of(message.start_time) if message.HasField("start_time") else None,
        ended_at=time_of(message.end_time) if message.HasField("end_time") else None,
        note=message.message,
        checkpoint_id=message.checkpoint_id,
        superstep=message.superstep,
        message=message,
    )


def checkpoint_from_message(message: step_pb2.Checkpoint) -> Checkpoint:
    """Return the checkpoint that a message describes."""
    return Checkpoint(
        checkpoint_id=message.checkpoint_id,
        run_id=message.run_id,
        parent_checkpoint_id=message.parent_checkpoint_id,
        superstep=message.superstep,
        nodes=tuple(message.nodes),
        next_nodes=tuple(message.next_nodes),
        created_at=time_of(message.create_time) if message.HasField("create_time") else None,
        size_bytes=message.size_bytes,
        message=message,
    )


def state_from_message(message: step_pb2.RunState) -> State:
    """Return the state that a message describes."""
    saved = message.HasField("checkpoint")
    return State(
        checkpoint=checkpoint_from_message(message.checkpoint) if saved else None,
        next_nodes=tuple(message.next_nodes),
        interrupts=tuple(interrupt_from_message(each) for each in message.interrupts),
        message=message,
    )

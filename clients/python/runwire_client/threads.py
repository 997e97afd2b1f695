"""Threads and their states, as their callers see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

from runwire_client._payloads import decoded, duration, encoded, seconds_of, time_of
from runwire_client.options import Command, ThreadCheckpoint, checkpoint_from_message
from runwire_client.v1 import thread_pb2, thread_service_pb2


class ThreadStatus(StrEnum):
    """What a thread waits for."""

    UNKNOWN = "unknown"
    IDLE = "idle"
    BUSY = "busy"
    INTERRUPTED = "interrupted"
    ERROR = "error"


class TtlStrategy(StrEnum):
    """What happens to a thread when its time is over."""

    DELETE = "delete"
    KEEP_LATEST = "keep_latest"


STATUSES: Final[Mapping[ThreadStatus, thread_pb2.ThreadStatus.ValueType]] = {
    ThreadStatus.UNKNOWN: thread_pb2.THREAD_STATUS_UNSPECIFIED,
    ThreadStatus.IDLE: thread_pb2.THREAD_STATUS_IDLE,
    ThreadStatus.BUSY: thread_pb2.THREAD_STATUS_BUSY,
    ThreadStatus.INTERRUPTED: thread_pb2.THREAD_STATUS_INTERRUPTED,
    ThreadStatus.ERROR: thread_pb2.THREAD_STATUS_ERROR,
}
TTLS: Final[Mapping[TtlStrategy, thread_pb2.TtlStrategy.ValueType]] = {
    TtlStrategy.DELETE: thread_pb2.TTL_STRATEGY_DELETE,
    TtlStrategy.KEEP_LATEST: thread_pb2.TTL_STRATEGY_KEEP_LATEST,
}


@dataclass(frozen=True, slots=True)
class Ttl:
    """How long a thread is kept after it was last changed, and what happens then."""

    seconds: float
    strategy: TtlStrategy = TtlStrategy.DELETE

    def to_message(self) -> thread_pb2.ThreadTtl:
        """Return it as it is sent."""
        return thread_pb2.ThreadTtl(duration=duration(self.seconds), strategy=TTLS[self.strategy])


@dataclass(frozen=True, slots=True)
class StateUpdate:
    """A change of a thread's state, as if a node had made it."""

    values: Any = None
    as_node: str = ""
    command: Command | None = None

    def to_message(self) -> thread_service_pb2.StateUpdate:
        """Return it as it is sent; raise Invalid if something of it is not JSON."""
        message = thread_service_pb2.StateUpdate(as_node=self.as_node)
        if self.values is not None:
            message.values.CopyFrom(encoded(self.values, field="supersteps"))
        if self.command is not None:
            message.command.CopyFrom(self.command.to_message("supersteps"))
        return message


def supersteps_message(
    supersteps: Sequence[Sequence[StateUpdate]],
) -> Sequence[thread_service_pb2.Superstep]:
    """Return the steps of updates as they are sent."""
    return [
        thread_service_pb2.Superstep(updates=[update.to_message() for update in step])
        for step in supersteps
    ]


@dataclass(frozen=True)
class ThreadInterrupt:
    """A question of a thread; `interrupt_id` is what a command's `resume` names it by."""

    interrupt_id: str
    task_id: str
    message: thread_pb2.ThreadInterrupt = field(repr=False, hash=False)

    @cached_property
    def value(self) -> Any:
        return decoded(self.message.value)


@dataclass(frozen=True, slots=True)
class ThreadError:
    """Why a thread's last run failed, or was cancelled on its way."""

    kind: str
    message: str


@dataclass(frozen=True)
class Thread:
    """The state that runs of a LangGraph graph share, as it was when the server answered.

    `values` is the state, decoded when first looked at; None before its first run, and in lists.
    `graph_id` is empty before its first run.
    """

    thread_id: str
    status: ThreadStatus
    graph_id: str
    interrupts: tuple[ThreadInterrupt, ...]
    error: ThreadError | None
    ttl: Ttl | None
    expires_at: datetime | None
    created_at: datetime | None
    updated_at: datetime | None
    state_updated_at: datetime | None
    message: thread_pb2.Thread = field(repr=False, hash=False)

    @cached_property
    def values(self) -> Any:
        return decoded(self.message.values)

    @cached_property
    def metadata(self) -> Any:
        return decoded(self.message.metadata)

    @cached_property
    def config(self) -> Any:
        return decoded(self.message.config)


@dataclass(frozen=True)
class ThreadTask:
    """One execution of a node at a checkpoint; `state` is its subgraph's, if that was asked for."""

    task_id: str
    node: str
    error_message: str
    interrupts: tuple[ThreadInterrupt, ...]
    checkpoint: ThreadCheckpoint | None
    state: "ThreadState | None"
    message: thread_pb2.ThreadTask = field(repr=False, hash=False)

    @cached_property
    def result(self) -> Any:
        return decoded(self.message.result)


@dataclass(frozen=True)
class ThreadState:
    """The state of a thread at a checkpoint; that is None if there is none yet."""

    next_nodes: tuple[str, ...]
    tasks: tuple[ThreadTask, ...]
    interrupts: tuple[ThreadInterrupt, ...]
    checkpoint: ThreadCheckpoint | None
    parent_checkpoint: ThreadCheckpoint | None
    created_at: datetime | None
    message: thread_pb2.ThreadState = field(repr=False, hash=False)

    @cached_property
    def values(self) -> Any:
        return decoded(self.message.values)

    @cached_property
    def metadata(self) -> Any:
        return decoded(self.message.metadata)


def thread_from_message(message: thread_pb2.Thread) -> Thread:
    """Return the thread that a message describes."""
    statuses = {number: each for each, number in STATUSES.items()}
    has = message.HasField
    return Thread(
        thread_id=message.thread_id,
        status=statuses.get(message.status, ThreadStatus.UNKNOWN),
        graph_id=message.graph_id,
        interrupts=_interrupts(message.interrupts),
        error=ThreadError(message.error.kind, message.error.message) if has("error") else None,
        ttl=_ttl(message.ttl) if has("ttl") else None,
        expires_at=time_of(message.expire_time) if has("expire_time") else None,
        created_at=time_of(message.create_time) if has("create_time") else None,
        updated_at=time_of(message.update_time) if has("update_time") else None,
        state_updated_at=(time_of(message.state_update_time) if has("state_update_time") else None),
        message=message,
    )


def thread_state_from_message(message: thread_pb2.ThreadState) -> ThreadState:
    """Return the state that a message describes."""
    has = message.HasField
    return ThreadState(
        next_nodes=tuple(message.next_nodes),
        tasks=tuple(_task(each) for each in message.tasks),
        interrupts=_interrupts(message.interrupts),
        checkpoint=checkpoint_from_message(message.checkpoint) if has("checkpoint") else None,
        parent_checkpoint=(
            checkpoint_from_message(message.parent_checkpoint) if has("parent_checkpoint") else None
        ),
        created_at=time_of(message.create_time) if has("create_time") else None,
        message=message,
    )


def _task(message: thread_pb2.ThreadTask) -> ThreadTask:
    has = message.HasField
    return ThreadTask(
        task_id=message.task_id,
        node=message.node,
        error_message=message.error_message,
        interrupts=_interrupts(message.interrupts),
        checkpoint=checkpoint_from_message(message.checkpoint) if has("checkpoint") else None,
        state=thread_state_from_message(message.state) if has("state") else None,
        message=message,
    )


def _ttl(message: thread_pb2.ThreadTtl) -> Ttl:
    strategies = {number: each for each, number in TTLS.items()}
    return Ttl(seconds_of(message.duration), strategies.get(message.strategy, TtlStrategy.DELETE))


def _interrupts(messages: Sequence[thread_pb2.ThreadInterrupt]) -> tuple[ThreadInterrupt, ...]:
    return tuple(ThreadInterrupt(each.interrupt_id, each.task_id, each) for each in messages)

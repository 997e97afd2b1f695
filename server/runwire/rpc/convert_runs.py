"""Runs, their steps, checkpoints and states, domain ↔ wire."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from google.rpc import error_details_pb2, status_pb2

from runwire.app.states import State
from runwire.domain.checkpoint import Checkpoint, checkpoint_id_of
from runwire.domain.namespace import local_id
from runwire.domain.run import Interrupt, Run, RunError, RunStatus
from runwire.domain.step import Step
from runwire.rpc.convert_payloads import fill_json, fill_payload, json_to_wire
from runwire.rpc.convert_specs import fill_spec
from runwire.rpc.convert_times import fill_time, time_to_wire
from runwire.v1 import run_pb2 as wire
from runwire.v1 import step_pb2

DOMAIN: Final = "runwire"
"""The domain of every ErrorInfo."""

STATUS_TO_WIRE: Final[Mapping[RunStatus, wire.RunStatus.ValueType]] = {
    status: wire.RunStatus.Value(f"RUN_STATUS_{status.name}") for status in RunStatus
}
STATUS_FROM_WIRE: Final[Mapping[int, RunStatus]] = {
    number: status for status, number in STATUS_TO_WIRE.items()
}


def run_to_wire(run: Run, *, full: bool = True, expires_at: datetime | None = None) -> wire.Run:
    """Return a run; without its input, options and output unless `full`."""
    message = wire.Run(
        run_id=local_id(run.run_id),
        namespace=run.namespace,
        status=STATUS_TO_WIRE[run.status],
        last_sequence=run.last_sequence,
        etag=run.etag,
        attempt=run.attempt,
        graph_version=run.graph_version,
        forked_from_run_id=local_id(run.forked_from_run_id),
        storage_bytes=run.storage_bytes,
        trace_parent=run.trace_parent,
    )
    fill_spec(message.spec, run, full=full)
    fill_time(message.create_time, run.created_at)
    fill_time(message.start_time, run.started_at)
    fill_time(message.end_time, run.ended_at)
    fill_time(message.expire_time, expires_at)
    if full and run.output is not None:
        fill_payload(message.output, run.output)
    if run.error is not None:
        fill_error(message.error, run.error)
    if run.status is RunStatus.INTERRUPTED:
        message.interrupts.extend(map(interrupt_to_wire, run.open_interrupts))
    if not run.status.final:
        fill_time(message.ready_time, run.ready_at)
    for crash in run.crashes:
        told = message.crashes.add(worker_id=crash.worker_id, nodes=crash.nodes)
        fill_time(told.event_time, crash.at)
    if run.forked_from_checkpoint is not None:
        message.forked_from_checkpoint_id = checkpoint_id_of(run.forked_from_checkpoint)
    return message


def fill_error(target: status_pb2.Status, error: RunError) -> None:
    """Set a wire status to the reason why a run failed."""
    target.code = error.code
    target.message = error.message
    target.details.add().Pack(
        error_details_pb2.ErrorInfo(reason=error.reason, domain=DOMAIN, metadata=error.metadata)
    )


def interrupt_to_wire(interrupt: Interrupt) -> wire.Interrupt:
    """Return a question."""
    message = wire.Interrupt(interrupt_id=interrupt.interrupt_id, node=interrupt.node)
    fill_json(message.value, interrupt.value)
    fill_json(message.answer_schema, interrupt.answer_schema)
    fill_time(message.create_time, interrupt.created_at)
    return message


def step_to_wire(step: Step) -> step_pb2.Step:
    """Return a step."""
    return step_pb2.Step(
        step_id=step.step_id,
        run_id=local_id(step.run_id),
        node=step.node,
        tool=step.tool,
        visit=step.visit,
        attempt=step.attempt,
        status=STATUS_TO_WIRE[step.status],
        start_time=time_to_wire(step.started_at),
        end_time=time_to_wire(step.ended_at),
        message=step.message,
        checkpoint_id="" if step.checkpoint is None else checkpoint_id_of(step.checkpoint),
        superstep=step.superstep,
    )


def checkpoint_to_wire(checkpoint: Checkpoint) -> step_pb2.Checkpoint:
    """Return a checkpoint without its state."""
    first = checkpoint.number == 0
    return step_pb2.Checkpoint(
        checkpoint_id=checkpoint.checkpoint_id,
        run_id=local_id(checkpoint.run_id),
        parent_checkpoint_id="" if first else checkpoint_id_of(checkpoint.number - 1),
        superstep=checkpoint.superstep,
        nodes=checkpoint.nodes,
        next_nodes=checkpoint.next_nodes,
        create_time=time_to_wire(checkpoint.created_at),
        size_bytes=checkpoint.size_bytes,
    )


def state_to_wire(state: State) -> step_pb2.RunState:
    """Return the values that a run's nodes read and write."""
    found = state.checkpoint
    return step_pb2.RunState(
        checkpoint=None if found is None else checkpoint_to_wire(found),
        values=json_to_wire(state.values),
        next_nodes=state.next_nodes,
        interrupts=map(interrupt_to_wire, state.interrupts),
    )

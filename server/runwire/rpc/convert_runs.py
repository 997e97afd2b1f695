"""Runs, their steps, checkpoints and states, domain ↔ wire."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Protocol

from google.rpc import error_details_pb2, status_pb2

from runwire.app.runs import NewRun
from runwire.app.states import State
from runwire.domain.caller import Caller
from runwire.domain.checkpoint import Checkpoint, checkpoint_id_of
from runwire.domain.namespace import local_id
from runwire.domain.run import MAX_LIMIT, Interrupt, Run, RunError, RunStatus
from runwire.domain.step import Step
from runwire.rpc.checks import MAX_START_DELAY_SECONDS, Faults, chosen, seconds_of
from runwire.rpc.convert_payloads import (
    fill_json,
    fill_payload,
    json_to_wire,
    payload_from_wire,
)
from runwire.rpc.convert_times import fill_duration, fill_time, time_to_wire
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


class Asked(Protocol):
    """A request that makes a run."""

    @property
    def run_id(self) -> str:
        """The id it shall have; empty for a new one."""

    @property
    def request_id(self) -> str:
        """What makes the request safe to repeat."""


def new_run_from_wire(spec: wire.RunSpec, asked: "Asked", caller: Caller) -> NewRun:
    """Return what a caller wants to run; raise Invalid naming every malformed field."""
    run_id, request_id = asked.run_id, asked.request_id
    faults = Faults()
    faults.text("spec.graph_id", spec.graph_id, required=True)
    faults.text("spec.thread_id", spec.thread_id)
    faults.marks("spec.labels", spec.labels)
    faults.id("run_id", run_id, required=False)
    faults.request_id(request_id)
    limited = chosen(spec, "timeout")
    if limited:
        faults.duration("spec.timeout", spec.timeout)
        if not seconds_of(spec.timeout):
            faults.add("spec.timeout", "must not be zero; leave it out for no limit")
    delayed = chosen(spec, "start_delay")
    if delayed:
        faults.duration("spec.start_delay", spec.start_delay)
        if seconds_of(spec.start_delay) > MAX_START_DELAY_SECONDS:
            faults.add("spec.start_delay", f"is longer than a year, {MAX_START_DELAY_SECONDS} s")
    queue = faults.queue("spec.queue", spec.queue)
    shared = spec.concurrency
    faults.text("spec.concurrency.key", shared.key, required=chosen(spec, "concurrency"))
    if not 0 <= shared.limit <= MAX_LIMIT:
        faults.add("spec.concurrency.limit", f"must be from 1 to {MAX_LIMIT}; left out, it is 1")
    faults.done()
    return NewRun(
        graph_id=spec.graph_id,
        input=payload_from_wire(spec.input, name="spec.input", caller=caller),
        thread_id=caller.whole(spec.thread_id),
        timeout_seconds=seconds_of(spec.timeout) if limited else None,
        labels=dict(spec.labels),
        priority=spec.priority,
        queue=queue,
        start_delay_seconds=seconds_of(spec.start_delay) if delayed else None,
        concurrency_key=caller.whole(shared.key),
        concurrency_limit=(shared.limit or 1) if shared.key else 0,
        run_id=caller.whole(run_id),
        request_id=caller.whole(request_id.lower()),
        namespace=caller.namespace,
    )


def run_to_wire(run: Run, *, full: bool = True, expires_at: datetime | None = None) -> wire.Run:
    """Return a run; without its input and output unless `full`."""
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


def fill_spec(target: wire.RunSpec, run: Run | NewRun, *, full: bool) -> None:
    """Set a wire spec to what was asked for; without the input unless `full`."""
    target.graph_id = local_id(run.graph_id)
    target.thread_id = local_id(run.thread_id)
    target.priority = run.priority
    target.queue = run.queue
    if run.labels:
        target.labels.update(run.labels)
    if run.timeout_seconds is not None:
        fill_duration(target.timeout, run.timeout_seconds)
    if run.start_delay_seconds is not None:
        fill_duration(target.start_delay, run.start_delay_seconds)
    if run.concurrency_key:
        target.concurrency.key = local_id(run.concurrency_key)
        target.concurrency.limit = run.concurrency_limit
    if full:
        fill_payload(target.input, run.input)

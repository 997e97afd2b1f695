"""Claims and hellos of workers, domain ↔ wire."""

from collections.abc import Mapping
from typing import Final

from runwire.domain.payload import Payload, decode, encode
from runwire.domain.run import Run, RunId, RunStatus
from runwire.domain.run_options import RunOptions
from runwire.domain.work import Claim, Lease, Verdict
from runwire.rpc.checks import seconds_of
from runwire.rpc.convert_steps import (
    checkpoint_from_wire,
    fill_checkpoint,
    fill_question,
    fill_step,
    lease_fields,
    question_from_wire,
    step_from_wire,
)
from runwire.rpc.convert_times import fill_duration, fill_time, time_from_wire
from runwire.trail import trace_parent_of, trace_state_of
from runwire.v1 import work_pb2 as wire

STANDING_TO_WIRE: Final[Mapping[Verdict, wire.WorkStanding.ValueType]] = {
    Verdict.OK: wire.WORK_STANDING_HELD,
    Verdict.LOST: wire.WORK_STANDING_LOST,
    Verdict.CANCEL: wire.WORK_STANDING_CANCELLING,
}
STANDING_FROM_WIRE: Final[Mapping[int, Verdict]] = {
    number: verdict for verdict, number in STANDING_TO_WIRE.items()
}


def lease_from_wire(message: wire.WorkLease, worker_id: str) -> Lease:
    """Return a worker's lease."""
    return Lease(run_id=RunId(message.run_id), epoch=message.epoch, worker_id=worker_id)


def verdict_to_wire(lease: Lease, verdict: Verdict) -> wire.WorkVerdict:
    """Return what became of a lease."""
    return wire.WorkVerdict(
        lease=wire.WorkLease(**lease_fields(lease)), standing=STANDING_TO_WIRE[verdict]
    )


def fill_claim(target: wire.WorkClaim, claim: Claim) -> None:
    """Set a wire claim."""
    run = claim.run
    target.lease.run_id = run.run_id
    target.lease.epoch = claim.lease.epoch
    target.graph_id = run.graph_id
    target.graph_version = run.graph_version
    target.input = claim.input
    target.attempt = run.attempt
    target.thread_id = run.thread_id
    target.trace_parent = run.trace_parent
    target.trace_state = run.trace_state
    target.last_sequence = run.last_sequence
    target.options = b"" if run.options is None else run.options.dump()
    if claim.definition is not None:
        target.definition = claim.definition
    if run.timeout_seconds is not None:
        fill_duration(target.timeout, run.timeout_seconds)
    fill_time(target.start_time, run.started_at)
    if run.labels:
        target.labels.update(run.labels)
    for asked in run.interrupts:
        fill_question(target.interrupts.add(), asked)
    if claim.checkpoint is not None:
        fill_checkpoint(target.checkpoint, claim.checkpoint, body=False)
        target.state = encode(claim.state or {}, name="state")
    for step in claim.steps:
        fill_step(target.steps.add(), step)


def claim_from_wire(message: wire.WorkClaim, worker_id: str) -> Claim:
    """Return a claim, with as much of its run as an execution needs."""
    lease = lease_from_wire(message.lease, worker_id)
    run_id, began = lease.run_id, time_from_wire(message.start_time)
    run = Run(
        run_id=run_id,
        graph_id=message.graph_id,
        graph_version=message.graph_version,
        input=Payload(message.input),
        thread_id=message.thread_id,
        timeout_seconds=seconds_of(message.timeout) if message.HasField("timeout") else None,
        labels=dict(message.labels),
        status=RunStatus.RUNNING,
        attempt=message.attempt,
        last_sequence=message.last_sequence,
        options=RunOptions.load(message.options) if message.options else None,
        epoch=lease.epoch,
        interrupts=tuple(map(question_from_wire, message.interrupts)),
        created_at=began,
        ready_at=began,
        trace_parent=trace_parent_of(message.trace_parent),
        trace_state=trace_state_of(message.trace_state),
        started_at=began,
    )
    there = message.HasField("checkpoint")
    return Claim(
        run=run,
        lease=lease,
        input=message.input,
        checkpoint=checkpoint_from_wire(message.checkpoint, run_id) if there else None,
        state=decode(message.state, name="state") if there else None,
        steps=tuple(step_from_wire(step, run_id) for step in message.steps),
        definition=message.definition or None,
    )

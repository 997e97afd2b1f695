"""What workers record, domain ↔ wire."""

from typing import Final

from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2

from runwire.domain.errors import invalid
from runwire.domain.event import EncodedEvent
from runwire.domain.namespace import local_id
from runwire.domain.outcome import Cancelled, Failed, Interrupted, Outcome, Succeeded
from runwire.domain.payload import check_size, decode
from runwire.domain.run import RunError, RunId
from runwire.domain.work import Lease, Progress
from runwire.domain.worker import Record
from runwire.rpc.convert_claims import lease_from_wire
from runwire.rpc.convert_events import encode_event
from runwire.rpc.convert_runs import fill_error
from runwire.rpc.convert_saved import (
    change_from_wire,
    fill_change,
    fill_saved,
    saved_from_wire,
)
from runwire.rpc.convert_steps import (
    checkpoint_from_wire,
    fill_checkpoint,
    fill_question,
    fill_step,
    question_from_wire,
    step_from_wire,
)
from runwire.v1 import event_pb2
from runwire.v1 import work_pb2 as wire

MAX_EVENTS: Final = 20_000
MAX_STEPS: Final = 10_000
MAX_CHECKPOINTS: Final = 100
MAX_SAVED: Final = 10_000
MAX_QUESTIONS: Final = 1_000

_DELTAS: Final = frozenset({"output_chunk", "progress"})
_OF_THE_RUN: Final = frozenset({"status_changed", "interrupt_answered", None})
"""What only the server may tell, since it is what moves a run."""


def record_to_wire(
    ack: int, lease: Lease, progress: Progress, outcome: Outcome | None
) -> wire.WorkRecord:
    """Return a record."""
    message = wire.WorkRecord(ack=ack, number=progress.number)
    message.lease.run_id = lease.run_id
    message.lease.epoch = lease.epoch
    for event in progress.events:
        if isinstance(event, EncodedEvent):
            message.events.append(event.body)
        else:
            message.events.append(encode_event(lease.run_id, event))
    for step in progress.steps:
        fill_step(message.steps.add(), step)
    for checkpoint in progress.checkpoints:
        fill_checkpoint(message.checkpoints.add(), checkpoint)
    for saved in progress.saved:
        fill_saved(message.saved.add(), saved)
    if progress.thread is not None:
        fill_change(message.thread, progress.thread)
    if outcome is not None:
        _fill_outcome(message.outcome, outcome)
    return message


def record_from_wire(message: wire.WorkRecord, worker_id: str) -> Record:
    """Return a record; raise Invalid if it cannot be one."""
    lease = lease_from_wire(message.lease, worker_id)
    _check_counts(message)
    run_id = lease.run_id
    progress = Progress(
        number=message.number,
        events=tuple(_event_from_wire(event, run_id) for event in message.events),
        steps=tuple(step_from_wire(step, run_id) for step in message.steps),
        checkpoints=tuple(checkpoint_from_wire(item, run_id) for item in message.checkpoints),
        saved=tuple(saved_from_wire(item, run_id) for item in message.saved),
        thread=change_from_wire(message.thread) if message.HasField("thread") else None,
    )
    outcome = _outcome_from_wire(message.outcome) if message.HasField("outcome") else None
    return Record(ack=message.ack, lease=lease, progress=progress, outcome=outcome)


def _check_counts(message: wire.WorkRecord) -> None:
    for field, found, most in (
        ("events", message.events, MAX_EVENTS),
        ("steps", message.steps, MAX_STEPS),
        ("checkpoints", message.checkpoints, MAX_CHECKPOINTS),
        ("saved", message.saved, MAX_SAVED),
    ):
        if len(found) > most:
            raise invalid(f"records.{field}", f"are {len(found)}, more than {most}")
    if message.number < 0:
        raise invalid("records.number", "must not be negative")


def _event_from_wire(data: bytes, run_id: RunId) -> EncodedEvent:
    try:
        event = event_pb2.RunEvent.FromString(data)
    except DecodeError:
        raise invalid("records.events", "hold bytes that are no RunEvent") from None
    kind = event.WhichOneof("detail")
    if kind in _OF_THE_RUN:
        raise invalid("records.events", f"cannot be {kind or 'without detail'}")
    if event.run_id != local_id(run_id) or event.sequence:
        raise invalid(
            "records.events",
            "must name their run, by its id without the namespace, and have no sequence",
        )
    return EncodedEvent(data, delta=kind in _DELTAS)


def _fill_outcome(target: wire.WorkOutcome, outcome: Outcome) -> None:
    match outcome:
        case Succeeded(output=output):
            target.output = output
        case Failed(error=error):
            fill_error(target.error, error)
        case Interrupted(interrupts=asked):
            target.interrupted.SetInParent()
            for item in asked:
                fill_question(target.interrupted.interrupts.add(), item)
        case Cancelled():
            target.cancelled = True


def _outcome_from_wire(message: wire.WorkOutcome) -> Outcome:
    match message.WhichOneof("kind"):
        case "output":
            decode(message.output, name="records.outcome.output")
            return Succeeded(message.output)
        case "error":
            return Failed(_error_from_wire(message.error))
        case "interrupted":
            asked = message.interrupted.interrupts
            if not 1 <= len(asked) <= MAX_QUESTIONS:
                raise invalid("records.outcome.interrupted", f"needs 1 to {MAX_QUESTIONS} of them")
            for item in asked:
                check_size(item.value, name="records.outcome.interrupted.value")
                decode(item.value, name="records.outcome.interrupted.value")
            return Interrupted(tuple(map(question_from_wire, asked)))
        case "cancelled":
            return Cancelled()
        case None:
            raise invalid("records.outcome", "is of no kind that this server knows")


def _error_from_wire(message: status_pb2.Status) -> RunError:
    info = error_details_pb2.ErrorInfo()
    for detail in message.details:
        if detail.Unpack(info):
            break
    return RunError(
        code=message.code,
        reason=info.reason or "NODE_FAILED",
        message=message.message,
        metadata=dict(info.metadata),
    )

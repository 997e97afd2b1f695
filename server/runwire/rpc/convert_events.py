"""Events, domain → wire: encoded once for the disk and every watcher."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any, Final

from runwire.domain import event as domain
from runwire.domain.event import Detail, EncodedEvent, NewEvent
from runwire.domain.namespace import local_id
from runwire.domain.run import RunId
from runwire.rpc.convert_payloads import fill_json, fill_payload
from runwire.rpc.convert_runs import STATUS_TO_WIRE, fill_error, interrupt_to_wire
from runwire.rpc.convert_times import fill_time
from runwire.rpc.framing import varint
from runwire.v1 import event_pb2 as wire

_EVENT: Final = bytes([wire.RunEventBatch.EVENTS_FIELD_NUMBER << 3 | 2])
_SEQUENCE: Final = bytes([wire.RunEvent.SEQUENCE_FIELD_NUMBER << 3])


def encode_events(
    run_id: RunId, first_sequence: int, events: Sequence[NewEvent | EncodedEvent]
) -> bytes:
    """Return RunEventBatch bytes of consecutive events, the first of them with a sequence given."""
    batch, joined = wire.RunEventBatch(), b""
    for sequence, event in enumerate(events, first_sequence):
        if isinstance(event, NewEvent):
            _fill(batch.events.add(), run_id, event).sequence = sequence
            continue
        if batch.events:
            joined += batch.SerializeToString()
            batch.Clear()
        number = _SEQUENCE + varint(sequence)
        joined += _EVENT + varint(len(event.body) + len(number)) + event.body + number
    return joined + batch.SerializeToString()


def encode_event(run_id: RunId, event: NewEvent) -> bytes:
    """Return RunEvent bytes without a sequence, which is put behind once it is known."""
    return _fill(wire.RunEvent(), run_id, event).SerializeToString()


def _fill(message: wire.RunEvent, run_id: RunId, event: NewEvent) -> wire.RunEvent:
    message.run_id = local_id(run_id)
    fill_time(message.event_time, event.at)
    try:
        message.step_id = event.step_id
        _FILL[type(event.detail)](message, event.detail)
    except UnicodeEncodeError:
        # A node may log half an emoji; that must not stop the run.
        message.ClearField("detail")
        message.step_id = _whole(event.step_id)
        _FILL[type(event.detail)](message, _whole(event.detail))
    return message


def _status_changed(message: wire.RunEvent, detail: domain.StatusChanged) -> None:
    target = message.status_changed
    if detail.from_status is not None:
        target.from_status = STATUS_TO_WIRE[detail.from_status]
    target.to_status = STATUS_TO_WIRE[detail.to_status]
    target.reason = detail.reason
    target.attempt = detail.attempt
    if detail.output is not None:
        fill_payload(target.output, detail.output)
    if detail.error is not None:
        fill_error(target.error, detail.error)


def _step_changed(message: wire.RunEvent, detail: domain.StepChanged) -> None:
    target = message.step_changed
    target.to_status = STATUS_TO_WIRE[detail.to_status]
    target.attempt = detail.attempt
    target.node = detail.node
    target.visit = detail.visit
    target.tool = detail.tool
    target.message = detail.message


def _state_updated(message: wire.RunEvent, detail: domain.StateUpdated) -> None:
    target = message.state_updated
    target.checkpoint_id = detail.checkpoint_id
    target.nodes[:] = detail.nodes
    target.next_nodes[:] = detail.next_nodes
    fill_json(target.update, detail.update)


def _output_chunk(message: wire.RunEvent, detail: domain.OutputChunk) -> None:
    target = message.output_chunk
    target.channel = detail.channel
    fill_payload(target.payload, detail.payload)


def _progress(message: wire.RunEvent, detail: domain.Progress) -> None:
    target = message.progress
    target.fraction = detail.fraction
    target.message = detail.message


def _log_entry(message: wire.RunEvent, detail: domain.LogEntry) -> None:
    target = message.log_entry
    target.severity = detail.severity
    target.message = detail.message
    fill_json(target.fields, detail.fields)


def _artifact_added(message: wire.RunEvent, detail: domain.ArtifactAdded) -> None:
    target = message.artifact_added
    target.artifact_id = local_id(detail.artifact_id)
    target.filename = detail.filename
    target.content_type = detail.content_type
    target.size_bytes = detail.size_bytes


def _custom(message: wire.RunEvent, detail: domain.Custom) -> None:
    target = message.custom
    target.type = detail.type
    fill_payload(target.payload, detail.payload)


def _interrupt_raised(message: wire.RunEvent, detail: domain.InterruptRaised) -> None:
    message.interrupt_raised.interrupt.CopyFrom(interrupt_to_wire(detail.interrupt))


def _interrupt_answered(message: wire.RunEvent, detail: domain.InterruptAnswered) -> None:
    target = message.interrupt_answered
    target.interrupt_id = detail.interrupt_id
    fill_json(target.answer, detail.answer)


_FILL: Final[Mapping[type[Detail], Callable[[wire.RunEvent, Any], None]]] = {
    domain.StatusChanged: _status_changed,
    domain.StepChanged: _step_changed,
    domain.StateUpdated: _state_updated,
    domain.OutputChunk: _output_chunk,
    domain.Progress: _progress,
    domain.LogEntry: _log_entry,
    domain.ArtifactAdded: _artifact_added,
    domain.Custom: _custom,
    domain.InterruptRaised: _interrupt_raised,
    domain.InterruptAnswered: _interrupt_answered,
}


def _whole(value: Any) -> Any:
    """Return a value without halves of surrogate pairs, which UTF-8 cannot write."""
    match value:
        case str() if type(value) is str:
            return value.encode(errors="replace").decode()
        case tuple():
            return tuple(_whole(item) for item in value)
        case Mapping():
            return {_whole(key): _whole(item) for key, item in value.items()}
        case _ if is_dataclass(value) and not isinstance(value, type):
            return replace(value, **{f.name: _whole(getattr(value, f.name)) for f in fields(value)})
        case _:
            return value

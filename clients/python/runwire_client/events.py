"""Events as a watch yields them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from google.protobuf.message import Message
from google.rpc import status_pb2

from runwire_client._payloads import decoded, time_of
from runwire_client.runs import interrupt_from_message, run_error, status_from_number
from runwire_client.v1 import event_pb2, payload_pb2, run_pb2


@dataclass(frozen=True)
class Event:
    """Something that happened in a run; `sequence` is 1, 2, 3 … within it.

    `kind` is "status_changed", "step_changed", "output_chunk", "log_entry", "artifact_added",
    "custom", "state_updated", "progress", "interrupt_raised" or "interrupt_answered"; "unknown"
    if the server is newer than this client. `step_id` is empty for the run itself. `data` has
    every field of that kind by its name in the protos, payloads decoded. `message` is the event
    as the server sent it.
    """

    run_id: str
    sequence: int
    time: datetime
    step_id: str
    kind: str
    message: event_pb2.RunEvent = field(repr=False, hash=False)

    @cached_property
    def data(self) -> dict[str, Any]:
        name = self.message.WhichOneof("detail")
        return {} if name is None else plain(getattr(self.message, name))


@dataclass(frozen=True, slots=True)
class Compacted:
    """Retention removed these events of a watched run; `oldest_sequence` is the next one."""

    run_id: str
    from_sequence: int
    to_sequence: int

    @property
    def oldest_sequence(self) -> int:
        return self.to_sequence + 1


OnCompacted = Callable[[Compacted], None]


def event_from_message(message: event_pb2.RunEvent) -> Event:
    """Return the event that a message describes."""
    return Event(
        run_id=message.run_id,
        sequence=message.sequence,
        time=time_of(message.event_time),
        step_id=message.step_id,
        kind=message.WhichOneof("detail") or "unknown",
        message=message,
    )


def plain(message: Message) -> dict[str, Any]:
    """Return the fields of an event's detail by name, as plain Python values."""
    return {
        each.name: _plain_field(message, each.name, status=each.enum_type is not None)
        for each in message.DESCRIPTOR.fields
    }


def _plain_field(message: Message, name: str, *, status: bool) -> Any:
    value = getattr(message, name)
    match value:
        case Message():
            return _plain_message(value) if message.HasField(name) else None
        case int() if status:
            return status_from_number(value) if value else None
        case str() | bytes() | int() | float():
            return value
        case _:
            return [plain(each) if isinstance(each, Message) else each for each in value]


def _plain_message(value: Message) -> Any:
    match value:
        case payload_pb2.Payload():
            return decoded(value)
        case status_pb2.Status():
            return run_error(value)
        case run_pb2.Interrupt():
            return interrupt_from_message(value)
        case _:
            return plain(value)

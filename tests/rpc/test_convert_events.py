"""Events: encoded once, read by everybody, cut anywhere."""

from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from google.rpc.error_details_pb2 import ErrorInfo
from hypothesis import given
from hypothesis import strategies as st

from runwire.domain import event as domain
from runwire.domain.event import Detail, EncodedEvent, NewEvent
from runwire.domain.payload import Payload
from runwire.domain.run import Interrupt, RunError, RunId, RunStatus
from runwire.domain.segment import skip
from runwire.rpc.convert_events import encode_event, encode_events
from runwire.rpc.framing import feed_batch, varint, watch_batch
from runwire.rpc.watch import spelled_batch
from runwire.v1 import event_pb2, payload_pb2, run_pb2
from runwire.v1 import run_service_pb2 as service

AT = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
numbers = st.integers(0, 2**31 - 1)
json_bytes = st.sampled_from([b"{}", b'{"a":1}', b'"tok"', b"[18446744073709551616]"])
statuses = st.sampled_from(RunStatus)
times = st.datetimes(datetime(1971, 1, 1), datetime(9999, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
payloads = st.builds(
    Payload,
    data=st.binary(max_size=40),
    content_type=st.sampled_from(["application/json", "text/plain"]),
    metadata=st.dictionaries(words, words, max_size=2),
) | st.builds(Payload, data=st.just(b""), artifact_id=st.just("a1"))
run_errors = st.builds(
    RunError,
    code=st.integers(1, 16),
    reason=words,
    message=words,
    metadata=st.dictionaries(words, words, max_size=2),
)
interrupts = st.builds(
    Interrupt,
    interrupt_id=words,
    node=words,
    step_id=st.just(""),
    index=st.just(0),
    value=json_bytes,
    answer_schema=st.just(b"") | json_bytes,
    created_at=times,
)
names = st.lists(words, max_size=3).map(tuple)
kinds: dict[type, st.SearchStrategy[Any]] = {
    domain.StatusChanged: st.builds(
        domain.StatusChanged,
        from_status=st.none() | statuses,
        to_status=statuses,
        reason=words,
        output=st.none() | payloads,
        error=st.none() | run_errors,
        attempt=numbers,
    ),
    domain.StepChanged: st.builds(
        domain.StepChanged,
        to_status=statuses,
        attempt=numbers,
        node=words,
        visit=numbers,
        tool=words,
        message=words,
    ),
    domain.StateUpdated: st.builds(
        domain.StateUpdated, checkpoint_id=words, nodes=names, update=json_bytes, next_nodes=names
    ),
    domain.OutputChunk: st.builds(domain.OutputChunk, channel=words, payload=payloads),
    domain.Progress: st.builds(domain.Progress, fraction=st.floats(0, 1), message=words),
    domain.LogEntry: st.builds(
        domain.LogEntry,
        severity=st.integers(0, 7),
        message=words,
        fields=st.just(b"") | json_bytes,
    ),
    domain.ArtifactAdded: st.builds(
        domain.ArtifactAdded,
        artifact_id=words.filter(lambda text: "/" not in text),  # what is before one is a namespace
        filename=words,
        content_type=words,
        size_bytes=st.integers(0, 2**53),
    ),
    domain.Custom: st.builds(domain.Custom, type=words, payload=payloads),
    domain.InterruptRaised: st.builds(domain.InterruptRaised, interrupt=interrupts),
    domain.InterruptAnswered: st.builds(
        domain.InterruptAnswered, interrupt_id=words, answer=json_bytes
    ),
}
events = st.lists(
    st.builds(NewEvent, at=times, detail=st.one_of(*kinds.values()), step_id=words), max_size=8
)


def test_every_kind_of_event_is_tried_here():
    assert set(kinds) == set(get_args(Detail))


@given(events, st.integers(1, 2**40))
def test_what_is_encoded_is_read_again(given_events, first):
    batch = event_pb2.RunEventBatch.FromString(encode_events(RunId("r"), first, given_events))
    assert [message.sequence for message in batch.events] == list(
        range(first, first + len(given_events))
    )
    assert [read(message) for message in batch.events] == given_events


@given(events.filter(bool), st.data())
def test_a_segment_is_cut_and_joined_at_any_event(given_events, data):
    body = encode_events(RunId("r"), 1, given_events)
    count = data.draw(st.integers(0, len(given_events)))
    rest = skip(body, count)
    again = encode_events(RunId("r"), 1 + count, given_events[count:])
    assert batch_of(rest) == batch_of(again)
    head = body[: len(body) - len(rest)]
    assert head + rest == body
    assert len(batch_of(head).events) == count


@given(events, st.integers(1, 2**62))
def test_a_watch_message_is_made_around_stored_bytes(given_events, next_sequence):
    body = encode_events(RunId("r"), 1, given_events)
    data = watch_batch(body, next_sequence)
    for kind in (service.WatchRunResponse, service.CreateAndWatchRunResponse):
        message = kind.FromString(data)
        assert message.next_sequence == next_sequence
        assert message.WhichOneof("message") == "batch"
        assert message.batch == batch_of(body)


@given(events, st.text(st.characters(max_codepoint=127), max_size=40))
def test_a_feed_message_is_made_around_stored_bytes(given_events, token):
    body = encode_events(RunId("r"), 1, given_events)
    message = service.WatchRunsResponse.FromString(feed_batch(body, token))
    assert message.resume_token == token
    assert list(message.events) == list(batch_of(body).events)


@given(st.integers(0, 2**63 - 1))
def test_varints_are_those_of_protobuf(number):
    message = service.WatchRunResponse(next_sequence=number)
    assert message.SerializeToString() == (b"\x08" + varint(number) if number else b"")


@pytest.mark.parametrize(
    "detail",
    [
        domain.LogEntry(severity=6, message="half \ud83d of it", fields=b'{"a":1}'),
        domain.StatusChanged(
            from_status=RunStatus.RUNNING,
            to_status=RunStatus.FAILED,
            error=RunError(
                code=13, reason="NODE_FAILED", message="\ud83d", metadata={"n": "\udc00"}
            ),
        ),
        domain.StateUpdated(
            checkpoint_id="1", nodes=("a", "\ud83d"), update=b"{}", next_nodes=("b",)
        ),
        domain.Custom(type="\ud83d", payload=Payload(metadata={"\ud83d": "x"})),
    ],
)
def test_half_an_emoji_does_not_stop_a_run(detail):
    event = NewEvent(at=AT, detail=detail, step_id="say:\ud83d")
    body = encode_events(RunId("r"), 1, [event, event])
    first, second = event_pb2.RunEventBatch.FromString(body).events
    assert first.step_id == "say:?"
    assert "?" in str(first)
    assert first.WhichOneof("detail") == second.WhichOneof("detail")


def test_payloads_of_events_are_spelled_out_for_those_who_ask():
    interrupt = Interrupt(
        interrupt_id="q", node="n", step_id="", index=0, value=b'{"ask":1}', created_at=AT
    )
    details: list[Detail] = [
        domain.OutputChunk(channel="text", payload=Payload(data=b'"tok"')),
        domain.OutputChunk(channel="raw", payload=Payload(data=b"\xff", content_type="image/png")),
        domain.InterruptRaised(interrupt=interrupt),
        domain.StatusChanged(
            from_status=None, to_status=RunStatus.SUCCEEDED, output=Payload(data=b"[1]")
        ),
    ]
    body = encode_events(RunId("r"), 1, [NewEvent(at=AT, detail=detail) for detail in details])
    assert spelled_batch(body, payload_pb2.PAYLOAD_FORMAT_DATA) is body
    spelled = spelled_batch(body, payload_pb2.PAYLOAD_FORMAT_JSON)
    chunk, raw, asked, ended = event_pb2.RunEventBatch.FromString(spelled).events
    assert chunk.output_chunk.payload.json.string_value == "tok"
    assert raw.output_chunk.payload.data == b"\xff"
    assert asked.interrupt_raised.interrupt.value.HasField("json")
    assert ended.status_changed.output.json.list_value.values[0].number_value == 1


def batch_of(body: bytes) -> event_pb2.RunEventBatch:
    return event_pb2.RunEventBatch.FromString(body)


def read(message: event_pb2.RunEvent) -> NewEvent:
    """Return an event as the domain has it."""
    kind = message.WhichOneof("detail")
    assert kind is not None
    return NewEvent(
        at=at(message.event_time),
        detail=READ[kind](getattr(message, kind)),
        step_id=message.step_id,
    )


def at(time: Any) -> datetime:
    return time.ToDatetime(tzinfo=UTC)


def status(number: int) -> RunStatus:
    return RunStatus[run_pb2.RunStatus.Name(number).removeprefix("RUN_STATUS_")]


def payload(message: payload_pb2.Payload) -> Payload:
    return Payload(
        data=message.data,
        content_type=message.content_type,
        artifact_id=message.artifact_id,
        metadata=dict(message.metadata),
    )


def status_changed(message: event_pb2.RunStatusChanged) -> Detail:
    error = None
    if message.HasField("error"):
        info = ErrorInfo()
        assert message.error.details[0].Unpack(info)
        error = RunError(
            code=message.error.code,
            reason=info.reason,
            message=message.error.message,
            metadata=dict(info.metadata),
        )
    return domain.StatusChanged(
        from_status=status(message.from_status) if message.from_status else None,
        to_status=status(message.to_status),
        reason=message.reason,
        output=payload(message.output) if message.HasField("output") else None,
        error=error,
        attempt=message.attempt,
    )


def interrupt_raised(message: event_pb2.RunInterruptRaised) -> Detail:
    asked = message.interrupt
    return domain.InterruptRaised(
        interrupt=Interrupt(
            interrupt_id=asked.interrupt_id,
            node=asked.node,
            step_id="",
            index=0,
            value=asked.value.data,
            answer_schema=asked.answer_schema.data,
            created_at=at(asked.create_time),
        )
    )


READ: dict[str, Any] = {
    "status_changed": status_changed,
    "step_changed": lambda m: domain.StepChanged(
        to_status=status(m.to_status),
        attempt=m.attempt,
        node=m.node,
        visit=m.visit,
        tool=m.tool,
        message=m.message,
    ),
    "state_updated": lambda m: domain.StateUpdated(
        checkpoint_id=m.checkpoint_id,
        nodes=tuple(m.nodes),
        update=m.update.data,
        next_nodes=tuple(m.next_nodes),
    ),
    "output_chunk": lambda m: domain.OutputChunk(channel=m.channel, payload=payload(m.payload)),
    "progress": lambda m: domain.Progress(fraction=m.fraction, message=m.message),
    "log_entry": lambda m: domain.LogEntry(
        severity=m.severity, message=m.message, fields=m.fields.data
    ),
    "artifact_added": lambda m: domain.ArtifactAdded(
        artifact_id=m.artifact_id,
        filename=m.filename,
        content_type=m.content_type,
        size_bytes=m.size_bytes,
    ),
    "custom": lambda m: domain.Custom(type=m.type, payload=payload(m.payload)),
    "interrupt_raised": interrupt_raised,
    "interrupt_answered": lambda m: domain.InterruptAnswered(
        interrupt_id=m.interrupt_id, answer=m.answer.data
    ),
}


def test_events_that_were_encoded_elsewhere_get_their_sequences() -> None:
    here = NewEvent(at=AT, detail=domain.LogEntry(severity=6, message="here"))
    there = NewEvent(at=AT, detail=domain.LogEntry(severity=6, message="there"), step_id="a:1")
    away = EncodedEvent(encode_event(RunId("r"), there))
    mixed = event_pb2.RunEventBatch.FromString(
        encode_events(RunId("r"), 299, [here, away, here, away])
    )
    plain = event_pb2.RunEventBatch.FromString(
        encode_events(RunId("r"), 299, [here, there, here, there])
    )
    assert mixed == plain
    assert [event.sequence for event in mixed.events] == [299, 300, 301, 302]

"""Payloads in both spellings."""

import json
import math
from datetime import UTC, datetime

import pytest
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.struct_pb2 import Value
from hypothesis import given
from hypothesis import strategies as st

from runwire.domain.errors import Exhausted, Invalid
from runwire.domain.event import InterruptRaised, NewEvent
from runwire.domain.payload import Payload, decode, encode
from runwire.domain.run import Interrupt, RunId
from runwire.rpc.convert_events import encode_events
from runwire.rpc.convert_payloads import fill_payload, json_from_wire, payload_from_wire, spelled
from runwire.rpc.framing import watch_batch
from runwire.rpc.watch import spelled_batch
from runwire.v1 import payload_pb2 as wire
from runwire.v1 import run_pb2
from runwire.v1 import run_service_pb2 as service

JSON = wire.PAYLOAD_FORMAT_JSON

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
exact = st.integers(-(2**53) + 1, 2**53 - 1)
values = st.recursive(
    st.none() | st.booleans() | exact | text | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=10,
)


def shown(data: bytes) -> wire.Payload:
    """Return a payload as a caller sees it who asked for JSON."""
    run = run_pb2.Run()
    fill_payload(run.output, Payload(data=data))
    return spelled(run, JSON).output


@given(values)
def test_json_survives_both_spellings(value):
    payload = shown(encode(value))
    assert payload.WhichOneof("body") == "json"
    again = json_from_wire(payload, name="x", default=b"")
    assert decode(again) == value


@given(values)
def test_a_value_is_what_protobuf_makes_of_it(value):
    assert MessageToDict(shown(encode(value)).json) == MessageToDict(ParseDict(value, Value()))


def test_whole_numbers_are_integers_as_far_as_doubles_are_exact():
    def written(number: float) -> bytes:
        payload = wire.Payload(json=Value(number_value=number))
        return payload_from_wire(payload, name="x").data

    assert written(5.0) == b"5"
    assert written(2.0**53 - 1) == b"9007199254740991"
    assert written(-(2.0**53) + 1) == b"-9007199254740991"
    assert written(2.0**53) == b"9007199254740992.0"
    assert written(2.5) == b"2.5"
    assert written(1e300) == b"1e+300"
    assert math.copysign(1, json.loads(written(-0.0))) == -1


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_no_json_are_refused(number):
    payload = wire.Payload(json=Value(number_value=number))
    with pytest.raises(Invalid) as caught:
        payload_from_wire(payload, name="spec.input")
    assert caught.value.reason == "INVALID_JSON"
    assert caught.value.violations[0].field == "spec.input"


def test_a_value_of_no_kind_is_refused():
    with pytest.raises(Invalid):
        payload_from_wire(wire.Payload(json=Value()), name="spec.input")


def test_data_is_kept_as_it_is():
    data = b'{ "a" : 5.0, "big": 18446744073709551616, "a": 1 }\n'
    found = payload_from_wire(wire.Payload(data=data), name="spec.input")
    assert found == Payload(data=data)
    filled = wire.Payload()
    fill_payload(filled, found)
    assert filled == wire.Payload(data=data, content_type="application/json")


def test_an_artifact_and_other_media_types_pass():
    sent = wire.Payload(content_type="image/png", data=b"\x89PNG", metadata={"key": "k1"})
    found = payload_from_wire(sent, name="spec.input")
    again = wire.Payload()
    fill_payload(again, found)
    assert again == sent
    artifact = payload_from_wire(wire.Payload(artifact_id="a-1"), name="spec.input")
    assert artifact == Payload(data=b"", artifact_id="a-1")


def test_no_body_means_the_default():
    assert payload_from_wire(wire.Payload(), name="spec.input") == Payload()
    assert json_from_wire(wire.Payload(), name="answer", default=b"null") == b"null"


def test_json_beside_another_media_type_is_refused():
    sent = wire.Payload(content_type="text/plain", json=Value(bool_value=True))
    with pytest.raises(Invalid) as caught:
        payload_from_wire(sent, name="spec.input")
    assert caught.value.violations[0].field == "spec.input.content_type"


@pytest.mark.parametrize(
    "body", [{"data": b"1" * 2**21}, {"json": Value(string_value="x" * 2**20)}]
)
def test_what_is_too_large_is_refused(body):
    with pytest.raises(Exhausted) as caught:
        payload_from_wire(wire.Payload(**body), name="spec.input")
    assert caught.value.reason == "PAYLOAD_TOO_LARGE"


@pytest.mark.parametrize(
    "data",
    [
        b'"\\ud83d"',
        b'{"\\ud83d":1}',
        b"1" + b"0" * 400,
        b"[" * 31 + b"1" + b"]" * 31,
        b"not json",
        b'"\xff"',
    ],
)
def test_what_a_value_cannot_hold_stays_data(data):
    payload = shown(data)
    assert payload.WhichOneof("body") == "data"
    assert payload.data == data


def test_the_deepest_value_spelled_out_is_one_that_receivers_read():
    deep = b'{"a":' * 30 + b"1" + b"}" * 30
    asked = Interrupt(
        interrupt_id="q",
        node="n",
        step_id="",
        index=0,
        value=deep,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    event = NewEvent(at=asked.created_at, detail=InterruptRaised(interrupt=asked))
    body = spelled_batch(encode_events(RunId("r"), 1, [event]), JSON)
    message = service.WatchRunResponse.FromString(watch_batch(body, 2))
    assert message.batch.events[0].interrupt_raised.interrupt.value.WhichOneof("body") == "json"

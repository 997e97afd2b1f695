"""Values come back as they went in: bytes untouched; where Python has been, value and type."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import grpc
import pytest
from google.api.httpbody_pb2 import HttpBody
from google.protobuf import json_format
from google.protobuf.duration_pb2 import Duration
from hypothesis import example, given, settings
from hypothesis import strategies as st

from runwire.v1 import artifact_service_pb2
from runwire.v1 import run_service_pb2 as wire
from runwire.v1.artifact_service_pb2_grpc import ArtifactServiceStub
from runwire.v1.event_pb2 import RunEvent
from runwire.v1.payload_pb2 import PAYLOAD_FORMAT_JSON, Payload
from runwire.v1.run_pb2 import RUN_STATUS_SUCCEEDED, Run, RunSpec
from runwire.v1.run_service_pb2_grpc import RunServiceStub
from runwire.v1.step_pb2 import RunState

SECONDS = 60.0
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def channel(server_process: Any) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(server_process.grpc_address) as channel:
        yield channel


@pytest.fixture(scope="module")
def stub(channel: grpc.Channel) -> RunServiceStub:
    return RunServiceStub(channel)


@dataclass
class Trip:
    """Where a value has been: what CreateRun answered, every event, the run and its state."""

    created: Run
    events: list[RunEvent]
    run: Run
    state: RunState

    def event(self, kind: str) -> Any:
        (found,) = [getattr(e, kind) for e in self.events if e.WhichOneof("detail") == kind]
        return found

    def places(self) -> dict[str, Any]:
        """Return the value of every payload that has been through Python, by place."""
        return {
            "event": json.loads(self.event("custom").payload.data)["value"],
            "update": json.loads(self.event("state_updated").update.data)["copy"],
            "output": json.loads(self.run.output.data)["copy"],
            "last event": json.loads(self.events[-1].status_changed.output.data)["value"],
            "state": json.loads(self.state.values.data)["copy"],
            "state, from the input": json.loads(self.state.values.data)["value"],
        }


def travel(stub: RunServiceStub, given: Payload, how: Any = 0) -> Trip:
    """Send an input through graph `echo`."""
    request = wire.CreateRunRequest(spec=RunSpec(graph_id="echo", input=given), payload_format=how)
    created = stub.CreateRun(request, timeout=SECONDS).run
    watch = wire.WatchRunRequest(run_id=created.run_id, payload_format=how)
    messages = list(stub.WatchRun(watch, timeout=SECONDS))
    events = [event for message in messages for event in message.batch.events]
    run = stub.GetRun(wire.GetRunRequest(run_id=created.run_id, payload_format=how)).run
    state = wire.GetRunStateRequest(run_id=created.run_id, payload_format=how)
    assert run.status == RUN_STATUS_SUCCEEDED, run.error
    assert [event.sequence for event in events] == list(range(1, run.last_sequence + 1))
    assert messages[-1].ended.run == run
    return Trip(created, events, run, stub.GetRunState(state).state)


def exact(value: Any) -> Any:
    """Return a value so that 5 and 5.0, 0.0 and -0.0, and the order of keys make a difference."""
    match value:
        case dict():
            return [(key, exact(item)) for key, item in value.items()]
        case list():
            return [exact(item) for item in value]
        case _:
            return type(value).__name__, repr(value)


def check(stub: RunServiceStub, data: bytes) -> None:
    trip = travel(stub, Payload(data=data))
    assert trip.created.spec.input.data == data
    assert trip.run.spec.input.data == data
    sent = exact(json.loads(data)["value"])
    assert {place: exact(value) == sent for place, value in trip.places().items()} == dict.fromkeys(
        trip.places(), True
    )


def nested(levels: int) -> bytes:
    return b'{"value":' + b'{"a":[' * (levels // 2) + b"]}" * (levels // 2) + b"}"


VALUES = {
    "an integer of 20 digits": b"18446744073709551616",
    "a negative integer of 40 digits": b"-" + b"1234567890" * 4,
    "an integer of 4000 digits": b"9" * 4000,
    "the first integer that no double holds": b"9007199254740993",
    "five": b"5",
    "five, as a float": b"5.0",
    "minus zero": b"-0.0",
    "a large float": b"1e308",
    "the least float": b"5e-324",
    "a float of many digits": b"0.1000000000000000055511151231257827",
    "an exponent": b"[1E5,1e+5,1e-5,100000.0]",
    "the empty object": b"{}",
    "the empty list": b"[]",
    "the empty text": b'""',
    "null": b"null",
    "booleans beside numbers": b"[true,1,1.0,false,0]",
    "line separators": '"a\u2028b\u2029c\u0085d"'.encode(),
    "emoji, combined": '"👩‍👩‍👧‍👦 e\u0301 ﷽"'.encode(),
    "emoji, escaped": rb'"\ud83d\ude00"',
    "escapes": rb'"\u0000\b\f\n\r\t\"\\\/\u001f\u007f"',
    "right to left": '"\u202eabc\u202c"'.encode(),
    "keys with dots and quotes": rb'{"a.b":1,"\"":2,"":3,"\u0000":4,"$x[0]":5,"__next_node__":6}',
    "keys that differ in form only": '{"é":1,"e\u0301":2}'.encode(),
    "keys out of order": b'{"b":1,"a":2,"10":3,"9":4}',
    "HTML": b'"<script>&amp;</script>"',
}


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES.keys())
def test_a_value_survives(stub: RunServiceStub, value: bytes) -> None:
    check(stub, b'{"value":%s}' % value)


def test_the_bytes_that_were_sent_come_back(stub: RunServiceStub) -> None:
    check(stub, b' {\t"value" :\r\n [ 1 , 2.50 , "\\u00e9" ] , "value2":1e2 } \n')


def test_150_levels_survive(stub: RunServiceStub) -> None:
    check(stub, nested(150))


@pytest.mark.parametrize("levels", range(188, 204, 2))
def test_what_is_accepted_can_be_executed(stub: RunServiceStub, levels: int) -> None:
    """No input is taken that then proves too deep for the state."""
    spec = RunSpec(graph_id="keeper", input=Payload(data=nested(levels)))
    try:
        run_id = stub.CreateRun(wire.CreateRunRequest(spec=spec)).run.run_id
    except grpc.RpcError as error:
        assert error.code() is grpc.StatusCode.INVALID_ARGUMENT  # noqa: PT017 - or it is fine
        return
    request = wire.WaitRunRequest(run_id=run_id, timeout=Duration(seconds=30))
    run = stub.WaitRun(request).run
    assert run.status == RUN_STATUS_SUCCEEDED, run.error.message
    state = stub.GetRunState(wire.GetRunStateRequest(run_id=run_id)).state
    assert json.loads(state.values.data) == {**json.loads(nested(levels)), "held": 1}


def test_1_mib_survives(stub: RunServiceStub) -> None:
    """The largest inline input; a caller with gRPC's own limits can read all that comes of it."""
    data = b'{"value":"%s"}'
    check(stub, data % (b"x" * (MIB - len(data) + 2)))


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**40), 10**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=5)
    ),
    max_leaves=20,
)


@settings(max_examples=60, deadline=None)
@given(value=JSON_VALUES, ascii_only=st.booleans(), indent=st.sampled_from([None, 0, 2]))
@example(value={"copy": 1, "value": -0.0}, ascii_only=False, indent=None)
def test_any_value_survives(
    stub: RunServiceStub, value: Any, ascii_only: bool, indent: int | None
) -> None:
    data = json.dumps({"value": value}, ensure_ascii=ascii_only, indent=indent)
    check(stub, data.encode())


# Values spelled out, for requests written by hand


def test_a_request_written_by_hand(stub: RunServiceStub) -> None:
    """As grpcurl sends it, and as it reads the answer."""
    text = """
        {"spec": {"graph_id": "echo", "labels": {"team": "risk"},
                  "input": {"json": {"value": [5, 2.5, null, true, "x", {}, []]}}},
         "payload_format": "PAYLOAD_FORMAT_JSON"}
    """
    request = json_format.Parse(text, wire.CreateRunRequest())
    trip = travel(stub, request.spec.input, how=PAYLOAD_FORMAT_JSON)
    value = [5, 2.5, None, True, "x", {}, []]
    for payload in (trip.created.spec.input, trip.run.spec.input):
        assert shown(payload) == {"value": value}
    assert shown(trip.run.output) == shown(trip.state.values) == {"value": value, "copy": value}
    assert shown(trip.event("custom").payload) == {"value": value}
    assert shown(trip.event("state_updated").update) == {"copy": value}
    assert shown(trip.events[-1].status_changed.output) == {"value": value, "copy": value}


def shown(payload: Payload) -> Any:
    assert payload.WhichOneof("body") == "json", payload
    return json_format.MessageToDict(payload.json)


@pytest.mark.parametrize(
    ("number", "kept"),
    [
        (5.0, b"5"),
        (-7.0, b"-7"),
        (0.5, b"0.5"),
        (-0.0, b"-0.0"),
        (2.0**53 - 1, b"9007199254740991"),
        (2.0**53, b"9007199254740992.0"),
        (1e308, b"1e+308"),
    ],
)
def test_whole_numbers_of_a_value_are_integers(
    stub: RunServiceStub, number: float, kept: bytes
) -> None:
    given = Payload()
    given.json.struct_value.fields["value"].number_value = number
    trip = travel(stub, given)
    assert trip.run.spec.input.data == b'{"value":%s}' % kept
    assert exact(trip.places()["state"]) == exact(json.loads(kept))


def test_what_no_value_holds_stays_bytes(stub: RunServiceStub) -> None:
    """Too deep for a Value that others can read: it is shown as `data` although JSON was asked."""
    trip = travel(stub, Payload(data=nested(150)), how=PAYLOAD_FORMAT_JSON)
    assert trip.run.spec.input.data == nested(150)
    assert trip.run.output.WhichOneof("body") == "data"


def test_spelling_out_is_for_every_answer(stub: RunServiceStub) -> None:
    label = uuid.uuid4().hex
    spec = RunSpec(graph_id="echo", input=Payload(data=b'{"value":1}'), labels={"t": label})
    run_id = stub.CreateRun(wire.CreateRunRequest(spec=spec)).run.run_id
    wait = wire.WaitRunRequest(
        run_id=run_id, timeout=Duration(seconds=30), payload_format=PAYLOAD_FORMAT_JSON
    )
    waited = stub.WaitRun(wait).run
    listed = stub.ListRuns(
        wire.ListRunsRequest(
            filter=f'labels.t = "{label}"',
            view=wire.RUN_VIEW_FULL,
            payload_format=PAYLOAD_FORMAT_JSON,
        )
    ).runs
    assert [shown(run.output) for run in (waited, *listed)] == [{"value": 1, "copy": 1}] * 2
    watched = stub.CreateAndWatchRun(
        wire.CreateAndWatchRunRequest(spec=spec, payload_format=PAYLOAD_FORMAT_JSON)
    )
    assert shown(list(watched)[-1].ended.run.output) == {"value": 1, "copy": 1}


def test_a_basic_view_has_no_payloads(stub: RunServiceStub) -> None:
    trip = travel(stub, Payload(data=b'{"value":1}'))
    request = wire.GetRunRequest(run_id=trip.run.run_id, view=wire.RUN_VIEW_BASIC)
    run = stub.GetRun(request).run
    assert not run.HasField("output")
    assert not run.spec.HasField("input")
    trip.run.ClearField("output")
    trip.run.spec.ClearField("input")
    assert run == trip.run


def test_metadata_and_type_of_an_input_come_back(stub: RunServiceStub) -> None:
    given = Payload(data=b'{"value":1}', content_type="application/json", metadata={"key-id": "k1"})
    assert travel(stub, given).run.spec.input == given


def test_labels_are_any_text(stub: RunServiceStub) -> None:
    labels = {"équipe": "風險 🎲", "a.b/c": '"quoted" \\ back', "empty": ""}
    spec = RunSpec(graph_id="echo", labels=labels)
    run_id = stub.CreateRun(wire.CreateRunRequest(spec=spec)).run.run_id
    assert dict(stub.GetRun(wire.GetRunRequest(run_id=run_id)).run.spec.labels) == labels
    for where in (
        'labels."équipe" = "風險 🎲"',
        r'labels.a.b/c = "\"quoted\" \\ back"',
        'labels.empty = ""',
    ):
        found = stub.ListRuns(wire.ListRunsRequest(filter=where, page_size=1000)).runs
        assert run_id in [run.run_id for run in found], where


def test_no_input_is_an_empty_object(stub: RunServiceStub) -> None:
    trip = travel(stub, Payload())
    assert trip.run.spec.input.data == b"{}"
    assert json.loads(trip.state.values.data) == {"copy": None}


def test_an_input_may_be_an_artifact(stub: RunServiceStub, channel: grpc.Channel) -> None:
    data = b' {"value": [18446744073709551616, 5.0]} '
    content = HttpBody(data=data, content_type="application/json")
    upload = artifact_service_pb2.UploadArtifactRequest(content=content)
    artifact = ArtifactServiceStub(channel).UploadArtifact(iter([upload])).artifact
    trip = travel(stub, Payload(artifact_id=artifact.artifact_id))
    assert trip.run.spec.input.artifact_id == artifact.artifact_id
    assert exact(trip.places()["state"]) == exact([18446744073709551616, 5.0])


def test_an_input_in_an_artifact_may_exceed_what_goes_inline(
    stub: RunServiceStub, channel: grpc.Channel
) -> None:
    """Graph `fan` keeps no copy of it, so the state stays within its limits."""
    texts = ["word " * 1000] * 300
    data = json.dumps({"texts": texts}).encode()
    assert len(data) > MIB
    chunks = [data[at : at + 500_000] for at in range(0, len(data), 500_000)]
    uploads = [
        artifact_service_pb2.UploadArtifactRequest(content=HttpBody(data=chunk)) for chunk in chunks
    ]
    artifact = ArtifactServiceStub(channel).UploadArtifact(iter(uploads)).artifact
    spec = RunSpec(graph_id="fan", input=Payload(artifact_id=artifact.artifact_id))
    run_id = stub.CreateRun(wire.CreateRunRequest(spec=spec)).run.run_id
    request = wire.GetRunStateRequest(run_id=run_id)
    stub.WaitRun(wire.WaitRunRequest(run_id=run_id, timeout=Duration(seconds=60)))
    values = json.loads(stub.GetRunState(request).state.values.data)
    assert values["counts"] == [1000] * 300

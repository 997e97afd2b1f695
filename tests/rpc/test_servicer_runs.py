"""RunService, one RPC at a time, through pytest-grpc's stub."""

import uuid

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2, status_pb2
from tests.conftest import now

from runwire.domain.outcome import Interrupted, Succeeded
from runwire.domain.run import Interrupt
from runwire.v1 import payload_pb2, run_pb2
from runwire.v1 import run_service_pb2 as wire
from runwire.v1.run_service_pb2_grpc import RunServiceStub


@pytest.fixture(scope="module")
def grpc_stub_cls():
    return RunServiceStub


@pytest.fixture
def do(grpc_server):
    return grpc_server.do


@pytest.fixture
def app(grpc_server):
    return grpc_server.app


def spec(**given):
    return run_pb2.RunSpec(**{"graph_id": "echo", **given})


def created(stub, **given):
    return stub.CreateRun(wire.CreateRunRequest(spec=spec(**given))).run


def status_of(error):
    (data,) = [v for k, v in error.trailing_metadata() if k == "grpc-status-details-bin"]
    return status_pb2.Status.FromString(data)


def detail_of(error, kind):
    found = kind()
    assert any(detail.Unpack(found) for detail in status_of(error).details), status_of(error)
    return found


def refused(call, request):
    """Return the code, the reason and the faulty fields of a refusal."""
    with pytest.raises(grpc.RpcError) as caught:
        call(request)
    reason = detail_of(caught.value, error_details_pb2.ErrorInfo).reason
    fields = []
    if caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT:
        bad = detail_of(caught.value, error_details_pb2.BadRequest)
        fields = [violation.field for violation in bad.field_violations]
    return caught.value.code().name, reason, fields


@pytest.fixture
def claimed(grpc_stub, app, do):
    """Create a run and claim it; every other waiting run is cancelled first."""
    for run in grpc_stub.ListRuns(wire.ListRunsRequest(filter="status = QUEUED")).runs:
        grpc_stub.CancelRun(wire.CancelRunRequest(run_id=run.run_id))
    created(grpc_stub, input=payload_pb2.Payload(data=b'{"n":1}'), priority=9)
    return do(app.claimed())


def test_a_created_run_is_read_as_it_was_sent(grpc_stub):
    sent = spec(
        input=payload_pb2.Payload(data=b'{"big": 18446744073709551616, "five": 5.0}'),
        thread_id="t/1",
        timeout=Duration(seconds=90, nanos=500_000_000),
        labels={"team": "risk"},
        priority=-3,
    )
    answer = grpc_stub.CreateRun(wire.CreateRunRequest(spec=sent, run_id="sent-1"))
    assert not answer.replayed
    run = grpc_stub.GetRun(wire.GetRunRequest(run_id="sent-1")).run
    assert run == answer.run
    sent.input.content_type = "application/json"
    assert run.spec == sent
    assert (run.status, run.last_sequence) == (run_pb2.RUN_STATUS_QUEUED, 1)
    assert run.etag
    assert run.create_time.seconds > 1_700_000_000


def test_payloads_are_spelled_out_when_asked_for(grpc_stub):
    given = payload_pb2.Payload(data=b'{"a":[1,2.5,null,true,"x"],"b":{}}')
    request = wire.CreateRunRequest(spec=spec(input=given), payload_format="PAYLOAD_FORMAT_JSON")
    answer = grpc_stub.CreateRun(request).run.spec.input
    assert answer.WhichOneof("body") == "json"
    fields = answer.json.struct_value.fields
    assert [v.WhichOneof("kind") for v in fields["a"].list_value.values] == [
        *("number_value", "number_value", "null_value", "bool_value", "string_value")
    ]
    assert fields["b"].HasField("struct_value")


def test_a_request_sent_again_is_answered_with_the_first_run(grpc_stub):
    request = wire.CreateRunRequest(spec=spec(), request_id=str(uuid.uuid4()))
    first, again = grpc_stub.CreateRun(request), grpc_stub.CreateRun(request)
    assert again.replayed
    assert again.run.run_id == first.run.run_id
    request.spec.priority = 1
    code, _, _ = refused_only(grpc_stub.CreateRun, request)
    assert code == "ALREADY_EXISTS"


def refused_only(call, request):
    with pytest.raises(grpc.RpcError) as caught:
        call(request)
    info = detail_of(caught.value, error_details_pb2.ErrorInfo)
    assert info.domain == "runwire"
    return caught.value.code().name, info.reason, dict(info.metadata)


def test_a_refusal_names_every_faulty_field_at_once(grpc_stub):
    request = wire.CreateRunRequest(
        spec=run_pb2.RunSpec(
            thread_id="x" * 129,
            timeout=Duration(seconds=-1),
            labels={"": "empty", "k" * 64: "long", "v": "x" * 257},
        ),
        run_id="no spaces",
        request_id="not a uuid",
    )
    code, reason, fields = refused(grpc_stub.CreateRun, request)
    assert (code, reason) == ("INVALID_ARGUMENT", "INVALID_FIELD")
    assert set(fields) == {
        *("spec.graph_id", "spec.thread_id", "spec.timeout", "run_id", "request_id"),
        *('spec.labels[""]', f"spec.labels.{'k' * 63}", "spec.labels.v"),
    }


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (wire.CreateRunRequest(), "spec.graph_id"),
        (wire.CreateRunRequest(spec=spec(timeout=Duration())), "spec.timeout"),
        (wire.CreateRunRequest(spec=spec(timeout=Duration(seconds=10**12))), "spec.timeout"),
        (wire.CreateRunRequest(spec=spec(timeout=Duration(nanos=10**9))), "spec.timeout"),
        (wire.CreateRunRequest(spec=spec(timeout=Duration(seconds=1, nanos=-1))), "spec.timeout"),
        (wire.CreateRunRequest(spec=spec(), payload_format=9), "payload_format"),
        (wire.CreateRunRequest(spec=spec(thread_id="a\0b")), "spec.thread_id"),
        (wire.CreateRunRequest(spec=spec(labels={str(n): "" for n in range(65)})), "spec.labels"),
    ],
)
def test_a_malformed_creation_is_refused(grpc_stub, request_, field):
    assert refused(grpc_stub.CreateRun, request_)[2] == [field]


@pytest.mark.parametrize(
    ("method", "request_", "field"),
    [
        ("GetRun", wire.GetRunRequest(), "run_id"),
        ("GetRun", wire.GetRunRequest(run_id="a", view=7), "view"),
        ("ListRuns", wire.ListRunsRequest(page_size=-1), "page_size"),
        ("ListRuns", wire.ListRunsRequest(page_token="§"), "page_token"),  # noqa: S106
        ("ListRuns", wire.ListRunsRequest(statuses=[1, 42]), "statuses[1]"),
        ("ListRuns", wire.ListRunsRequest(statuses=[0]), "statuses[0]"),
        ("ListRuns", wire.ListRunsRequest(filter="status >"), "filter"),
        ("ListRuns", wire.ListRunsRequest(order_by="run_id"), "order_by"),
        ("WaitRun", wire.WaitRunRequest(run_id="a", timeout=Duration(seconds=-1)), "timeout"),
        ("UpdateRun", wire.UpdateRunRequest(run_id="a"), "update_mask"),
        ("ForkRun", wire.ForkRunRequest(run_id="a", new_run_id="-"), "new_run_id"),
        ("CancelRun", wire.CancelRunRequest(run_id="a", reason="x" * 1025), "reason"),
        ("ListSteps", wire.ListStepsRequest(run_id="a", page_size=-1), "page_size"),
        ("ListCheckpoints", wire.ListCheckpointsRequest(run_id="/"), "run_id"),
        (
            "GetRunState",
            wire.GetRunStateRequest(run_id="a", checkpoint_id="0" * 129),
            "checkpoint_id",
        ),
        ("DeleteRun", wire.DeleteRunRequest(run_id=""), "run_id"),
    ],
)
def test_a_malformed_request_is_refused(grpc_stub, method, request_, field):
    code, _, fields = refused(getattr(grpc_stub, method), request_)
    assert (code, fields) == ("INVALID_ARGUMENT", [field])


def test_a_mask_may_only_name_labels(grpc_stub):
    request = wire.UpdateRunRequest(run_id="a")
    request.update_mask.paths.extend(["labels.team", "status"])
    assert refused(grpc_stub.UpdateRun, request)[2] == ["update_mask.paths[1]"]


@pytest.mark.parametrize(
    ("given", "reason", "field"),
    [
        (payload_pb2.Payload(data=b"{"), "INVALID_JSON", "spec.input"),
        (payload_pb2.Payload(data=b'"\xff"'), "INVALID_JSON", "spec.input"),
        (payload_pb2.Payload(data=b'{"n":NaN}'), "INVALID_JSON", "spec.input"),
        (payload_pb2.Payload(artifact_id="?"), "INVALID_FIELD", "spec.input.artifact_id"),
        (payload_pb2.Payload(content_type="text/plain", data=b"x"), "INVALID_FIELD", None),
    ],
)
def test_an_input_that_is_no_json_is_refused(grpc_stub, given, reason, field):
    found = refused(grpc_stub.CreateRun, wire.CreateRunRequest(spec=spec(input=given)))
    assert found[:2] == ("INVALID_ARGUMENT", reason)
    assert field is None or found[2] == [field]


def test_an_input_too_large_to_be_inline_names_artifacts_as_the_way(grpc_stub):
    large = payload_pb2.Payload(data=b'"' + b"x" * 1024 * 1024 + b'"')
    code, reason, facts = refused_only(
        grpc_stub.CreateRun, wire.CreateRunRequest(spec=spec(input=large))
    )
    assert (code, reason) == ("RESOURCE_EXHAUSTED", "PAYLOAD_TOO_LARGE")
    assert facts["field"] == "spec.input"


def test_an_unknown_run_is_named(grpc_stub):
    with pytest.raises(grpc.RpcError) as caught:
        grpc_stub.GetRun(wire.GetRunRequest(run_id="nobody"))
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND
    assert detail_of(caught.value, error_details_pb2.ErrorInfo).reason == "RUN_NOT_FOUND"
    resource = detail_of(caught.value, error_details_pb2.ResourceInfo)
    assert (resource.resource_type, resource.resource_name) == ("runwire.v1.Run", "nobody")


def test_a_list_is_basic_filtered_and_in_pages(grpc_stub):
    for number in range(3):
        created(grpc_stub, labels={"list": "pages"}, priority=number, thread_id="pages")
    request = wire.ListRunsRequest(
        page_size=2,
        filter="labels.list = pages AND priority > 0 OR priority = 0",
        statuses=["RUN_STATUS_QUEUED", "RUN_STATUS_RUNNING"],
        thread_id="pages",
        order_by="priority desc",
    )
    first = grpc_stub.ListRuns(request)
    request.page_token = first.next_page_token
    second = grpc_stub.ListRuns(request)
    assert [run.spec.priority for run in (*first.runs, *second.runs)] == [2, 1, 0]
    assert not second.next_page_token
    assert not first.runs[0].spec.HasField("input")
    request.view = wire.RUN_VIEW_FULL
    request.page_token = ""
    assert grpc_stub.ListRuns(request).runs[0].spec.input.data == b"{}"


def test_a_queued_run_is_cancelled_and_then_deleted(grpc_stub):
    run = created(grpc_stub)
    request = wire.CancelRunRequest(run_id=run.run_id, reason="changed my mind", etag=run.etag)
    cancelled = grpc_stub.CancelRun(request).run
    assert cancelled.status == run_pb2.RUN_STATUS_CANCELLED
    stale = wire.DeleteRunRequest(run_id=run.run_id, etag=run.etag)
    assert refused_only(grpc_stub.DeleteRun, stale)[0] == "ABORTED"
    grpc_stub.DeleteRun(wire.DeleteRunRequest(run_id=run.run_id, etag=cancelled.etag))
    assert refused_only(grpc_stub.GetRun, wire.GetRunRequest(run_id=run.run_id))[0] == "NOT_FOUND"


def test_a_wait_ends_with_its_time_or_the_run(grpc_stub, app, do, claimed):
    request = wire.WaitRunRequest(run_id=claimed.run.run_id, timeout=Duration())
    assert grpc_stub.WaitRun(request).run.status == run_pb2.RUN_STATUS_RUNNING
    request.timeout.seconds = 10
    waiting = grpc_stub.WaitRun.future(request)
    do(app.settle(claimed, Succeeded(b'{"n":2}')))
    assert waiting.result(5).run.output.data == b'{"n":2}'


def test_labels_are_changed_by_mask(grpc_stub):
    run = created(grpc_stub, labels={"team": "risk", "tier": "1"})
    request = wire.UpdateRunRequest(run_id=run.run_id, labels={"team": "fraud"})
    request.update_mask.paths.extend(["labels.team", "labels.`tier`"])
    assert grpc_stub.UpdateRun(request).run.spec.labels == {"team": "fraud"}


def test_a_question_is_answered_once(grpc_stub, app, do, claimed):
    asked = Interrupt(
        interrupt_id="q1", node="say", step_id="say:1", index=0, value=b'"sure?"', created_at=now()
    )
    do(app.settle(claimed, Interrupted((asked,))))
    run_id = claimed.run.run_id
    (question,) = grpc_stub.GetRun(wire.GetRunRequest(run_id=run_id)).run.interrupts
    assert (question.interrupt_id, question.value.data) == ("q1", b'"sure?"')
    assert not question.HasField("answer_schema")
    for answer, field in (
        (payload_pb2.Payload(artifact_id="a"), "answer"),
        (payload_pb2.Payload(content_type="text/plain", data=b"x"), "answer.content_type"),
        (payload_pb2.Payload(data=b"nope"), "answer"),
    ):
        bad = wire.ResumeRunRequest(run_id=run_id, answer=answer)
        assert refused(grpc_stub.ResumeRun, bad)[2] == [field]
    resumed = grpc_stub.ResumeRun(wire.ResumeRunRequest(run_id=run_id)).run
    assert resumed.status == run_pb2.RUN_STATUS_QUEUED
    assert not resumed.interrupts


def test_steps_checkpoints_states_and_forks(grpc_stub, app, do, claimed):
    run_id = claimed.run.run_id
    do(app.step(claimed, 0, b'{"n":1}', "say"))
    do(app.step(claimed, 1, b'{"n":2}', "say"))
    (step,) = grpc_stub.ListSteps(wire.ListStepsRequest(run_id=run_id)).steps
    assert (step.step_id, step.status, step.checkpoint_id) == (
        *("say:1", run_pb2.RUN_STATUS_SUCCEEDED, "00000001"),
    )
    listed = grpc_stub.ListCheckpoints(wire.ListCheckpointsRequest(run_id=run_id)).checkpoints
    assert [(one.checkpoint_id, one.parent_checkpoint_id) for one in listed] == [
        *(("00000001", "00000000"), ("00000000", "")),
    ]
    state = grpc_stub.GetRunState(wire.GetRunStateRequest(run_id=run_id)).state
    assert (state.values.data, list(state.next_nodes)) == (b'{"n":2}', ["say"])
    request = wire.GetRunStateRequest(
        run_id=run_id, checkpoint_id="00000000", payload_format="PAYLOAD_FORMAT_JSON"
    )
    old = grpc_stub.GetRunState(request).state
    assert old.values.json.struct_value.fields["n"].number_value == 1
    fork = wire.ForkRunRequest(
        run_id=run_id, checkpoint_id="00000000", update=payload_pb2.Payload(data=b'{"n":7}')
    )
    forked = grpc_stub.ForkRun(fork).run
    assert (forked.forked_from_run_id, forked.forked_from_checkpoint_id) == (run_id, "00000000")
    state = grpc_stub.GetRunState(wire.GetRunStateRequest(run_id=forked.run_id)).state
    assert state.values.data == b'{"n":7}'

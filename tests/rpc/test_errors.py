"""Errors as statuses."""

import pytest
from google.rpc import error_details_pb2
from grpc import StatusCode

from runwire.domain import errors
from runwire.domain.errors import Violation
from runwire.rpc.errors import STATUS, failure_of, overdue, to_status


def details(status):
    return {detail.type_url.rpartition(".")[2]: detail for detail in status.details}


def unpacked(status, kind):
    found = kind()
    assert details(status)[kind.DESCRIPTOR.name].Unpack(found)
    return found


@pytest.mark.parametrize("kind", errors.Error.__subclasses__())
def test_every_error_tells_its_reason_its_facts_and_the_request_id(kind):
    failure = failure_of(kind("what to do", reason="SOME_REASON", run_id="r1", number=3), "q1")
    assert failure.code is STATUS[kind]
    assert failure.status.code == failure.code.value[0]
    assert failure.status.message == "what to do"
    info = unpacked(failure.status, error_details_pb2.ErrorInfo)
    assert (info.reason, info.domain, dict(info.metadata)) == (
        *("SOME_REASON", "runwire", {"run_id": "r1", "number": "3"}),
    )
    assert unpacked(failure.status, error_details_pb2.RequestInfo).request_id == "q1"
    assert dict(failure.trailers)["x-request-id"] == "q1"


@pytest.mark.parametrize(
    ("facts", "kind", "name"),
    [
        ({"run_id": "r"}, "runwire.v1.Run", "r"),
        ({"graph_id": "g"}, "runwire.v1.Graph", "g"),
        ({"artifact_id": "a", "run_id": "r"}, "runwire.v1.Artifact", "a"),
    ],
)
def test_what_is_not_found_is_named_as_a_resource(facts, kind, name):
    status = to_status(errors.NotFound("no", **facts), "q")
    resource = unpacked(status, error_details_pb2.ResourceInfo)
    assert (resource.resource_type, resource.resource_name) == (kind, name)


def test_only_missing_things_are_resources():
    assert "ResourceInfo" not in details(to_status(errors.NotFound("no", other="x"), "q"))
    assert "ResourceInfo" not in details(to_status(errors.Conflict("no", run_id="x"), "q"))


def test_a_time_to_wait_is_told():
    status = to_status(errors.Unavailable("later", retry_after_seconds=1.5), "q")
    delay = unpacked(status, error_details_pb2.RetryInfo).retry_delay
    assert (delay.seconds, delay.nanos) == (1, 500_000_000)


def test_the_text_of_an_unexpected_error_is_not_told():
    failure = failure_of(RuntimeError("password is hunter2"), "q9")
    assert failure.code is StatusCode.INTERNAL
    assert failure.status.message == "internal error; quote request id q9"
    assert b"hunter2" not in failure.status.SerializeToString()


def test_a_deadline_that_was_set_for_the_caller_is_explained():
    failure = overdue(30, "q")
    assert failure.code is StatusCode.DEADLINE_EXCEEDED
    assert failure.status.code == 4
    assert "30 s" in failure.status.message


def test_all_of_it_fits_into_trailers():
    long = "schön " * 1000
    error = errors.Invalid(
        long,
        violations=[Violation(f"spec.input[{n}]", long) for n in range(1000)],
        field=long,
    )
    status = to_status(error, "q")
    assert len(status.SerializeToString()) < 4096
    assert len(status.message.encode()) <= 600
    assert (
        unpacked(status, error_details_pb2.BadRequest).field_violations[0].field == "spec.input[0]"
    )


def test_half_a_surrogate_pair_in_a_message_is_no_second_error():
    assert to_status(errors.Invalid("\ud83d!", field="\ud83d"), "q").message == "?!"

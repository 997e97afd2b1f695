"""The conformance cases: what a request becomes, and what it is answered with."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from google.api import httpbody_pb2
from google.protobuf import empty_pb2, json_format
from google.protobuf.message import Message
from google.rpc import code_pb2, status_pb2
from tests.httprule.protos import TESTER, Msg, Out, service

from httprule.failures import Failure, failure_json, http_status
from httprule.faults import RuleError
from httprule.headers import metadata_of, timeout_seconds
from httprule.transcoder import Found, Transcoder

FILE = json.loads((Path(__file__).parent / "cases.json").read_text(encoding="utf-8"))
# The one rule of the file that has to be refused when the program starts.
REFUSED = "R05"


def only(rpcs: set[str]) -> Any:
    """Return a service with some of the RPCs of the cases."""

    class Some:
        methods = [method for method in TESTER.methods if method.name in rpcs]  # noqa: RUF012

    return Some()


ALL = {method.name for method in TESTER.methods} - {REFUSED}
TRANSCODER = Transcoder([only(ALL)])


@pytest.mark.parametrize("case", FILE["cases"], ids=lambda case: case["id"])
def test_a_request_becomes_what_the_case_says(case: dict[str, Any]) -> None:
    outcomes = case["expect"].get("any_of", [case["expect"]])
    assert any(matches(case["request"], expected) for expected in outcomes)


def matches(request: dict[str, Any], expected: dict[str, Any]) -> bool:
    """Compare by asserts, except for a choice of outcomes, where the first one is ours."""
    if expected.get("template_rejected"):
        with pytest.raises(RuleError, match="R05"):
            Transcoder([only({REFUSED})])
        return True
    if "rpc" not in expected and "grpc_code" in expected:
        with pytest.raises(Failure) as raised:
            received(request)
        assert raised.value.http_status == expected["http_status"]
        assert code_pb2.Code.Name(raised.value.status.code) == expected["grpc_code"]
        if "why" in expected:
            assert expected["why"] == f"Allow: {', '.join(raised.value.allow)}"
        return True
    found, message = received(request)
    if "rpc" in expected:
        assert found.method.name == expected["rpc"]
        as_json = json_format.MessageToDict(message, preserving_proto_field_name=True)
        assert as_json == expected["message"]
    check_headers(request.get("headers", {}), expected)
    check_answers(found, message, expected)
    return True


def received(request: dict[str, Any]) -> tuple[Found, Any]:
    target = urlsplit(request["target"])
    found = TRANSCODER.find(request["method"], target.path)
    headers = {name.lower(): value for name, value in request.get("headers", {}).items()}
    kind, body = headers.get("content-type", ""), request.get("body", "").encode()
    if found.method.client_streaming and found.takes_raw_body:
        return found, found.first(target.query, kind, body)
    return found, found.request(target.query, kind, body)


def check_headers(headers: Mapping[str, str], expected: dict[str, Any]) -> None:
    for name, value in expected.get("metadata_contains", {}).items():
        assert (name, value) in metadata_of(headers.items())
    if "deadline_seconds_at_most" in expected:
        seconds = timeout_seconds(headers.items())
        assert seconds is not None
        assert seconds <= expected["deadline_seconds_at_most"]


def check_answers(found: Found, message: Any, expected: dict[str, Any]) -> None:
    if "body" in expected:
        status, body = unary(found, message)
        assert json.loads(body) == expected["body"]
        assert status == expected.get("http_status", 200)
    if "response_body_text" in expected:
        answers = [found.answer(answer) for answer in echo(found.method.name, message)]
        assert found.returns_raw
        assert (
            b"".join(answer.data for answer in answers).decode() == expected["response_body_text"]
        )
        assert answers[0].content_type == expected["content_type"]
    if "response_lines" in expected:
        assert list(lines(found, message)) == expected["response_lines"]


def unary(found: Found, message: Any) -> tuple[int, bytes]:
    try:
        (answer,) = echo(found.method.name, message)
    except Failure as error:
        return error.http_status, failure_json(error.status)
    return 200, found.answer(answer).data


def lines(found: Found, message: Any) -> Iterator[str]:
    try:
        for answer in echo(found.method.name, message):
            yield f'{{"result":{found.answer(answer).data.decode()}}}'
    except Failure as error:
        yield f'{{"error":{failure_json(error.status).decode()}}}'


def echo(rpc: str, message: Any) -> Iterator[Message]:
    """Answer as the server did that the cases were recorded with."""
    if rpc == "R26":
        code = int(message.id)
        raise Failure(status_pb2.Status(code=code, message=f"err {code} é%"))
    if rpc == "R21":
        yield from watched(message)
    elif rpc == "R22b":
        yield from downloaded(message)
    elif rpc == "R20":
        yield httpbody_pb2.HttpBody(content_type=message.s, data=b"a,b\n1,2\n")
    elif rpc == "R33":
        yield empty_pb2.Empty()
    else:
        twins = [{"x": "1"}, {"x": "2"}]
        yield Out(msg=message, list=twins, text=rpc, count=2**53 + 1)


def watched(message: Any) -> Iterator[Message]:
    for index in range(message.i32):
        yield Out(msg=Msg(id=message.id), count=index)
    if message.s == "fail":
        raise Failure(status_pb2.Status(code=11, message="events compacted"))


def downloaded(message: Any) -> Iterator[Message]:
    for index in range(message.i32):
        kind = "" if index else "text/csv"
        yield Out(file=httpbody_pb2.HttpBody(content_type=kind, data=b"chunk%d;" % index))


def test_every_code_has_its_http_status() -> None:
    codes = (*range(17), 99)
    assert [http_status(code) for code in codes] == [
        *(200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401),
        500,
    ]


def test_a_service_of_another_pool_has_its_rules_and_messages() -> None:
    text = """
        syntax = "proto3"; package other.v1;
        import "google/api/annotations.proto"; import "cases.proto";
        service Other {
          rpc Get(tc.v1.Msg) returns (tc.v1.Out) { option (google.api.http) = { get: "/o/{id}" }; }
        }"""
    found = Transcoder([service(text, "Other")]).find("GET", "/o/x")
    assert found.request("i32=5", "", b"").i32 == 5  # type: ignore[attr-defined]

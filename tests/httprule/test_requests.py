"""Requests beyond the recorded cases: paths, queries, content types and raw bodies."""

import base64
import json
from typing import Any

import pytest
from google.api import http_pb2, httpbody_pb2
from google.rpc import error_details_pb2, status_pb2
from tests.httprule.drawing import service_of
from tests.httprule.protos import Out, Sub
from tests.httprule.test_cases import ALL, TRANSCODER, only

from httprule.failures import Failure, failure_json
from httprule.options import Options
from httprule.transcoder import Transcoder


def got(target: str, **request: Any) -> Any:
    path, _, query = target.partition("?")
    found = TRANSCODER.find(request.get("method", "GET"), path)
    return found.request(query, request.get("kind", ""), request.get("body", b""))


def refused(target: str, **request: Any) -> Failure:
    with pytest.raises(Failure) as raised:
        got(target, **request)
    return raised.value


@pytest.mark.parametrize(
    "target",
    ["/r01/.", "/r01/..", "/r01/%2e%2E", "/r01/a%2F..%2Fb", "/r04/a/../b", "/r02/shelves/.."],
)
def test_a_path_value_leads_nowhere_else(target: str) -> None:
    assert refused(target).http_status == 400


@pytest.mark.parametrize("target", ["/r01/%", "/r01/%f", "/r01/a%FF", "/r04/a/%g0", "/r29/a/%/b/x"])
def test_a_broken_escape_in_a_path_is_refused(target: str) -> None:
    assert refused(target).http_status == 400


def test_a_path_of_several_segments_keeps_the_escapes_of_delimiters() -> None:
    assert (
        got("/r04/a%2Fb%3f%23%5B%40%3A/c%20%2A%21%E4%BD%A0").name == "a%2Fb%3f%23%5B%40%3A/c *!你"
    )
    assert got("/r04/%252F").name == "%2F"


def test_an_escaped_literal_is_the_literal() -> None:
    assert got("/%7201/x").id == "x"
    assert got("/r08/x:%70eek").id == "x:peek"


@pytest.mark.parametrize(
    ("target", "field"),
    [
        ("/r10?sub.nosuch=1", "sub.nosuch"),
        ("/r10?s=%zz", "s"),
        ("/r10?s=%ff", "s"),
        ("/r10?%zz=1", ""),
        ("/r10?sub.x=a&sub.x=b", "sub.x"),
        ("/r10?snakeCaseName=a&snake_case_name=b", "snake_case_name"),
        ("/r10?val=1", "val"),
        ("/r10?any=1", "any"),
        ("/r10?=1", ""),
        ("/r10?" + ".".join(["sub", *["inner"] * 40, "x"]) + "=1", None),
        ("/r10?i32=%EF%BC%95", "i32"),
    ],
)
def test_a_wrong_query_parameter_is_named(target: str, field: str | None) -> None:
    failure = refused(target)
    found = error_details_pb2.BadRequest()
    assert failure.http_status == 400
    assert failure.status.details[1].Unpack(found)
    assert field in (None, found.field_violations[0].field)


def test_a_query_has_a_bounded_number_of_parameters() -> None:
    assert len(got("/r10?" + "&".join(["ri=1"] * 1000)).ri) == 1000
    assert refused("/r10?" + "&".join(["ri=1"] * 1001)).http_status == 400


def test_named_query_parameters_are_let_through_unread() -> None:
    transcoder = Transcoder([only(ALL)], options=Options(ignored_query=frozenset({"alt", "%24k"})))
    message: Any = transcoder.find("GET", "/r01/x").request("alt=json&alt=sse&s=a", "", b"")
    assert (message.id, message.s) == ("x", "a")
    assert transcoder.find("POST", "/r11/x").request("alt=json", "", b"{}")


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 200),
        ("Application/JSON ; charset=UTF-8", 200),
        ("application/json; charset=latin-1", 415),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("application/jsonp", 415),
    ],
)
def test_a_body_that_says_it_is_no_json_is_not_read(kind: str, status: int) -> None:
    request: dict[str, Any] = {"method": "POST", "kind": kind, "body": b'{"s": "a"}'}
    if status == 200:
        assert got("/r11/x", **request).s == "a"
        return
    failure = refused("/r11/x", **request)
    assert (failure.http_status, failure.status.code) == (415, 3)


def test_a_body_where_none_is_taken_is_refused() -> None:
    assert refused("/r01/x", body=b"{}").http_status == 400


def test_a_oneof_is_not_given_by_path_and_query_at_once() -> None:
    assert refused("/r10?pick_sub.x=a&pick_a=b").http_status == 400


def test_an_upload_is_a_first_message_and_chunks() -> None:
    found = TRANSCODER.find("POST", "/r23/f1")
    assert found.takes_raw_body
    first: Any = found.first("s=note", "image/png", b"\x00\xff")
    assert (first.id, first.s, first.file.content_type) == ("f1", "note", "image/png")
    assert first.file.data == b"\x00\xff"
    further: Any = found.next(b"more")
    assert [field.name for field, _ in further.ListFields()] == ["file"]
    assert further.file == httpbody_pb2.HttpBody(data=b"more")
    with pytest.raises(Failure) as raised:
        found.request("", "", b"")
    assert raised.value.http_status == 501


def test_what_takes_json_takes_no_chunks() -> None:
    found = TRANSCODER.find("POST", "/r11/x")
    assert not found.takes_raw_body
    with pytest.raises(Failure):
        found.first("", "", b"")
    with pytest.raises(Failure):
        found.next(b"")


def test_a_response_field_is_sent_alone_even_when_it_is_unset() -> None:
    def answer(path: str, **fields: Any) -> Any:
        return json.loads(TRANSCODER.find("GET", path).answer(Out(**fields)).data)

    assert answer("/r14") == {}
    assert answer("/r15t") == ""
    assert answer("/r15", list=[Sub(x="1"), Sub()]) == [{"x": "1"}, {}]
    assert not TRANSCODER.find("GET", "/r14").returns_raw


def test_every_binding_is_a_route() -> None:
    routes = [route for route in TRANSCODER.routes if route.method.name == "R16"]
    assert [(route.http_method, str(route.template), route.body) for route in routes] == [
        ("GET", "/r16/{id}", ""),
        ("GET", "/r16/u/{parent}/m/{id}", ""),
        ("POST", "/r16/{id}", "*"),
    ]
    with pytest.raises(Failure) as raised:
        TRANSCODER.find("PUT", "/r16/x")
    assert raised.value.allow == ("GET", "POST")


def test_a_failure_shows_details_it_does_not_know() -> None:
    status = status_pb2.Status(code=5, message="no\nrun é")
    status.details.add().Pack(error_details_pb2.ErrorInfo(reason="R", domain="d"))
    status.details.add(type_url="a/no.Such", value=b"\x00")
    shown = json.loads(failure_json(status))
    assert (shown["code"], shown["message"]) == (5, "no\nrun é")
    assert shown["details"] == [
        {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "R", "domain": "d"},
        {"@type": "a/no.Such", "value": base64.b64encode(b"\x00").decode()},
    ]


def test_a_value_that_is_nought_still_makes_the_messages_it_stands_in() -> None:
    message = got("/r10?sub.inner.y=0&i64v=0")
    assert message.sub.HasField("inner")
    assert message.HasField("i64v")


def test_a_path_s_value_takes_the_place_of_the_body_s() -> None:
    service = service_of(http_pb2.HttpRule(post="/v1/{mask}/{sub.x}", body="*"))
    found = Transcoder([service]).find("POST", "/v1/b,cD/p")
    message: Any = found.request("", "", b'{"mask": "a", "sub": {"x": "q", "y": "1"}}')
    assert list(message.mask.paths) == ["b", "c_d"]
    assert (message.sub.x, message.sub.y) == ("p", 1)

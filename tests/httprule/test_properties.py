"""What holds for every message, rule and request, with other implementations to compare with."""

import json
import math
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from google.api import http_pb2
from google.api_core import path_template, rest_helpers
from google.protobuf import json_format, struct_pb2
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.httprule.drawing import messages, rules, service_of
from tests.httprule.protos import Msg, Out, Sub
from tests.httprule.test_cases import ALL, only

from httprule.failures import Failure
from httprule.options import Options
from httprule.transcoder import Found, Transcoder

TRANSCODER = Transcoder([only(ALL)])
WHOLE = TRANSCODER.find("POST", "/r33")
OPTIONS = Options(kept_escapes="/")
"""As the client encodes: only an escaped slash stays."""
QUERY = [
    *("s", "i32", "i64", "u32", "u64", "d", "f", "b", "by", "color", "rs", "ri", "rc", "opt"),
    *("ts", "dur", "mask", "sv", "i64v", "bv", "custom", "pick_a", "pick_b", "opt_i"),
]
ANYTHING = st.text(st.characters() | st.sampled_from("%/:.&=+"), max_size=20)
"""With surrogates, which no UTF-8 has."""
SETTINGS = settings(max_examples=150, deadline=None)


def wire(message: Any) -> bytes:
    return bytes(message.SerializeToString(deterministic=True))


def repacked(message: Any) -> Any:
    """Return a message whose Any holds its bytes in the one order of a map that is comparable."""
    held = Msg()
    if message.HasField("any") and message.any.Unpack(held):
        message.any.Pack(repacked(held), deterministic=True)
    held = struct_pb2.Struct()
    if message.HasField("any") and message.any.Unpack(held):
        message.any.Pack(held, deterministic=True)
    return message


@SETTINGS
@given(messages(Msg.DESCRIPTOR))
def test_what_is_written_reads_as_the_same_message_elsewhere(message: Any) -> None:
    answer = TRANSCODER.find("GET", "/r14").answer(Out(msg=message))
    assert wire(repacked(json_format.Parse(answer.data, Msg()))) == wire(message)
    assert same(json.loads(answer.data), json_format.MessageToDict(message))


@SETTINGS
@given(messages(Msg.DESCRIPTOR), st.booleans())
def test_what_is_written_elsewhere_reads_as_the_same_message(message: Any, own: bool) -> None:
    text = json_format.MessageToJson(message, preserving_proto_field_name=own)
    assert wire(WHOLE.request("", "application/json", text.encode())) == wire(message)


@settings(max_examples=250, deadline=None)
@given(rules(), messages(Msg.DESCRIPTOR, names=QUERY), messages(Sub.DESCRIPTOR), st.booleans())
def test_what_a_client_makes_of_a_message_comes_back(
    drawn: tuple[http_pb2.HttpRule, dict[str, Any]], message: Any, sub: Any, numeric: bool
) -> None:
    rule, values = drawn
    if rule.body == "sub" or wire(sub):
        message.sub.MergeFrom(sub)
    for name, value in values.items():
        target = message.sub if name.startswith("sub.") else message
        setattr(target, name.removeprefix("sub."), value)
    method, path, query, body = sent(rule, message, numeric=numeric)
    found = Transcoder([service_of(rule)], options=OPTIONS).find(method, path)
    received = found.request(query, "application/json", body)
    assert wire(received) == wire(expected(rule, message))


def sent(rule: http_pb2.HttpRule, message: Any, *, numeric: bool) -> tuple[str, str, str, bytes]:
    """Return the request that google-api-core makes."""
    method = rule.WhichOneof("pattern")
    assert method
    option = {"method": method, "uri": getattr(rule, method)}
    if rule.body:
        option["body"] = rule.body
    request = path_template.transcode([option], message=message)
    body = b""
    if rule.body:
        body = json_format.MessageToJson(request["body"]).encode()
    fields = json_format.MessageToDict(request["query_params"], use_integers_for_enums=numeric)
    parameters = rest_helpers.flatten_query_params(fields, strict=True)
    return method.upper(), request["uri"], urlencode(parameters), body


def expected(rule: http_pb2.HttpRule, message: Any) -> Any:
    """A query cannot say that a message is there and empty."""
    copy = type(message)()
    copy.CopyFrom(message)
    if not rule.body:
        _without_empty(copy)
    return copy


def _without_empty(message: Any) -> None:
    for field, value in message.ListFields():
        if field.message_type is not None and field.message_type.full_name == "tc.v1.Sub":
            _without_empty(value)
            if not wire(value):
                message.ClearField(field.name)


@SETTINGS
@given(ANYTHING, ANYTHING, ANYTHING, st.binary(max_size=40), st.data())
def test_no_request_does_anything_but_fail(
    path: str, value: str, query: str, body: bytes, data: st.DataObject
) -> None:
    routes = st.sampled_from(TRANSCODER.routes)
    route = data.draw(routes)
    template = "/".join(value if part == "*" else part for part in route.template.segments)
    for raw in (path, f"/{template}", f"/{template}:{route.template.verb}"):
        failure = tried(lambda raw=raw: TRANSCODER.find(route.http_method, raw), query, body)
        assert failure is None or 400 <= failure.http_status <= 501


JSON_PIECES = ["{", "}", "[", "]", ",", ":", '"', "\\", "null", "true", "1", "-", ".5", "e9", " "]
KEYS = [f'"{name}":' for field in Msg.DESCRIPTOR.fields for name in (field.name, "@type")]


@settings(max_examples=600, deadline=None)
@given(st.lists(st.sampled_from([*JSON_PIECES, *KEYS, '"\\ud800"', "é", "NaN"]), max_size=12))
def test_no_body_does_anything_but_fail(pieces: list[str]) -> None:
    body = ("{" + "".join(pieces) + "}").encode()
    failure = tried(lambda: WHOLE, "", body)
    if failure is None:
        json.loads(body)
    else:
        assert failure.http_status == 400


def tried(find: Callable[[], Found], query: str, body: bytes) -> Failure | None:
    """Try a request, and return its failure; nothing else may come out of it."""
    try:
        find().request(query, "", body)
    except Failure as failure:
        return failure
    return None


def same(ours: Any, theirs: Any) -> bool:
    """Compare JSON; floats of four bytes may have another shortest spelling."""
    if isinstance(ours, dict):
        return ours.keys() == theirs.keys() and all(same(ours[key], theirs[key]) for key in ours)
    if isinstance(ours, list):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(ours, float | int) and not isinstance(ours, bool):
        return math.isclose(ours, theirs, rel_tol=1e-7)
    return bool(ours == theirs)

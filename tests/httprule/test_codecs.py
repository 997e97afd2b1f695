"""Types with a JSON of their own: text in and out unchanged."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from google.api import httpbody_pb2
from google.protobuf import any_pb2
from google.protobuf.message import Message
from tests.httprule.protos import Msg, Out
from tests.httprule.test_cases import ALL, only

from httprule.cursor import members
from httprule.failures import Failure
from httprule.faults import Invalid
from httprule.options import Options
from httprule.transcoder import Transcoder


class Verbatim:
    """Keeps JSON as the bytes of a body."""

    def __init__(self) -> None:
        self.paths: list[str] = []

    def write(self, message: Any) -> bytes:
        return bytes(message.data)

    def read(self, raw: bytes, path: str) -> Message:
        self.paths.append(path)
        if raw == b'"refuse"':
            raise Invalid("refused")
        if raw == b'"refuse inside"':
            raise Invalid("refused", f"{path}.inside")
        return httpbody_pb2.HttpBody(content_type="application/json", data=raw)


CODEC = Verbatim()
OPTIONS = Options(max_raw_depth=1000)
TRANSCODER = Transcoder([only(ALL)], codecs={"google.api.HttpBody": CODEC}, options=OPTIONS)
WHOLE = TRANSCODER.find("POST", "/r33")


def read(raw: bytes) -> Any:
    body = b'{"s": "before", "file":' + raw + b', "id": "after"}'
    message: Any = WHOLE.request("", "application/json", body)
    assert (message.s, message.id) == ("before", "after")
    return message.file.data


@pytest.mark.parametrize(
    "raw",
    [
        *(b"5", b"5.0", b"9007199254740993", b"1e400", b"-0", b"true", b'"\\ud800"'),
        b'{"a": [1,  2 ], "a": 3}',
        '{"é": "}{][\\"\\\\"}'.encode(),
        b"[" * 1000 + b"]" * 1000,
        b'{"a":' * 1000 + b"1" + b"}" * 1000,
    ],
)
def test_json_goes_in_and_out_as_it_stands(raw: bytes) -> None:
    assert read(raw) == raw
    answer = WHOLE_OUT.answer(Out(file=httpbody_pb2.HttpBody(data=raw), text="t"))
    assert answer.data == b'{"text":"t","file":' + raw + b"}"


WHOLE_OUT = TRANSCODER.find("GET", "/r10")


def test_bytes_that_are_no_text_go_out_as_they_are() -> None:
    answer = WHOLE_OUT.answer(Out(file=httpbody_pb2.HttpBody(data=b'"\xff\xc3"')))
    assert answer.data == b'{"file":"\xff\xc3"}'


@pytest.mark.parametrize(
    "raw",
    [
        *(b"NaN", b"Infinity", b"[-Infinity]", b"[1,]", b"{'a':1}", b'{"a":1,}', b"01", b"[1 2]"),
        *(b'"\t"', b'"\\x"', b'{"a"}', b"[", b"]", b"", b'{"a":1]', b"tru", b"nul"),
        b"[" * 1001 + b"]" * 1001,
    ],
)
def test_what_is_no_json_never_reaches_a_codec(raw: bytes) -> None:
    CODEC.paths.clear()
    with pytest.raises(Failure) as raised:
        read(raw)
    assert raised.value.http_status == 400
    assert CODEC.paths == []


def test_a_codec_is_told_where_it_reads_and_can_tell_where_it_fails() -> None:
    CODEC.paths.clear()
    with pytest.raises(Failure, match=r"^file: refused$"):
        read(b'"refuse"')
    with pytest.raises(Failure, match=r"^file\.inside: refused$"):
        read(b'"refuse inside"')
    assert CODEC.paths == ["file", "file"]


def test_null_leaves_a_field_with_a_codec_unset() -> None:
    message: Any = WHOLE.request("", "application/json", b'{"file": null}')
    assert not message.HasField("file")


def test_an_any_has_the_generic_json_of_what_it_holds() -> None:
    held = any_pb2.Any()
    held.Pack(httpbody_pb2.HttpBody(content_type="a/b"))
    answer = WHOLE_OUT.answer(Out(msg=Msg(any=held)))
    shown = json.loads(answer.data)["msg"]["any"]
    assert shown == {"@type": "type.googleapis.com/google.api.HttpBody", "contentType": "a/b"}
    message: Any = WHOLE.request("", "", json.dumps({"any": shown}).encode())
    assert message.any == held


def test_an_any_of_a_type_unknown_here_is_shown_as_its_bytes() -> None:
    held = any_pb2.Any(type_url="a/no.Such", value=b"\x01")
    shown = json.loads(WHOLE_OUT.answer(Out(msg=Msg(any=held))).data)["msg"]["any"]
    assert shown == {"@type": "a/no.Such", "value": "AQ=="}


@pytest.mark.parametrize(
    ("kind", "value"),
    [("tc.v1.Sub", b"\xff"), ("google.protobuf.Timestamp", b"\x10\xff\xff\xff\xff\x0f")],
)
def test_an_any_that_cannot_be_spelled_is_shown_as_its_bytes(kind: str, value: bytes) -> None:
    held = any_pb2.Any(type_url=f"a/{kind}", value=value)
    shown = json.loads(WHOLE_OUT.answer(Out(msg=Msg(any=held))).data)["msg"]["any"]
    assert shown == {"@type": f"a/{kind}", "value": base64.b64encode(value).decode()}


def test_a_codec_can_take_an_object_apart_and_leave_its_values_whole() -> None:
    raw = b' {"a": {"b": [1 , 2.0]}, "\\u0061" : 9007199254740993 } '
    assert members(raw) == [("a", b'{"b": [1 , 2.0]}'), ("a", b"9007199254740993")]
    assert members(b"{}") == []
    for wrong in (b"[]", b"5", b'{"a":1}}', b'{"a":NaN}', b"\xff", b""):
        with pytest.raises(Invalid):
            members(wrong)


def test_the_page_s_examples_work() -> None:
    page = (Path(__file__).parents[2] / "docs/httprule.md").read_text(encoding="utf-8")
    examples = page.split("```python\n")[1:]
    assert len(examples) == 2
    names: dict[str, Any] = {}
    for example in examples:
        exec(example.split("```")[0], names)  # noqa: S102

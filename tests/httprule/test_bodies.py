"""What JSON is taken into which field, and what is refused, by which name."""

import json
from typing import Any

import pytest
from google.protobuf import json_format
from google.rpc import error_details_pb2
from tests.httprule.protos import Msg, Out, Sub
from tests.httprule.test_cases import TRANSCODER

from httprule.codecs import Codecs
from httprule.cursor import Cursor
from httprule.failures import Failure
from httprule.reading import Readers

WHOLE = TRANSCODER.find("POST", "/r33")


def read(body: str | bytes) -> Any:
    data = body.encode() if isinstance(body, str) else body
    return WHOLE.request("", "application/json", data)


def refused(body: str | bytes) -> tuple[str, str]:
    """Return which field a body is refused for, and the reason."""
    with pytest.raises(Failure) as raised:
        read(body)
    assert raised.value.http_status == 400
    reason, fields = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    assert raised.value.status.details[0].Unpack(reason)
    assert raised.value.status.details[1].Unpack(fields)
    assert reason.domain == "httprule"
    return fields.field_violations[0].field, reason.reason


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('{"i32": 5.0, "u64": "18446744073709551615"}', {"i32": 5, "u64": 2**64 - 1}),
        ('{"i64": 1e3, "i32": "-2"}', {"i64": 1000, "i32": -2}),
        ('{"by": "-_8", "rs": ["\\u00e9\\n", "\\ud83d\\ude00"]}', {"by": b"\xfb\xff"}),
        ('{"by": "+/8="}', {"by": b"\xfb\xff"}),
        ('{"color": 9}', {"color": 9}),
        ('{"fancyName": "a", "opt": ""}', {"custom": "a", "opt": ""}),
        ('{"pickA": null, "pickB": 0}', {"pick_b": 0}),
        ('{"d": "-Infinity", "f": 1.5}', {"d": float("-inf"), "f": 1.5}),
        ('{"ts": "2026-01-31T23:00:00.1-01:30"}', {}),
        ("  {\n}\t", {}),
    ],
)
def test_a_body_becomes_a_message(body: str, expected: dict[str, Any]) -> None:
    message = read(body)
    assert {name: getattr(message, name) for name in expected} == expected
    assert message == json_format.Parse(body, Msg())


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ('{"i32": 2147483648}', "i32"),
        ('{"i32": 1e999999999999}', "i32"),
        ('{"i64": 1e-5}', "i64"),
        ('{"u32": -1}', "u32"),
        ('{"i32": ""}', "i32"),
        ('{"i32": "0x1"}', "i32"),
        ('{"i32": true}', "i32"),
        ('{"f": 3.5e38}', "f"),
        ('{"d": 1e999}', "d"),
        ('{"d": "nan"}', "d"),
        ('{"b": "true"}', "b"),
        ('{"s": 5}', "s"),
        ('{"s": "\\ud800"}', "s"),
        ('{"by": "a"}', "by"),
        ('{"by": "a b="}', "by"),
        ('{"color": "RED"}', "color"),
        ('{"color": 1.5}', "color"),
        ('{"sub": {"inner": {"y": "x"}}}', "sub.inner.y"),
        ('{"sub": []}', "sub"),
        ('{"rsub": [{}, {"x": 1}]}', "rsub[1].x"),
        ('{"rs": ["a", null]}', "rs[1]"),
        ('{"rs": {"0": "a"}}', "rs"),
        ('{"m": {"k": 1}}', "m.k"),
        ('{"m": {"k": "1", "k": "2"}}', "m.k"),
        ('{"st": {"k": {"a": 1, "a": 1}}}', "st.k.a"),
        ('{"s": "a", "s": "b"}', "s"),
        ('{"snakeCaseName": "a", "snake_case_name": "a"}', "snake_case_name"),
        ('{"s": null, "s": "a"}', "s"),
        ('{"pickA": "x", "pickB": 4}', "pick_b"),
        ('{"ts": "2026-02-30T00:00:00Z"}', "ts"),
        ('{"ts": "0001-01-01T00:00:00+23:59"}', "ts"),
        ('{"ts": "2026-01-01"}', "ts"),
        ('{"dur": "315576000001s"}', "dur"),
        ('{"mask": "a_b"}', "mask"),
        ('{"i64v": "x"}', "i64v"),
        ('{"any": {"value": 1}}', "any"),
        ('{"any": {"@type": "a/no.Such"}}', "any.@type"),
        ('{"any": {"@type": "a/google.protobuf.Duration", "value": "x"}}', "any.value"),
        ('{"any": {"@type": "a/tc.v1.Sub", "x": 1}}', "any.x"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_its_field(body: str, field: str) -> None:
    assert refused(body) == (field, "INVALID_FIELD")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("", None),
        ("{", ""),
        ('{"s": "a",}', ""),
        ('{"s" "a"}', ""),
        ('{"s": "a"} x', ""),
        ('{"s": "\x01"}', "s"),
        ('{"i32": 01}', ""),
        ('{"d": NaN}', "d"),
        ('{"val": [NaN]}', "val[0]"),
        ('{"val": [1,]}', "val[1]"),
        ('{"nosuch": 1}', "nosuch"),
        ('{"sub": {"nosuch": 1}}', "sub.nosuch"),
        (b'{"s": "\xff"}', ""),
        ("﻿{}", ""),
    ],
)
def test_what_is_no_json_of_the_type_is_refused(body: str | bytes, field: str | None) -> None:
    if field is None:
        assert read(body) == Msg()
    else:
        assert refused(body) == (field, "REQUEST_UNDECODABLE")


def test_a_key_of_any_length_makes_no_long_error() -> None:
    with pytest.raises(Failure) as raised:
        read('{"m": {"' + "k" * 100_000 + '": 1}}')
    assert len(raised.value.status.SerializeToString()) < 1000


def test_messages_nest_up_to_the_limit_and_no_deeper() -> None:
    def nested(levels: int) -> str:
        return '{"sub":' + '{"inner":' * (levels - 2) + "{}" + "}" * (levels - 1)

    assert Msg.FromString(read(nested(100)).SerializeToString())
    _, reason = refused(nested(101))
    assert reason == "REQUEST_UNDECODABLE"


@pytest.mark.parametrize(("opening", "closing"), [('{"a":', "}"), ("[", "]")])
def test_a_value_that_was_taken_survives_the_wire(opening: str, closing: str) -> None:
    taken = 0
    for levels in range(1, 100):
        body = f'{{"val":{opening * levels}1{closing * levels}}}'
        try:
            message = read(body)
        except Failure:
            break
        taken = levels
        assert type(message).FromString(message.SerializeToString()) == message
    assert 25 < taken < 50


def test_many_any_in_one_another_are_refused() -> None:
    body = '{"@type":"a/google.protobuf.Any","value":' * 50 + "{}" + "}" * 50
    _, reason = refused(f'{{"any":{body}}}')
    assert reason == "REQUEST_UNDECODABLE"


def test_one_reader_reads_any_message_of_its_type() -> None:
    codecs: Codecs = {}
    message = Sub()
    Readers(codecs).of(Sub.DESCRIPTOR)(
        message, Cursor('{"x":"a","rx":[]}', max_depth=9, max_raw_depth=9)
    )
    assert message == Sub(x="a")


def test_an_integer_with_a_fraction_of_nought_is_exact() -> None:
    assert read('{"i64": 9007199254740993.0}').i64 == 9007199254740993
    assert read('{"i64": "-2e0"}').i64 == -2


def test_numbers_are_written_as_the_same_numbers() -> None:
    values = Msg(d=0.1, f=0.1, i64=-(2**63), u32=2**32 - 1, b=True)
    text = TRANSCODER.find("GET", "/r14").answer(Out(msg=values)).data.decode()
    assert text == '{"i64":"-9223372036854775808","u32":4294967295,"d":0.1,"f":0.1,"b":true}'
    assert json.loads(text)["f"] == 0.1


def test_any_number_of_messages_may_stand_beside_one_another() -> None:
    one = '{"x":"a","inner":{}}'
    assert len(read(f'{{"rsub":[{",".join([one] * 500)}]}}').rsub) == 500
    assert len(read(f'{{"val":[{",".join(["[{}]"] * 500)}]}}').val.list_value.values) == 500


@pytest.mark.parametrize(
    "wrong",
    [
        {"dur": {"seconds": 1, "nanos": -1}},
        {"dur": {"seconds": 315_576_000_001}},
        {"ts": {"seconds": 253_402_300_800}},
        {"ts": {"nanos": -1}},
        {"mask": {"paths": ["A"]}},
        {"mask": {"paths": ["a__b"]}},
        {"val": {"number_value": float("nan")}},
    ],
)
def test_a_message_that_has_no_json_is_not_written_as_some_other(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"^a "):
        TRANSCODER.find("GET", "/r14").answer(Out(msg=Msg(**wrong)))

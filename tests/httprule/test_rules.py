"""What stops the start: each wrong rule by its method, with what is wrong."""

import pytest
from google.api import http_pb2
from tests.httprule.drawing import service_of

from httprule.failures import Failure
from httprule.faults import RuleError, TemplateError
from httprule.transcoder import Transcoder


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"get": "/v1/{nosuch}"}, "the variable nosuch: no field"),
        ({"get": "/v1/{sub.nosuch}"}, r"the variable sub\.nosuch: no field"),
        ({"get": "/v1/{subField}"}, "the variable subField: no field"),
        ({"get": "/v1/{s.x}"}, r"the variable s\.x: no field"),
        ({"get": "/v1/{sub}"}, "the variable sub: a message"),
        ({"get": "/v1/{rs}"}, "the variable rs: a repeated field"),
        ({"get": "/v1/{rsub.x}"}, r"the variable rsub\.x: .* repeated"),
        ({"get": "/v1/{m}"}, "the variable m: a message, map"),
        ({"get": "/v1/{val}"}, "the variable val: a message"),
        ({"post": "/v1", "body": "nosuch"}, "no field nosuch to be the body"),
        ({"post": "/v1", "body": "sub.x"}, r"no field sub\.x to be the body"),
        ({"post": "/v1/{s}", "body": "s"}, "s is in the path"),
        ({"get": "/v1", "response_body": "nosuch"}, "the response has no field nosuch"),
        ({"body": "*"}, "a rule without a path"),
        (
            {
                "get": "/v1",
                "additional_bindings": [{"get": "/v2", "additional_bindings": [{"get": "/v3"}]}],
            },
            "additional_bindings inside",
        ),
        (
            {"get": "/v1/{s}", "additional_bindings": [{"get": "/v1/{id}"}]},
            r"Random\.Do \(GET /v1/\{id\}\) and .*Random\.Do \(GET /v1/\{s\}\) take the same",
        ),
    ],
)
def test_a_wrong_rule_stops_the_start(rule: dict[str, object], message: str) -> None:
    with pytest.raises(RuleError, match=message) as raised:
        Transcoder([service_of(http_pb2.HttpRule(**rule))])  # type: ignore[arg-type]
    assert "Random.Do" in str(raised.value)


def test_a_wrong_template_is_named_with_its_method() -> None:
    with pytest.raises(TemplateError, match=r"Random\.Do: `/v1/\*\*/x`: `\*\*` has to be the last"):
        Transcoder([service_of(http_pb2.HttpRule(get="/v1/**/x"))])


def test_a_rule_may_leave_the_http_method_open() -> None:
    rule = http_pb2.HttpRule(custom={"kind": "*", "path": "/v1"})
    transcoder = Transcoder([service_of(rule)])
    assert [transcoder.find(kind, "/v1").method.name for kind in ("GET", "BREW")] == ["Do", "Do"]


VERBS = {
    "get": "/v1/{s}",
    "additional_bindings": [
        {"delete": "/v1/{s}"},
        {"get": "/v1/{s}:peek"},
        {"post": "/v1/{s}:go"},
        {"custom": {"kind": "*", "path": "/v1/{s}:any"}},
    ],
}


@pytest.mark.parametrize(
    ("method", "path", "template"),
    [
        ("GET", "/v1/x", "/v1/{s}"),
        ("GET", "/v1/x:peek", "/v1/{s}:peek"),
        ("GET", "/v1/x:other", "/v1/{s}"),
        ("DELETE", "/v1/x:other", "/v1/{s}"),
        ("DELETE", "/v1/x%3Apeek", "/v1/{s}"),
        ("DELETE", "/v1/x:any", "/v1/{s}:any"),
        ("GET", "/v1/x:any", "/v1/{s}:any"),
    ],
)
def test_a_verb_is_one_with_any_method(method: str, path: str, template: str) -> None:
    found = Transcoder([service_of(http_pb2.HttpRule(**VERBS))]).find(method, path)  # type: ignore[arg-type]
    assert str(found.route.template) == template


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("DELETE", "/v1/x:peek", ("GET",)),
        ("GET", "/v1/x:go", ("POST",)),
        ("DELETE", "/v1/a:b:go", ("POST",)),
        ("PUT", "/v1/x:peek", ("GET",)),
        ("PUT", "/v1/x", ("DELETE", "GET")),
    ],
)
def test_no_variable_takes_a_verb_of_another_method(
    method: str, path: str, allow: tuple[str, ...]
) -> None:
    transcoder = Transcoder([service_of(http_pb2.HttpRule(**VERBS))])  # type: ignore[arg-type]
    with pytest.raises(Failure) as raised:
        transcoder.find(method, path)
    assert (raised.value.http_status, raised.value.allow) == (405, allow)

"""Filters and orders from text."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runwire.domain.errors import Invalid
from runwire.domain.filter import EVERYTHING, And, Comparison, Filter, Not, Or, Order, Text, Value
from runwire.domain.parse import (
    MAX_CHARACTERS,
    MAX_COMPARISONS,
    MAX_NESTING,
    parse_filter,
    parse_order,
)
from runwire.domain.run import RunStatus

RUNNING = Comparison("status", "=", RunStatus.RUNNING)
QUEUED = Comparison("status", "=", RunStatus.QUEUED)
RISK = Comparison("labels.team", "=", "risk")
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("", EVERYTHING),
        (" \n ", EVERYTHING),
        ("status = RUNNING", RUNNING),
        ("status=RUN_STATUS_RUNNING", RUNNING),
        ("status:RUNNING", RUNNING),
        ("(((status = RUNNING)))", RUNNING),
        ('labels.team = "risk"', RISK),
        ("timeout", Text("timeout")),
        ('"no such table"', Text("no such table")),
        ("'100%_'", Text("100%_")),
        ("run-1.2_x~y", Text("run-1.2_x~y")),
        ("-nightly", Not(Text("nightly"))),
        ("NOT 'a b'", Not(Text("a b"))),
        ("ANDROID", Text("ANDROID")),
        ("a b OR 'c d'", And((Text("a"), Or((Text("b"), Text("c d")))))),
        ("late status = RUNNING", And((Text("late"), RUNNING))),
        ("(status = RUNNING late)", And((RUNNING, Text("late")))),
        ("end_time > 2026-01-01T00:00:00Z", Comparison("end_time", ">", NEW_YEAR)),
        ("labels.team:risk", RISK),
        ("labels.'team' = 'risk'", RISK),
        ("labels.app.example.com/tier = 1", Comparison("labels.app.example.com/tier", "=", "1")),
        (r'labels."a \"b\"" = "\\"', Comparison('labels.a "b"', "=", "\\")),
        ("labels:team", Comparison("labels.team", ":", "*")),
        ("labels.team:*", Comparison("labels.team", ":", "*")),
        ('labels.team:"*"', Comparison("labels.team", "=", "*")),
        ("thread_id:*", Comparison("thread_id", "!=", "")),
        ("queue = gpu", Comparison("queue", "=", "gpu")),
        ('queue != "default"', Comparison("queue", "!=", "")),
        ("thread_id = t-1", Comparison("thread_id", "=", "t-1")),
        ("graph_id != nightly", Comparison("graph_id", "!=", "nightly")),
        ("priority >= -5", Comparison("priority", ">=", -5)),
        ('create_time > "2026-01-01T00:00:00Z"', Comparison("create_time", ">", NEW_YEAR)),
        ("create_time<2026-01-01T01:00:00+01:00", Comparison("create_time", "<", NEW_YEAR)),
        (
            "create_time<=2026-01-01t00:00:00.5z",
            Comparison("create_time", "<=", NEW_YEAR + timedelta(seconds=0.5)),
        ),
        ("status=RUNNING status=QUEUED", And((RUNNING, QUEUED))),
        ("status=RUNNING AND status=QUEUED labels.team=risk", And((RUNNING, QUEUED, RISK))),
        (
            "labels.team=risk AND status=RUNNING OR status=QUEUED",
            And((RISK, Or((RUNNING, QUEUED)))),
        ),
        ("status=RUNNING OR status=QUEUED labels.team=risk", And((Or((RUNNING, QUEUED)), RISK))),
        ("(labels.team=risk status=RUNNING) OR status=QUEUED", Or((And((RISK, RUNNING)), QUEUED))),
        ("NOT status=RUNNING", Not(RUNNING)),
        ("-status=RUNNING", Not(RUNNING)),
        ("-(status=RUNNING OR NOT status=QUEUED)", Not(Or((RUNNING, Not(QUEUED))))),
    ],
)
def test_a_filter_means_what_it_says(text, meaning):
    assert parse_filter(text) == meaning


@pytest.mark.parametrize(
    ("text", "column", "remedy"),
    [
        ("OR", 1, "status = RUNNING"),
        ("status = RUNNING AND -", 23, "comparison"),
        ('"a" = b', 1, "name a field"),
        ('""', 1, "comparison"),
        (" ".join("abcdefghijk"), 21, "more than 10"),
        ("= RUNNING", 1, "status = RUNNING"),
        ("status =", 9, "value"),
        ("status = WAITING", 10, "QUEUED, RUNNING"),
        ("status = running", 10, "QUEUED, RUNNING"),
        ("status > RUNNING", 8, "= or !="),
        ("labels.team < risk", 13, "= or !="),
        ("graph_id:*", 10, "any value"),
        ("team = risk", 1, "labels.KEY"),
        ("spec.graph_id = x", 1, "labels.KEY"),
        ("labels = risk", 1, "labels.KEY"),
        ("labels. = risk", 8, "labels.team"),
        ("priority = high", 12, "integer"),
        ("priority = 2147483648", 12, "integer"),
        ("priority = 1.0", 12, "integer"),
        ("create_time > yesterday", 15, "RFC 3339"),
        ("create_time > 2026-01-01", 15, "RFC 3339"),
        ("create_time > 2026-01-01T00:00:00", 15, "RFC 3339"),
        ("create_time > 2026-02-30T00:00:00Z", 15, "RFC 3339"),
        ("create_time > 0001-01-01T00:00:00+01:00", 15, "RFC 3339"),
        ('graph_id = "x', 12, "never closed"),
        ("(status = RUNNING", 18, "closing parenthesis"),
        ("status = RUNNING)", 17, "AND, OR"),
        ("()", 2, "comparison"),
        ("status = RUNNING AND", 21, "comparison"),
        ("status = RUNNING OR", 20, "comparison"),
        ("status = RUNNING, status = QUEUED", 17, "comparison"),
        ("NOT", 4, "comparison"),
    ],
)
def test_what_is_wrong_is_told_with_its_column_and_the_remedy(text, column, remedy):
    with pytest.raises(Invalid) as caught:
        parse_filter(text)
    (violation,) = caught.value.violations
    assert violation.field == "filter"
    assert violation.description.startswith(f"column {column}: ")
    assert remedy in violation.description


@pytest.mark.parametrize(
    "text",
    [
        f"graph_id = {'x' * MAX_CHARACTERS}",
        "priority=1 " * (MAX_COMPARISONS + 1),
        "(" * (MAX_NESTING + 1) + "priority=1" + ")" * (MAX_NESTING + 1),
        "graph_id = a\0b",
    ],
)
def test_a_filter_has_limits(text):
    with pytest.raises(Invalid) as caught:
        parse_filter(text)
    assert caught.value.violations[0].field == "filter"


def test_what_is_within_the_limits_is_taken():
    parse_filter("(" * MAX_NESTING + "priority=1" + ")" * MAX_NESTING)
    parse_filter("(priority=1)" * MAX_COMPARISONS)


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("", Order("create_time", descending=True)),
        ("create_time", Order("create_time", descending=False)),
        (" create_time  desc ", Order("create_time", descending=True)),
        ("priority desc", Order("priority", descending=True)),
        ("priority asc", Order("priority", descending=False)),
    ],
)
def test_an_order_means_what_it_says(text, order):
    assert parse_order(text) == order


@pytest.mark.parametrize("text", ["run_id", "desc", "priority down", "priority, create_time", "-"])
def test_any_other_order_is_refused(text):
    with pytest.raises(Invalid) as caught:
        parse_order(text)
    assert caught.value.violations[0].field == "order_by"


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
offsets = st.integers(-14, 14).map(lambda hours: timezone(timedelta(hours=hours)))
equal = st.sampled_from(["=", "!="])
ordered = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
comparisons = st.one_of(
    st.builds(Text, texts.filter(bool)),
    st.builds(Comparison, st.just("status"), equal, st.sampled_from(RunStatus)),
    st.builds(Comparison, st.sampled_from(["graph_id", "thread_id"]), equal, texts),
    st.builds(Comparison, st.just("priority"), ordered, st.integers(-(2**31) + 1, 2**31 - 1)),
    st.builds(
        Comparison,
        st.just("create_time"),
        ordered,
        st.datetimes(datetime(1970, 1, 2), datetime(9999, 1, 1), timezones=offsets),  # noqa: DTZ001
    ),
    st.builds(Comparison, texts.filter(bool).map(lambda key: f"labels.{key}"), equal, texts),
    st.builds(lambda key: Comparison(f"labels.{key}", ":", "*"), texts.filter(bool)),
)
filters = st.recursive(
    comparisons,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(And, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(Or, st.lists(inner, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=8,
)


@given(filters)
def test_a_filter_printed_and_parsed_again_is_the_same(where):
    text = printed(where)
    if len(text) <= MAX_CHARACTERS:
        assert parse_filter(text) == where


@given(st.text(max_size=60) | st.text("()=<>!:\"'\\.,-* \tstaulbeANDORT1", max_size=60))
def test_no_text_leads_to_anything_but_a_filter_or_a_refusal(text):
    for parse in (parse_filter, parse_order):
        try:
            parse(text)
        except Invalid as error:
            assert error.violations[0].field in ("filter", "order_by")  # noqa: PT017


@given(filters, st.data())
def test_a_broken_filter_is_refused_or_means_something_else(where, data):
    text = printed(where)
    place = data.draw(st.integers(0, len(text)))
    try:
        parse_filter(text[:place] + data.draw(st.text(max_size=3)) + text[place + 1 :])
    except Invalid as error:
        assert error.violations[0].field == "filter"  # noqa: PT017


def printed(where: Filter) -> str:
    """Return a filter as text, every part of a part in parentheses."""
    match where:
        case Text(text):
            quoted = text.replace("\\", "\\\\").replace('"', '\\"')
            return f'"{quoted}"'
        case Not(part):
            return f"NOT ({printed(part)})"
        case And(parts):
            return " AND ".join(f"({printed(part)})" for part in parts)
        case Or(parts):
            return " OR ".join(f"({printed(part)})" for part in parts)
        case Comparison(field, ":", _):
            return f"{key(field)}:*"
        case Comparison(field, operator, value):
            return f"{key(field)} {operator} {printed_value(value)}"


def printed_value(value: Value) -> str:
    match value:
        case RunStatus():
            return value.name
        case datetime():
            return value.isoformat()
        case int():
            return str(value)
        case str():
            return quoted(value)


def key(field: str) -> str:
    name, dot, rest = field.partition(".")
    return f"{name}.{quoted(rest)}" if dot else field


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'

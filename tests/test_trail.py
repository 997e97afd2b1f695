"""Trace contexts as the W3C has them (https://www.w3.org/TR/trace-context/)."""

import pytest

from runwire import trail
from runwire.trail import NOWHERE, Trail, trace_parent_of, trace_state_of

ID, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
PARENT = f"00-{ID}-{SPAN}-01"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (PARENT, PARENT),
        (f"00-{ID}-{SPAN}-00", f"00-{ID}-{SPAN}-00"),
        (f"00-{ID}-{SPAN}-09", f"00-{ID}-{SPAN}-09"),
        (f"cc-{ID}-{SPAN}-01", PARENT),  # of a later version, what this one knows of it
        (f"cc-{ID}-{SPAN}-09-what-the-future-will-be-like", PARENT),
        (f"cc-{ID}-{SPAN}-01.what", ""),
        (f"00-{ID}-{SPAN}-01-more", ""),
        (f"00-{ID}-{SPAN}-01,{PARENT}", ""),
        (f"ff-{ID}-{SPAN}-01", ""),
        (f"00-{'0' * 32}-{SPAN}-01", ""),
        (f"00-{ID}-{'0' * 16}-01", ""),
        (PARENT.upper(), ""),
        (f"00-{ID[1:]}-{SPAN}-01", ""),
        (f"00-{ID}-{SPAN}", ""),
        (f" {PARENT}", ""),
        (f"{PARENT}\n", ""),
        ("", ""),
    ],
)
def test_a_malformed_traceparent_counts_as_none(sent: str, kept: str) -> None:
    assert trace_parent_of(sent) == kept


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("vendor=opaque", "vendor=opaque"),
        ("a=1, b=2 ,\tc=3", "a=1,b=2,c=3"),
        ("a=1,,b=2", "a=1,b=2"),
        ("tenant0@vendor=x y", "tenant0@vendor=x y"),
        ("a=1,a=2", ""),
        ("A=1", ""),
        ("novalue", ""),
        ("a=", ""),
        ("a=b=c", ""),
        ("a=ü", ""),
        (",".join(f"k{i}=1" for i in range(33)), ""),
        ("a=" + "x" * 300, ""),
        (",".join(f"k{i}=" + "x" * 200 for i in range(3)), ""),
        ("", ""),
    ],
)
def test_a_malformed_tracestate_is_not_passed_on(sent: str, kept: str) -> None:
    assert trace_state_of(sent) == kept


def test_a_trail_gains_the_run_it_is_about_and_keeps_the_rest() -> None:
    trail.follow(Trail("request", "", PARENT, "a=1"))
    trail.about("run")
    assert trail.current() == Trail("request", "run", PARENT, "a=1")
    assert trail.current().trace_id == ID
    trail.follow(NOWHERE)

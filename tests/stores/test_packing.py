"""Segments at rest are smaller than on the wire, and come back as they were."""

import os

from hypothesis import given
from hypothesis import strategies as some

from runwire.domain.run import RunId
from runwire.domain.segment import Segment
from runwire.stores.packing import PACKED, packed, unpacked


def segment(body: bytes, run_id: str = "run-1", *, delta: bool = False) -> Segment:
    return Segment(
        run_id=RunId(run_id), first_sequence=1, last_sequence=1, delta=delta, final=False, body=body
    )


@given(some.binary(max_size=5000), some.text("abcdef0123456789-", min_size=1, max_size=128))
def test_every_body_comes_back(data: bytes, run_id: str) -> None:
    body = b"\x0a" + data
    assert unpacked(run_id, packed(segment(body, run_id))) == body


def test_what_was_stored_before_is_read_as_it_is() -> None:
    assert unpacked("run-1", b"\x0a\x00") == b"\x0a\x00"


def test_what_does_not_shrink_rests_as_it_is() -> None:
    body = b"\x0a" + os.urandom(1000)
    assert packed(segment(body)) == body


def test_deltas_rest_as_they_are() -> None:
    assert packed(segment(b"\x0a" + b"a" * 1000, delta=True)).startswith(b"\x0aaaa")


def test_a_run_id_again_and_again_takes_little() -> None:
    run_id = "01a1fd1a-f9db-72e4-8b22-ad58c695cba9"
    body = b"".join(b"\nM\n$" + run_id.encode() + b"\x10" + bytes((n,)) * 38 for n in range(3))
    stored = packed(segment(body, run_id))
    assert stored.startswith(PACKED)
    assert len(stored) < len(body) / 3


def test_what_rests_today_can_be_read_tomorrow() -> None:
    """These bytes are in databases: whoever changes the dictionary breaks them."""
    stored = bytes.fromhex("0143b018d18d0700")
    assert unpacked("run-1", stored) == b"\nM\n$run-1\x10\x01application/json"

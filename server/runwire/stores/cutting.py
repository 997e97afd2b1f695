"""Cuts the events of a change into segments."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from runwire.domain.event import EncodedEvent, NewEvent
from runwire.domain.ports import EncodeEvents
from runwire.domain.run import RunId
from runwire.domain.segment import Segment

MAX_SEGMENT_BYTES: Final = 1024 * 1024
"""Readers with gRPC's own limit of 4 MiB must be able to receive any; one event may be larger."""


def cut(
    run_id: RunId, first: int, events: Sequence[NewEvent | EncodedEvent], encode: EncodeEvents
) -> Iterator[Segment]:
    """Yield segments of numbered events, those of deltas apart: they are discarded sooner."""
    for delta, group in groupby(events, key=lambda event: event.delta):
        found = tuple(group)
        yield from _pieces(run_id, first, found, encode, delta)
        first += len(found)


def _pieces(
    run_id: RunId,
    first: int,
    events: Sequence[NewEvent | EncodedEvent],
    encode: EncodeEvents,
    delta: bool,
) -> Iterator[Segment]:
    body = encode(run_id, first, events)
    if len(body) > MAX_SEGMENT_BYTES and len(events) > 1:
        half = len(events) // 2
        yield from _pieces(run_id, first, events[:half], encode, delta)
        yield from _pieces(run_id, first + half, events[half:], encode, delta)
        return
    yield Segment(
        run_id=run_id,
        first_sequence=first,
        last_sequence=first + len(events) - 1,
        delta=delta,
        final=events[-1].final,
        body=body,
    )

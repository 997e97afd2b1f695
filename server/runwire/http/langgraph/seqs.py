"""The numbers that events of a thread have in the event streaming protocol.

An event's number grows from run to run of a thread and within each of them. It follows from what
is stored, so it is the same on every server, after every restart and whatever is subscribed to:

1. The runs of a thread are executed one at a time. So each takes its place by when it was first
   executed (or, if it never was, by when it ended), in milliseconds.
2. Behind that come the sequence of the event in its run, and a little room, since one event of a
   run may be several of the protocol.
3. All of it stays below 2^53, which is as far as JavaScript counts, until the year 2059. A run
   would have to record 128 events in each millisecond of its life to reach the number at which the
   next one begins.
"""

from datetime import datetime
from typing import Final

from runwire.app.thread_watch import place_of
from runwire.domain.run import Run

EPOCH_MILLISECONDS: Final = 1_735_689_600_000  # 2025
PER_MILLISECOND: Final = 8192
PER_EVENT: Final = 64


def base_of(place: datetime) -> int:
    """Return the number behind which the events of a run are counted."""
    milliseconds = int(place.timestamp() * 1000) - EPOCH_MILLISECONDS
    return max(0, milliseconds) * PER_MILLISECOND


def number(base: int, sequence: int, part: int) -> int:
    """Return the number of an event of the protocol: a part of an event of a run."""
    return base + sequence * PER_EVENT + min(part, PER_EVENT - 1)


def reached(run: Run) -> int:
    """Return the number up to which a run has come; 0 for one that waits for its turn."""
    place = place_of(run)
    return 0 if place is None else number(base_of(place), run.last_sequence, PER_EVENT - 1)

"""The change that a run begins with."""

from dataclasses import replace
from datetime import datetime, timedelta

from runwire.domain import moves
from runwire.domain.change import Change
from runwire.domain.work import Seed


def born(seed: Seed, now: datetime) -> Change:
    """Return the change by which a run comes to be, in a transaction of this time."""
    delay = timedelta(seconds=seed.run.start_delay_seconds or 0)
    run = seed.run.but(
        created_at=now,
        ready_at=now + delay,
        revision=0,
        storage_bytes=len(seed.run.input.data),
    )
    change = moves.queued(run, now)
    if seed.checkpoint is None:
        return change
    return replace(change, checkpoints=(replace(seed.checkpoint, created_at=now),))

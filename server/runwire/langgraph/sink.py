"""Where a saver leaves what is to be written."""

from collections.abc import Sequence
from typing import Protocol

from runwire.domain.run_options import Durability
from runwire.domain.thread_checkpoint import Saved


class Sink(Protocol):
    """Takes what a saver has to write while a run goes on; it ends up in the run's own records.

    1. What is put rests in the order in which it was put, or nothing behind a gap does.
    2. `put` may be called on any thread; the others on the loop of nodes only.
    """

    @property
    def durability(self) -> Durability:
        """When checkpoints must rest: SYNC before the next superstep, else soon, or at the end."""

    def put(self, saved: Sequence[Saved], size_bytes: int) -> bool:
        """Take something to write soon; return whether there is room for more."""

    async def commit(self) -> None:
        """Return when all that was put so far is on disk."""

    async def room(self) -> None:
        """Wait until there is room for more."""

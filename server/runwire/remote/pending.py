"""What a worker has sent and the server has not acknowledged: it is sent again until it is.

Whoever asked waits on its own loop; who stops waiting takes nothing back, as it may have arrived.
"""

import asyncio
import itertools
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from google.rpc import code_pb2, error_details_pb2, status_pb2

from runwire.answers import answer
from runwire.domain.errors import Conflict, Error, Invalid, NotFound
from runwire.domain.work import Lease

_KINDS: Final[Mapping[int, type[Error]]] = {
    code_pb2.ABORTED: Conflict,
    code_pb2.NOT_FOUND: NotFound,
    code_pb2.INVALID_ARGUMENT: Invalid,
}
"""What a worker tells apart."""


@dataclass(slots=True)
class Item:
    """A record or a release on its way: as bytes, and who waits for it."""

    lease: Lease
    frame: bytes
    future: asyncio.Future[None]
    result: None = None
    error: Exception | None = None


class Pending:
    """Items by their number; usable on any thread."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._items: dict[int, Item] = {}
        self._numbers = itertools.count(1)

    def number(self) -> int:
        """Return the number of the next item."""
        return next(self._numbers)

    def add(self, ack: int, lease: Lease, frame: bytes) -> asyncio.Future[None]:
        """Take an item; its future is of the loop that asks."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        with self._guard:
            self._items[ack] = Item(lease, frame, future)
        return future

    def frames(self) -> list[bytes]:
        """Return all items, in the order in which they were added."""
        with self._guard:
            return [item.frame for item in self._items.values()]

    def frame(self, ack: int) -> bytes | None:
        """Return an item, None if it is answered."""
        with self._guard:
            item = self._items.get(ack)
        return None if item is None else item.frame

    def answer(self, acks: Sequence[int], refusals: Sequence[tuple[int, Error]]) -> None:
        """Take what the server has answered out, and tell those who wait."""
        found: list[tuple[int, Error | None]] = [(ack, None) for ack in acks]
        answer(self._taken([*found, *refusals]))

    def drop(self, run_id: str, epoch: int) -> None:
        """Take what belongs to a lease that is lost out."""
        lost = Conflict(f"the lease of run {run_id} is lost", reason="LEASE_LOST", run_id=run_id)
        with self._guard:
            gone = [
                ack
                for ack, item in self._items.items()
                if (item.lease.run_id, item.lease.epoch) == (run_id, epoch)
            ]
        answer(self._taken([(ack, lost) for ack in gone]))

    def _taken(self, answers: Sequence[tuple[int, Error | None]]) -> Sequence[Item]:
        """Take items out, each with its answer; one that is answered already is gone."""
        taken = []
        with self._guard:
            for ack, error in answers:
                item = self._items.pop(ack, None)
                if item is not None:
                    item.error = error
                    taken.append(item)
        return taken


def error_of(status: status_pb2.Status) -> Error:
    """Return the error that a server has refused something with."""
    info = error_details_pb2.ErrorInfo()
    for detail in status.details:
        if detail.Unpack(info):
            break
    error = _KINDS.get(status.code, Error)(status.message, reason=info.reason)
    error.metadata |= info.metadata
    return error

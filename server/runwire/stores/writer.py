"""Group commit: what many callers want written, in one transaction, on a thread of its own.

1. Callers on any loop submit; the thread takes everything that waits, works it off in one
   transaction, commits once, wakes whom it concerns, and only then answers.
2. A refused move (a domain error) is an answer to one caller; the others' work goes on. Anything
   else rolls the batch back, and each of its works is tried again alone: one bad one fails alone.
3. What only has to be tried again, because the database was lost or another server was in the way,
   is tried again for a while, together with what has come meanwhile.
4. The thread outlives its callers: one that stopped waiting has a cancelled future, and its work
   stands.
5. When too much waits, new work from callers is refused as Unavailable; work in hand (a worker's
   results) is always taken, its amount being bounded by the runs that execute.

The connection is a synchronous one: a commit costs one hop to this thread for the whole batch,
where an asynchronous one would hop for every statement.
"""

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeVar

from runwire.answers import answer
from runwire.domain.errors import Unavailable
from runwire.domain.missing import no_namespace
from runwire.domain.ports import EncodeEvents
from runwire.domain.run import RunId
from runwire.stores.batch import Batch
from runwire.stores.known_threads import Reservation
from runwire.stores.link import Link
from runwire.stores.quotas import Limits
from runwire.stores.settling import Settling
from runwire.stores.tail import Tail
from runwire.stores.telling import Telling
from runwire.stores.waiting import Serve, Waiting, Withdrawn

MAX_BATCH: Final = 512
MAX_WAITING: Final = 10_000
FIRST_PAUSE_SECONDS: Final = 0.02
LONGEST_PAUSE_SECONDS: Final = 1.0

T = TypeVar("T")
Control = Callable[[], Sequence[Waiting]]
"""Something the thread does between two batches; it returns what the next one works off."""


class Writer:
    """The one thread that writes."""

    def __init__(
        self,
        link: Link,
        *,
        encode: EncodeEvents,
        tail: Tail,
        wake_all: Callable[[Iterable[str]], None],
        limits: Limits,
        telling: Telling | None = None,
    ) -> None:
        self.alone = tail.alone
        """Whether no other process writes."""
        self.quotas = limits.quotas
        self._link = link
        self._settling = Settling(
            link,
            encode=encode,
            tail=tail,
            wake_all=wake_all,
            limits=limits,
            telling=telling,
        )
        self.tally = self._settling.tally
        self._waiting: queue.SimpleQueue[Waiting | Control | None] = queue.SimpleQueue()
        self._again: list[Waiting] = []
        self._open = True
        self._thread = threading.Thread(target=self._run, name="runwire-journal", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    async def stop(self) -> None:
        """Work off what waits, then end the thread."""
        self._waiting.put(None)
        await asyncio.to_thread(self._thread.join)

    async def move(
        self,
        run_id: RunId | None,
        work: Callable[[Batch], T],
        *,
        in_hand: bool = False,
        look: bool = True,
        request_id: str = "",
        reserve: Reservation | None = None,
    ) -> T:
        """Do work that only moves a run; many of these share each statement.

        Unless `look` is False, the run is read before, together with those of the others; so are
        the request and the thread, which is reserved, if they are named.
        """
        item = _waiting(
            work,
            moves=True,
            in_hand=in_hand,
            run_id=run_id if look else None,
            request_id=request_id,
            reserve=reserve,
        )
        result: T = await self._submit(item, in_hand=in_hand)
        return result

    async def write(
        self,
        work: Callable[[Batch], T],
        *,
        in_hand: bool = False,
        run_id: RunId | None = None,
        request_id: str = "",
        reserve: Reservation | None = None,
    ) -> T:
        """Do any other work; it sees all moves of its batch.

        The run it is about is read before, and so are the request and the thread.
        """
        item = _waiting(
            work, in_hand=in_hand, run_id=run_id, request_id=request_id, reserve=reserve
        )
        result: T = await self._submit(item, in_hand=in_hand)
        return result

    async def stand(self, work: Callable[[Batch], T], serve: Serve, *, seconds: float) -> T:
        """Do work that may find nothing; then it stands for a while, to be served by later batches.

        `serve` gets the runs that a batch has made QUEUED and takes from them what it wants. When
        the time is over, or the caller stops waiting, the answer is what the work found: nothing.
        Work that may not wait at all does not stand.
        """
        item = _waiting(work, serve=serve, patient=seconds > 0)
        self._waiting.put(item)
        timer = asyncio.get_running_loop().call_later(seconds, self._withdraw, item)
        try:
            result: T = await asyncio.shield(item.future)
        except asyncio.CancelledError:
            self._withdraw(item)
            raise Withdrawn(await _found(item)) from None
        finally:
            timer.cancel()
        return result

    async def check_namespace(self, namespace: str) -> None:
        """Raise NotFound for a namespace that is not there."""
        if self.quotas.knows(namespace):
            return
        # Another server may have made it just now.
        await self.write(lambda batch: self.quotas.load(batch.connection))
        if not self.quotas.knows(namespace):
            raise no_namespace(namespace)

    def look_again(self) -> None:
        """Let all work that stands look again: another server says that there is something."""
        self._waiting.put(self._settling.recall)

    def _withdraw(self, item: Waiting) -> None:
        self._waiting.put(lambda: self._settling.withdraw(item))

    async def _submit(self, item: Waiting, *, in_hand: bool) -> Any:
        if not in_hand and self._waiting.qsize() >= MAX_WAITING:
            raise Unavailable(
                "too many changes wait to be written: try again in a second",
                reason="STORE_BUSY",
                retry_after_seconds=1,
            )
        self._waiting.put(item)
        return await item.future

    def _run(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while self._open or self._again:
            batch = self._take(pause)
            if not batch:
                self._settling.look_for_due()
            for start in range(0, len(batch), MAX_BATCH):
                if self._again:  # the rest would fare no better
                    self._again += batch[start:]
                    break
                self._again = self._settling.settle(batch[start : start + MAX_BATCH])
            self._again = self._settling.keep(self._again, closing=not self._open)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS) if self._again else FIRST_PAUSE_SECONDS
        answer(self._settling.recall())
        self._link.close()

    def _take(self, pause: float) -> list[Waiting]:
        """Return all that waits; if some of it has failed just now, after a pause."""
        if self._again:
            time.sleep(pause)
        batch, self._again = self._again, []
        wait = not batch
        while self._open:
            try:
                item = self._waiting.get(wait, self._settling.seconds_left if wait else None)
            except queue.Empty:
                break  # nothing more has come, or nothing but a time
            wait = False
            if item is None:
                self._open = False
            elif isinstance(item, Waiting):
                batch.append(item)
            else:
                batch += item()
        return batch


async def _found(item: Waiting) -> Any:
    """Return what a withdrawn work has found; nothing, if it failed."""
    try:
        return await item.future
    except Exception:  # noqa: BLE001 - nobody waits for it any more
        return ()


def _waiting(work: Callable[[Batch], Any], **how: Any) -> Waiting:
    return Waiting(work, asyncio.get_running_loop().create_future(), **how)

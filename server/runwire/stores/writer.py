"""Group commit: what many callers want written, in one transaction, on a thread of its own.

1. Callers on any loop submit; the thread takes everything that waits, works it off in one
   transaction, commits once, wakes whom it concerns, and only then answers.
2. A refused move (a domain error) is an answer to one caller; the others' work goes on. Anything
   else rolls the batch back, and each of its works is tried again alone: one bad one fails alone.
3. The thread outlives its callers: one that stopped waiting has a cancelled future, and its work
   stands.
4. When too much waits, new work from callers is refused as Unavailable; work in hand (a worker's
   results) is always taken, its amount being bounded by the runs that execute.

On SQLite the connection is a synchronous one: a commit costs one hop to this thread for the whole
batch, where aiosqlite would hop for every statement.
"""

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from runwire.domain.errors import Error, Unavailable
from runwire.domain.ports import Clock, EncodeEvents
from runwire.domain.run import RunId, RunStatus
from runwire.stores.batch import Batch
from runwire.stores.tail import NEVER, Tail
from runwire.stores.waiting import Serve, Waiting, Withdrawn, answer

MAX_BATCH: Final = 512
MAX_WAITING: Final = 10_000
SHORTEST_SECONDS: Final = 0.01  # between two looks at who is due
LONGEST_SECONDS: Final = 3600.0
PATIENCE: Final = timedelta(seconds=1)

T = TypeVar("T")
logger = logging.getLogger("runwire.stores")


class Writer:
    """The one thread that writes."""

    def __init__(
        self,
        engine: Engine,
        *,
        now: Clock,
        encode: EncodeEvents,
        tail: Tail,
        wake_all: Callable[[Iterable[str]], None],
        graph_limits: Mapping[str, int],
    ) -> None:
        self._engine = engine
        self._now = now
        self._encode = encode
        self._tail = tail
        self._wake_all = wake_all
        self._graph_limits = graph_limits
        self._waiting: queue.SimpleQueue[Waiting | None] = queue.SimpleQueue()
        self._standing: list[Waiting] = []
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
        run_id: RunId,
        work: Callable[[Batch], T],
        *,
        in_hand: bool = False,
        look: bool = True,
    ) -> T:
        """Do work that only moves a run; many of these share each statement.

        Unless `look` is False, the run is read before, together with those of the others.
        """
        return await self._submit(work, run_id, in_hand=in_hand, look=look)

    async def write(self, work: Callable[[Batch], T], *, in_hand: bool = False) -> T:
        """Do any other work; it sees all moves of its batch."""
        return await self._submit(work, None, in_hand=in_hand)

    async def stand(self, work: Callable[[Batch], T], serve: Serve, *, seconds: float) -> T:
        """Do work that may find nothing; then it stands for a while, to be served by later batches.

        `serve` gets the runs that a batch has made QUEUED and takes from them what it wants. When
        the time is over, or the caller stops waiting, the answer is what the work found: nothing.
        """
        if seconds <= 0:
            return await self._submit(work, None, in_hand=True)
        loop = asyncio.get_running_loop()
        item = Waiting(work, loop.create_future(), serve=serve)
        self._waiting.put(item)
        timer = loop.call_later(seconds, self._withdraw, item)
        try:
            result: T = await asyncio.shield(item.future)
        except asyncio.CancelledError:
            self._withdraw(item)
            raise Withdrawn(await item.future) from None
        finally:
            timer.cancel()
        return result

    def _withdraw(self, item: Waiting) -> None:
        future = item.future.get_loop().create_future()
        self._waiting.put(Waiting(lambda _: self._drop(item), future))

    def _drop(self, item: Waiting) -> None:
        item.withdrawn = True  # it may come up for standing in this very batch
        if item in self._standing:
            self._standing.remove(item)
            answer([item])

    async def _submit(
        self,
        work: Callable[[Batch], T],
        run_id: RunId | None,
        *,
        in_hand: bool,
        look: bool = False,
    ) -> T:
        if not in_hand and self._waiting.qsize() >= MAX_WAITING:
            raise Unavailable(
                "too many changes wait to be written: try again in a second",
                reason="STORE_BUSY",
                retry_after_seconds=1,
            )
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.put(Waiting(work, future, run_id=run_id, look=look))
        return await future

    def _run(self) -> None:
        with self._engine.connect() as connection:
            open_ = True
            while open_:
                batch, open_ = self._take()
                try:
                    self._settle(connection, batch)
                except Exception:  # noqa: BLE001 - one bad work may not end the thread
                    self._settle_alone(connection, batch)
                    if not batch:  # nobody's work failed, but looking for who is due
                        self._tail.due_at = max(self._tail.due_at, self._now() + PATIENCE)
        answer(self._standing)

    def _take(self) -> tuple[Sequence[Waiting], bool]:
        """Wait for something to do; it is nothing but time that has come if there is no work."""
        batch: list[Waiting] = []
        try:
            item = self._waiting.get(timeout=self._seconds_left())
        except queue.Empty:
            return batch, True
        while item is not None:
            batch.append(item)
            if len(batch) >= MAX_BATCH:
                return batch, True
            try:
                item = self._waiting.get_nowait()
            except queue.Empty:
                return batch, True
        return batch, False

    def _seconds_left(self) -> float | None:
        """Return when those who stand have to look for runs that wait for their time."""
        if not self._standing or self._tail.due_at == NEVER:
            return None
        seconds = (self._tail.due_at - self._now()).total_seconds()
        return min(max(seconds, SHORTEST_SECONDS), LONGEST_SECONDS)

    def _settle(self, connection: Connection, waiting: Sequence[Waiting]) -> None:
        batch = Batch(
            connection,
            now=self._now(),
            encode=self._encode,
            tail=self._tail,
            graph_limits=self._graph_limits,
        )
        try:
            served = self._work_off(batch, waiting)
            batch.commit()
        except BaseException:
            batch.rollback()
            raise
        self._publish(batch)
        self._standing = [item for item in self._standing if item not in served]
        stands = [item for item in waiting if item.stands]
        self._standing += stands
        answer([*served, *(item for item in waiting if item not in stands)])

    def _work_off(self, batch: Batch, waiting: Sequence[Waiting]) -> Sequence[Waiting]:
        """Do all work, moves first; return who was served besides."""
        moves = [item for item in waiting if item.run_id is not None]
        batch.prefetch({item.run_id for item in moves if item.run_id and item.look})
        for item in moves:
            _do(item, batch)
        served = self._serve(batch)
        for item in waiting:
            if item.run_id is None:
                batch.flush()
                # A refusal here may come after statements, so it undoes the transaction.
                item.result = item.work(batch)
        batch.let_pass()
        served += self._look(batch, waiting)
        batch.flush()
        return served

    def _look(self, batch: Batch, waiting: Sequence[Waiting]) -> list[Waiting]:
        """Let those who stand look again, if there is somebody now whom they could not find."""
        found = []
        for item in (*self._standing, *waiting):
            if not (batch.freed or batch.gates.passed or batch.somebody_is_due):
                break
            if item.stands:
                batch.flush()
                item.result = item.work(batch)
                found.append(item)
        return [item for item in found if item.result and item in self._standing]

    def _serve(self, batch: Batch) -> list[Waiting]:
        """Give what became QUEUED to those who stand for it, in the same transaction."""
        queued = [run for run in batch.changed.values() if run.status is RunStatus.QUEUED]
        served = []
        for item in self._standing:
            if not queued:
                break
            if item.serve is not None and (result := item.serve(batch, queued)):
                item.result = result
                served.append(item)
        batch.left_queued = bool(queued)
        return served

    def _settle_alone(self, connection: Connection, waiting: Sequence[Waiting]) -> None:
        for item in waiting:
            item.result = item.error = None
            try:
                self._settle(connection, [item])
            except Exception as error:
                if not isinstance(error, Error):
                    logger.warning("a change could not be written", exc_info=error)
                item.error = _told(error, connection)
                answer([item])

    def _publish(self, batch: Batch) -> None:
        self._tail.put(batch.changed.values(), batch.segments)
        self._note_queue(batch)
        for run_id in (*batch.deleted, *batch.stale):
            self._tail.forget(run_id)
        topics: set[str] = {segment.run_id for segment in batch.segments}
        if topics:
            topics.add("feed")
        for run in batch.changed.values():
            if run.status is RunStatus.CANCELLING:
                topics.add("cancel")
        topics.update(batch.deleted)
        if topics:
            self._wake_all(topics)

    def _note_queue(self, batch: Batch) -> None:
        """Keep what is known of the queue."""
        tail, gates = self._tail, batch.gates
        if batch.left_queued or gates.passed:
            tail.left_queued()
        else:
            tail.saw_empty(batch.found_empty, batch.now)
        if gates.looked:
            tail.saw_due(gates.due_at, batch.now)
        elif gates.due_at is not None:
            tail.due_at = min(tail.due_at, gates.due_at)


def _told(error: Exception, connection: Connection) -> Exception:
    """Return Unavailable for a database that cannot write now, because its disk is full, say."""
    driver: Any = connection.dialect.loaded_dbapi
    if isinstance(error, OperationalError | driver.OperationalError):
        return Unavailable(
            "the database cannot write now: try again later; the server's log says why",
            reason="STORE_UNAVAILABLE",
            retry_after_seconds=1,
        )
    return error


def _do(item: Waiting, batch: Batch) -> None:
    try:
        item.result = item.work(batch)
    except Error as error:
        item.error = error

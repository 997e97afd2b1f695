"""One batch of works, from its beginning to its answers."""

import logging
from collections.abc import Callable, Iterable, Sequence
from time import monotonic
from typing import Any, Final

from runwire.domain.errors import Error, Unavailable
from runwire.domain.ports import EncodeEvents
from runwire.domain.run import RunStatus
from runwire.stores.batch import Batch
from runwire.stores.link import InDoubt, Link
from runwire.stores.tail import Tail
from runwire.stores.waiting import Waiting, answer

_UNAVAILABLE: Final = "the database cannot write now: try again later; the server's log says why"
_IN_DOUBT: Final = (
    "the database was lost while it committed this: look whether it was done before trying again"
)

logger = logging.getLogger("runwire.stores")

Served = list[tuple[Waiting, Any]]


class Settling:
    """Works off batches on the writer's thread; keeps the works that stand."""

    def __init__(
        self,
        link: Link,
        *,
        encode: EncodeEvents,
        tail: Tail,
        wake_all: Callable[[Iterable[str]], None],
    ) -> None:
        self._link = link
        self._encode = encode
        self._tail = tail
        self._wake_all = wake_all
        self._standing: list[Waiting] = []

    def settle(self, waiting: Sequence[Waiting]) -> list[Waiting]:
        """Do works in one transaction and answer them; return those to try again in a moment."""
        try:
            self._settle(waiting)
        except InDoubt as error:
            logger.exception("nobody can say whether %d changes were made", len(waiting))
            _refuse(waiting, _unavailable(_IN_DOUBT), error)
        except Exception as error:  # noqa: BLE001 - one bad work may not end the thread
            if not self._link.passing(error):
                return self._settle_alone(waiting)
            logger.warning("%d changes are tried again: %s", len(waiting), error)
            return list(waiting)
        return []

    def keep(self, waiting: Sequence[Waiting], *, closing: bool) -> list[Waiting]:
        """Return those that may wait still; refuse the others."""
        now = monotonic()
        _refuse(
            [item for item in waiting if closing or item.until <= now],
            _unavailable(_UNAVAILABLE),
            None,
        )
        return [item for item in waiting if not closing and item.until > now]

    def recall(self) -> Sequence[Waiting]:
        """Return what stands, to be looked after again."""
        standing, self._standing = self._standing, []
        return standing

    def withdraw(self, item: Waiting) -> Sequence[Waiting]:
        """Let a work stand no longer."""
        item.withdrawn = True  # it may come up for standing in the next batch
        if item in self._standing:
            self._standing.remove(item)
            answer([item])
        return ()

    def _settle(self, waiting: Sequence[Waiting]) -> None:
        batch = Batch(self._link, encode=self._encode, tail=self._tail)
        try:
            served = self._work_off(batch, waiting)
            batch.commit()
        except BaseException:
            batch.rollback()
            for item in waiting:
                item.reset()
            raise
        self._publish(batch)
        for item, result in served:
            item.result = result
            self._standing.remove(item)
        if batch.freed:
            answer(self.recall())  # they look again
        stands = [item for item in waiting if item.stands]
        self._standing += stands
        answer([*(item for item, _ in served), *(item for item in waiting if item not in stands)])

    def _work_off(self, batch: Batch, waiting: Sequence[Waiting]) -> Served:
        """Do all work, moves first; return who was served besides, and with what."""
        moves = [item for item in waiting if item.moves]
        looked = {item.run_id for item in waiting if item.run_id}
        if moves or looked:
            batch.prefetch(looked, sorted({item.request_id for item in moves if item.request_id}))
        for item in moves:
            _do(item, batch)
        served = self._serve(batch)
        for item in waiting:
            if not item.moves:
                batch.flush()
                # A refusal here may come after statements, so it undoes the transaction.
                item.result = item.work(batch)
        return served

    def _serve(self, batch: Batch) -> Served:
        """Give what became QUEUED to those who stand for it, in the same transaction."""
        queued = [run for run in batch.changed.values() if run.status is RunStatus.QUEUED]
        served = []
        for item in self._standing:
            if not queued:
                break
            if item.serve is not None and (result := item.serve(batch, queued)):
                served.append((item, result))
        batch.left_queued = bool(queued)
        return served

    def _settle_alone(self, waiting: Sequence[Waiting]) -> list[Waiting]:
        again = []
        for item in waiting:
            try:
                self._settle([item])
            except InDoubt as error:
                _refuse([item], _unavailable(_IN_DOUBT), error)
            except Exception as error:  # noqa: BLE001 - it is the answer to its caller
                if self._link.passing(error):
                    again.append(item)
                else:
                    failing = self._link.failing(error)
                    _refuse([item], _unavailable(_UNAVAILABLE) if failing else error, error)
        return again

    def _publish(self, batch: Batch) -> None:
        self._tail.put(batch.changed.values(), batch.segments)
        if batch.left_queued or batch.found_empty:
            self._tail.queue_empty_at = None if batch.left_queued else batch.now
            self._tail.looked_at = None if batch.left_queued else monotonic()
        for run_id in (*batch.deleted, *batch.stale):
            self._tail.forget(run_id)
        topics: set[str] = {segment.run_id for segment in batch.segments}
        if topics:
            topics.add("feed")
        if batch.left_queued or batch.freed:
            topics.add("queue")
        for run in batch.changed.values():
            if run.status is RunStatus.CANCELLING:
                topics.add("cancel")
        topics.update(batch.deleted)
        if topics:
            self._wake_all(topics)


def _unavailable(message: str) -> Unavailable:
    return Unavailable(message, reason="STORE_UNAVAILABLE", retry_after_seconds=1)


def _refuse(waiting: Sequence[Waiting], told: Exception, cause: Exception | None) -> None:
    if cause is not None and not isinstance(cause, Error):
        logger.warning("a change could not be written", exc_info=cause)
    for item in waiting:
        item.error = told
    answer(waiting)


def _do(item: Waiting, batch: Batch) -> None:
    try:
        item.result = item.work(batch)
    except Error as error:
        item.error = error

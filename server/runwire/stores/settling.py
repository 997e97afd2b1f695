"""One batch of works, from its beginning to its answers."""

import logging
from collections.abc import Callable, Iterable, Sequence
from time import monotonic, perf_counter
from typing import Any, Final

from runwire.answers import answer
from runwire.domain.errors import Error
from runwire.domain.ports import EncodeEvents
from runwire.domain.run import Run, RunStatus
from runwire.domain.tallies import StoreTally
from runwire.domain.thread import gate_of
from runwire.stores.batch import Batch
from runwire.stores.link import InDoubt, Link, Stale
from runwire.stores.quotas import Limits
from runwire.stores.refusals import in_doubt, refusal, unavailable
from runwire.stores.tail import Tail
from runwire.stores.telling import Telling
from runwire.stores.waiting import Waiting

SHORTEST_SECONDS: Final = 0.01  # between two looks at who is due
LONGEST_SECONDS: Final = 60.0  # clocks may be set
PATIENCE_SECONDS: Final = 1.0

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
        limits: Limits,
        telling: Telling | None = None,
    ) -> None:
        self._link = link
        self._encode = encode
        self._tail = tail
        self._wake_all = wake_all
        self._limits = limits
        self._telling = telling
        self._standing: list[Waiting] = []
        self._patient_until = 0.0  # after looking for who is due has failed
        self.tally = StoreTally()

    def settle(self, waiting: Sequence[Waiting]) -> list[Waiting]:
        """Do works in one transaction and answer them; return those to try again in a moment."""
        try:
            self._settle(waiting)
        except InDoubt as error:
            logger.exception("nobody can say whether %d changes were made", len(waiting))
            self._refuse(waiting, in_doubt(), error)
        except Exception as error:  # noqa: BLE001 - one bad work may not end the thread
            if not self._link.passing(error):
                return self._settle_alone(waiting)
            self.tally.write_errors += 1
            logger.warning("%d changes are tried again: %s", len(waiting), error)
            return list(waiting)
        return []

    @property
    def seconds_left(self) -> float | None:
        """When those who stand have to look for runs that wait for their time; None: never."""
        seconds = self._tail.seconds_to_due
        if not self._standing or seconds is None:
            return None
        shortest = max(SHORTEST_SECONDS, self._patient_until - monotonic())
        return min(max(seconds, shortest), LONGEST_SECONDS)

    def look_for_due(self) -> None:
        """Let those who stand look for runs whose time has come, if it has."""
        if not self._standing or self._tail.seconds_to_due or monotonic() < self._patient_until:
            return
        try:
            self._settle(())
        except Exception as error:  # noqa: BLE001 - nobody's work; it may not end the thread
            self.tally.write_errors += 1
            logger.warning("runs whose time has come are looked for again: %s", error)
            self._patient_until = monotonic() + PATIENCE_SECONDS

    def keep(self, waiting: Sequence[Waiting], *, closing: bool) -> list[Waiting]:
        """Return those that may wait still; refuse the others."""
        now = monotonic()
        self._refuse(
            [item for item in waiting if closing or item.until <= now],
            unavailable(),
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
        try:
            self._attempt(waiting, wary=False)
        except Stale:
            self._attempt(waiting, wary=True)

    def _attempt(self, waiting: Sequence[Waiting], *, wary: bool) -> None:
        batch = Batch(
            self._link,
            encode=self._encode,
            tail=self._tail,
            limits=self._limits,
            telling=self._telling,
            wary=wary,
        )
        began = perf_counter()
        try:
            served = self._work_off(batch, waiting)
            batch.commit()
        except BaseException as error:
            batch.rollback()
            for item in waiting:
                item.reset()
            if isinstance(error, Stale):
                self._tail.doubt(batch.believed)
            if self._telling is not None:
                self._telling.forget()  # it may have read what is undone now
            raise
        self._count(batch, waiting, perf_counter() - began)
        self._publish(batch)
        for item, result in served:
            item.result = result
            self._standing.remove(item)
        stands = [item for item in waiting if item.stands]
        self._standing += stands
        answer([*(item for item, _ in served), *(item for item in waiting if item not in stands)])

    def _work_off(self, batch: Batch, waiting: Sequence[Waiting]) -> Served:
        """Do all work, moves first; return who was served besides, and with what."""
        moves = [item for item in waiting if item.moves]
        looked = {item.run_id for item in waiting if item.run_id}
        reserved = [item.reserve for item in waiting if item.reserve is not None]
        if moves or looked or reserved:
            requests = sorted({item.request_id for item in waiting if item.request_id})
            batch.prefetch(looked, requests, reserved)
        for item in moves:
            _do(item, batch)
        served = self._serve(batch)
        # Claims come last: counting places locks out other servers, and whoever does may not wait
        # for rows that those have locked. Claims and gates pass over such rows.
        claims = [item for item in waiting if item.serve is not None]
        others = [item for item in waiting if not item.moves and item.serve is None]
        for item in (*others, *claims):
            # A refusal here may come after statements, so it undoes the transaction.
            item.result = item.work(batch)
        batch.let_pass()
        self._look(batch, claims, served)
        return served

    def _look(self, batch: Batch, claims: Sequence[Waiting], served: Served) -> None:
        """Let those who stand look again, if there is somebody now whom they could not find."""
        done = [item for item, _ in served]
        for item in (*self._standing, *claims):
            if not (batch.freed or batch.gates.passed or batch.somebody_is_due):
                return
            if item in done or not item.stands:
                continue
            result = item.work(batch)
            if item in claims:
                item.result = result
            elif result:
                served.append((item, result))

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
                self._refuse([item], in_doubt(), error)
            except Exception as error:  # noqa: BLE001 - it is the answer to its caller
                if self._link.passing(error):
                    self.tally.write_errors += 1
                    again.append(item)
                else:
                    self._refuse([item], refusal(self._link, error), error)
        return again

    def _refuse(self, waiting: Sequence[Waiting], told: Exception, cause: Exception | None) -> None:
        if cause is not None and not isinstance(cause, Error):
            self.tally.write_errors += 1
            logger.warning("a change could not be written", exc_info=cause)
        for item in waiting:
            item.error = told
        answer(waiting)

    def _count(self, batch: Batch, waiting: Sequence[Waiting], seconds: float) -> None:
        """Count what was committed; claims that found nothing and refusals are no commit."""
        idle = (item.serve is not None or item.error is not None for item in waiting)
        if not batch.changed and all(idle):
            return
        tally = self.tally
        tally.commit_seconds.add(seconds)
        tally.commit_changes.add(len(waiting))
        tally.claims += batch.claims
        tally.lease_expiries += batch.lost
        for segment in batch.segments:
            tally.events += segment.last_sequence - segment.first_sequence + 1
        for status in batch.moved_to:
            tally.moved_to[status] += 1

    def _publish(self, batch: Batch) -> None:
        self._tail.put(batch.changed.values(), batch.segments)
        self._note_queue(batch)
        self._forget(batch)
        topics = {*batch.wakes, *(segment.run_id for segment in batch.segments)}
        if batch.segments:
            topics.add("feed")
        if batch.left_queued or batch.freed or batch.gates.passed or batch.gates.delayed:
            topics.add("queue")
        if any(run.status is RunStatus.CANCELLING for run in batch.changed.values()):
            topics.add("cancel")
        topics.update(gate_of(run.thread_id) for run in batch.changed.values() if _moved(run))
        topics.update(batch.deleted)
        if batch.webhooks_changed and self._telling is not None:
            self._telling.forget()
        if topics:
            self._wake_all(topics)

    def _forget(self, batch: Batch) -> None:
        """Drop from the tail what is no longer so."""
        ended = {segment.run_id for segment in batch.segments if segment.final}
        for run_id in batch.deleted:
            if run_id in ended:
                self._tail.bury(run_id)
            else:
                self._tail.forget(run_id)
        for run_id in batch.stale:
            self._tail.forget(run_id)

    def _note_queue(self, batch: Batch) -> None:
        """Keep what is known of the queue."""
        tail, gates = self._tail, batch.gates
        if batch.knows_now:
            tail.saw_time(batch.now)
        if batch.left_queued or batch.freed or gates.passed:
            tail.left_queued()
        elif batch.found_empty:
            tail.saw_empty(batch.found_empty, batch.now)
        if gates.looked:
            tail.saw_due(gates.due_at)
        elif gates.due_at is not None:
            tail.due_at = min(tail.due_at, gates.due_at)


def _moved(run: Run) -> bool:
    """Whether whoever waits for the next run of its thread wants to look."""
    ours = run.options is not None and bool(run.thread_id)  # and so its id is fit for a wake
    return ours and (run.status is not RunStatus.RUNNING or not run.recorded)


def _do(item: Waiting, batch: Batch) -> None:
    try:
        item.result = item.work(batch)
    except Error as error:
        item.error = error

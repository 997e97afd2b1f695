"""The threads of one batch: who comes to them, and what is left of them.

1. Whoever makes a thread, creates a run on one, or changes one past its runs reserves it: until the
   end of the transaction nobody else on any server can. That is done first of all, in order, and
   before any run is locked, so that no two batches wait for each other.
2. The end of a run reserves nothing: it writes only what it leaves behind, and what is written
   under a reservation spares that.
3. So two creations see each other, in one batch or on two servers: of many that may not share a
   thread (`reject`) one comes through.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ARRAY, Text, bindparam, func, literal_column, select

from runwire.domain import thread_moves
from runwire.domain.missing import no_thread
from runwire.domain.namespace import local_id
from runwire.domain.ports import Clock, Move
from runwire.domain.run import OnEnd, Run, RunId, RunStatus
from runwire.domain.taken import thread_busy
from runwire.domain.thread import (
    Multitask,
    Thread,
    ThreadChange,
    ThreadEntry,
    ThreadId,
    ThreadStatus,
)
from runwire.stores.link import Link
from runwire.stores.rows import Values
from runwire.stores.tables import runs
from runwire.stores.thread_rows import changed_row, row_of_thread, thread_from
from runwire.stores.thread_tables import threads

S = RunStatus

GOING_ON: Final = (S.QUEUED, S.RUNNING, S.CANCELLING)
"""Statuses of a run that keep its thread BUSY; one that waits for an answer does not."""
STRONG: Final = (Multitask.INTERRUPT, Multitask.ROLLBACK)
"""Strategies by which those that go on give way."""
_SALT: Final = 0x72756E74  # nobody else's locks
_WANTED: Final[Any] = bindparam("ids", type_=ARRAY(Text))
_TAKE: Final = select(
    func.pg_advisory_xact_lock(func.hashtextextended(literal_column("wanted_id"), _SALT))
).select_from(func.unnest(_WANTED).alias("wanted_id"))
_ROWS: Final = select(threads).where(threads.c.thread_id.in_(bindparam("ids", expanding=True)))
# As the index of unfinished runs spells it.
UNFINISHED: Final = (runs.c.thread_id != literal_column("''"), runs.c.ended_at.is_(None))
_OPEN: Final = select(runs.c.thread_id, runs.c.run_id, runs.c.status).where(
    runs.c.thread_id.in_(bindparam("ids", expanding=True)), *UNFINISHED
)


@dataclass(frozen=True, slots=True)
class Reservation:
    """A thread that a work needs, and whether it may move any run of it."""

    thread_id: ThreadId
    moves_runs: bool = True


def reservation_of(entry: ThreadEntry | None) -> Reservation | None:
    """Return what a creation has to reserve; None for a thread that is certainly new."""
    if entry is None or entry.temporary:
        return None
    return Reservation(entry.thread_id, entry.multitask in STRONG)


class UnwrittenThreads:
    """What is not written yet of threads."""

    def __init__(self) -> None:
        self.made: dict[ThreadId, Thread] = {}
        self.entered: dict[ThreadId, Thread] = {}
        self.left: dict[ThreadId, ThreadChange] = {}

    def leave(self, thread_id: ThreadId, change: ThreadChange, at: datetime) -> None:
        """Note what is left of a thread."""
        made = self.made.get(thread_id)
        if made is not None:
            self.made[thread_id] = _after(made, change, at)
            return
        before = self.left.get(thread_id)
        if before is not None and change.values is None:
            change = replace(change, values=before.values)
        self.left[thread_id] = change

    def drop(self, thread_id: ThreadId) -> None:
        """Forget a thread that is deleted."""
        for found in (self.made, self.entered, self.left):
            found.pop(thread_id, None)

    def rows(self, at: datetime) -> tuple[Sequence[Values], Sequence[Values]]:
        """Return the rows to insert, and what changes of others, in the order of locks."""
        changed = []
        for thread_id in sorted(self.entered.keys() | self.left.keys()):
            entered = self.entered.get(thread_id)
            metadata = None if entered is None else entered.metadata
            changed.append(changed_row(thread_id, metadata, self.left.get(thread_id), at))
        return [row_of_thread(self.made[name]) for name in sorted(self.made)], changed

    @property
    def any(self) -> bool:
        """Whether there is something to write."""
        return bool(self.made or self.entered or self.left)


class KnownThreads:
    """Threads that this batch has reserved."""

    def __init__(
        self, link: Link, *, unwritten: Callable[[], UnwrittenThreads], now: Clock
    ) -> None:
        self._link = link
        self._unwritten = unwritten
        self._now = now
        self._threads: dict[ThreadId, Thread | None] = {}
        self._open: dict[ThreadId, dict[RunId, RunStatus]] = {}

    def take(self, reserved: Iterable[Reservation]) -> Sequence[RunId]:
        """Reserve threads, and read them; return the runs that may be moved for them."""
        wanted: dict[ThreadId, bool] = {}
        for one in reserved:
            wanted[one.thread_id] = wanted.get(one.thread_id, False) or one.moves_runs
        ids = sorted(wanted)
        if not ids:
            return ()
        connection = self._link.connection
        if connection.dialect.name == "postgresql":
            connection.execute(_TAKE, {"ids": ids})
        self._threads |= dict.fromkeys(ids)
        self._open |= {name: {} for name in ids}
        for row in connection.execute(_ROWS, {"ids": ids}):
            self._threads[ThreadId(row.thread_id)] = thread_from(row)
        for row in connection.execute(_OPEN, {"ids": ids}):
            self._open[row.thread_id][RunId(row.run_id)] = RunStatus(row.status)
        return [
            run_id
            for name in ids
            for run_id, status in self._open[name].items()
            if wanted[name] or status is S.INTERRUPTED
        ]

    def find(self, thread_id: ThreadId) -> Thread | None:
        """Return a thread as this batch leaves it, None if there is none."""
        found = self._threads.get(thread_id)
        return (
            replace(found, status=ThreadStatus.BUSY) if found and self._busy(thread_id) else found
        )

    def get(self, thread_id: ThreadId) -> Thread:
        """Return a thread as this batch leaves it; raise NotFound."""
        found = self.find(thread_id)
        if found is None:
            raise no_thread(local_id(thread_id))
        return found

    def open_runs(self, thread_id: ThreadId) -> Mapping[RunId, RunStatus]:
        """Return the runs of a thread that have not ended."""
        return dict(self._open.get(thread_id, {}))

    def check_idle(self, thread_id: ThreadId) -> None:
        """Raise Conflict while a run of a thread goes on."""
        if self._busy(thread_id):
            raise thread_busy(local_id(thread_id))

    def admit(self, entry: ThreadEntry) -> None:
        """Raise unless a new run may come to its thread; changes nothing."""
        found = self._threads.get(entry.thread_id)
        if (found is None and not entry.create) or (found is not None and found.temporary):
            raise no_thread(local_id(entry.thread_id))
        if entry.multitask is Multitask.REJECT:
            self.check_idle(entry.thread_id)

    def giving_way(self, entry: ThreadEntry, newcomer: Run) -> Sequence[tuple[RunId, Move]]:
        """Return how runs of a thread end because another one comes."""
        strong = entry.multitask in STRONG
        move = thread_moves.giving_way(
            on_end=OnEnd.ROLL_BACK if entry.multitask is Multitask.ROLLBACK else OnEnd.KEEP,
            reason=f"run {local_id(newcomer.run_id)} takes its place on the thread",
            grace_seconds=entry.cancel_grace_seconds,
        )
        return [
            (run_id, move)
            for run_id, status in self.open_runs(entry.thread_id).items()
            if strong or status is S.INTERRUPTED
        ]

    def alone(self, entry: ThreadEntry, newcomer: Run) -> bool:
        """Whether a new run need not wait for any other of its thread, nor for its time."""
        others = self._open.get(entry.thread_id)
        return not others and not newcomer.start_delay_seconds

    def enter(self, entry: ThreadEntry, run: Run) -> Run:
        """Let a new run come to its thread, which is made if there is none; return the run.

        Its metadata holds that of its assistant and of the thread, too.
        """
        found = self._threads.get(entry.thread_id)
        if run.options is not None:
            known = {} if found is None else found.metadata
            merged = {**entry.run_metadata, **known, **run.options.metadata}
            run = run.but(options=replace(run.options, metadata=merged))
        self._enter(entry, found)
        return run

    def _enter(self, entry: ThreadEntry, found: Thread | None) -> None:
        if found is not None:
            self.put(replace(found, metadata={**found.metadata, **entry.metadata}))
            return
        at = self._now()
        self.make(
            Thread(
                thread_id=entry.thread_id,
                metadata=entry.metadata,
                ttl=entry.ttl,
                temporary=entry.temporary,
                created_at=at,
                updated_at=at,
            )
        )

    def make(self, thread: Thread) -> None:
        """Note a new thread."""
        self._threads[thread.thread_id] = self._unwritten().made[thread.thread_id] = thread
        self._open.setdefault(thread.thread_id, {})

    def put(self, thread: Thread) -> None:
        """Note that a thread's metadata has changed, and nothing else."""
        unwritten = self._unwritten()
        self._threads[thread.thread_id] = thread
        made = unwritten.made.get(thread.thread_id)
        if made is None:
            unwritten.entered[thread.thread_id] = thread
        else:
            unwritten.made[thread.thread_id] = replace(made, metadata=thread.metadata)

    def leave(self, thread_id: ThreadId, change: ThreadChange) -> None:
        """Note what is left of a thread."""
        self._unwritten().leave(thread_id, change, self._now())

    def forget(self, thread_id: ThreadId) -> None:
        """Note that a thread is deleted."""
        self._threads[thread_id] = None
        self._open[thread_id] = {}

    def follow(self, before: Run | None, run: Run, said: ThreadChange | None) -> None:
        """Keep true what is known of a run's thread, and note what the run leaves of it."""
        thread_id = ThreadId(run.thread_id)
        found = self._open.get(thread_id)
        if found is not None:
            if run.status.final:
                found.pop(run.run_id, None)
            else:
                found[run.run_id] = run.status
        if before is None or run.options is None:
            return
        change = said
        if before.status is not run.status:
            change = thread_moves.left_behind(before, run, said)
        if change is not None:
            self.leave(thread_id, change)

    def _busy(self, thread_id: ThreadId) -> bool:
        return any(status in GOING_ON for status in self._open.get(thread_id, {}).values())


def _after(thread: Thread, change: ThreadChange, at: datetime) -> Thread:
    return replace(
        thread,
        status=change.status,
        values=thread.values if change.values is None else change.values,
        interrupts=change.interrupts,
        error=change.error,
        updated_at=at,
        state_updated_at=at,
    )

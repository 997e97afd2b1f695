"""One transaction's work: moves are decided in memory and written in bulk.

1. Everything in a batch sees one time, `now`, and the runs as they stand in this transaction.
2. Two moves of one run in one batch build on each other; its row is written once.
3. All is written at the end: one statement a table, many rows each, parents before children. What
   reads tables that moves write (a claim, say) asks for the connection, which writes them before.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from runwire.domain.change import Change
from runwire.domain.errors import Error, NotFound
from runwire.domain.ports import EncodeEvents, Move
from runwire.domain.run import Run, RunId, RunStatus
from runwire.domain.segment import Segment
from runwire.domain.taken import run_exists
from runwire.domain.thread import ThreadChange
from runwire.domain.thread_checkpoint import Saved
from runwire.domain.work import Created, Seed
from runwire.stores.births import born
from runwire.stores.burying import Buried
from runwire.stores.cutting import cut
from runwire.stores.doubt import look_for
from runwire.stores.gates import Gates
from runwire.stores.known import KnownRuns
from runwire.stores.known_threads import KnownThreads, Reservation
from runwire.stores.link import Link
from runwire.stores.quotas import Admission, Limits
from runwire.stores.repeats import Repeats
from runwire.stores.sizes import Sums, sizes_after
from runwire.stores.tail import Scope, Tail
from runwire.stores.telling import Telling
from runwire.stores.unwritten import Unwritten


class Batch:
    """What one transaction reads and will write."""

    def __init__(
        self,
        link: Link,
        *,
        encode: EncodeEvents,
        tail: Tail,
        limits: Limits,
        telling: Telling | None = None,
        wary: bool = False,
    ) -> None:
        self._link = link
        self._now: datetime | None = None
        self.deleted: list[RunId] = []
        self.stale: list[RunId] = []  # runs of which the tail knows too much
        self.wakes: set[str] = set()  # topics, besides those that follow from the moves
        self.segments: list[Segment] = []  # of the whole batch, for the tail
        self.left_queued = False  # whether runs became QUEUED that nobody stood for
        self.freed = False  # whether leases were ended, so that those who stand must look again
        self.changed: dict[RunId, Run] = {}
        self.moved_to: list[RunStatus] = []  # every status that a run came to
        self.claims = 0
        self.lost = 0  # claimed because the lease of another worker had ended
        self.webhooks_changed = False
        self.found_empty: list[Scope] = []  # what claims have found nothing more of in the queue
        self.gates = Gates(limits, lambda: self.now)
        self.admission = Admission(limits.quotas, self._counting)
        self.sums = Sums(alone=tail.alone)
        self._encode = encode
        self._tail = tail
        self._telling = telling
        self._runs = KnownRuns(link, tail, wary=wary)
        self._repeats = Repeats()
        self._buried = Buried()
        self._unwritten = Unwritten()
        self.threads = KnownThreads(
            link, unwritten=lambda: self._unwritten.threads, now=lambda: self.now
        )

    @property
    def now(self) -> datetime:
        """The time of this transaction."""
        if self._now is None:
            self._now = self._link.now
        return self._now

    @property
    def connection(self) -> Connection:
        """The connection, in the transaction, to which all that was decided so far is written.

        For what is not done for every commit: a batch that only moves runs is written at its end.
        """
        if self._unwritten.any:
            self._link.flush(self._write_all)
        return self._link.connection

    @property
    def queue_connection(self) -> Connection:
        """The same for claims and gates, which do not read segments.

        Left for later, those join the ones that follow.
        """
        if self._unwritten.moved:
            self._link.flush(self._write_but_segments)
        return self._link.connection

    @property
    def knows_now(self) -> bool:
        """Whether anything has asked for the time of this transaction."""
        return self._now is not None

    @property
    def somebody_is_due(self) -> bool:
        """Whether the time has come that a run waits for, or may have."""
        if self.gates.looked:
            return self.gates.due_at is not None and self.gates.due_at <= self.now
        return self._tail.may_be_due(lambda: self.now)

    def found_nothing(self, scope: Scope) -> bool:
        """Whether the queue need not be looked at: this process would know what came into it.

        Where others write, it might learn of it a little later; so it looks rather often.
        """
        if self.left_queued or self.freed or self.gates.passed or self.somebody_is_due:
            return False
        return self._tail.empty(scope, lambda: self.now)

    def prefetch(
        self,
        run_ids: Iterable[RunId],
        request_ids: Sequence[str] = (),
        reserved: Sequence[Reservation] = (),
    ) -> None:
        """Read, all at once, what moves of this batch will need: runs, requests, threads.

        Where other processes write, too, this locks the runs that this one has not moved last. All
        that a batch may have to wait for is locked at once and in order, so that no two batches
        wait for each other.
        """
        others = self.threads.take(reserved) if reserved else ()
        self._repeats.read(self._runs.prefetch({*run_ids, *others}, request_ids))

    def get(self, run_id: RunId) -> Run:
        """Return a run as this transaction sees it, or raise NotFound."""
        return self._runs.get(run_id)

    @property
    def believed(self) -> Sequence[RunId]:
        """Runs that were not read at first, but taken for what this server has left."""
        return self._runs.kept

    def create(self, seed: Seed) -> Created:
        """Begin a run, unless its request was seen before."""
        request, entry = seed.request, seed.thread
        first = self._repeats.first(request, self._unwritten.requests, self.now)
        if first is not None:
            return Created(run=self.get(first), replayed=True)
        if self._runs.there(seed.run.run_id):
            raise run_exists(seed.run.run_id)
        if entry is not None:
            self.threads.admit(entry)
        self.admission.check(seed.run.namespace, runs=1, size_bytes=len(seed.run.input.data))
        if request.request_id:
            made = (seed.run.run_id, request.body_hash, self.now)
            self._unwritten.requests[request.request_id] = made
        if entry is not None:
            for run_id, move in self.threads.giving_way(entry, seed.run):
                with suppress(NotFound):  # somebody was quicker to delete it
                    self.make(run_id, move)
            if self.threads.alone(entry, seed.run):
                self.gates.alone.add(seed.run.run_id)
            seed = replace(seed, run=self.threads.enter(entry, seed.run))
        change = born(seed, self.now)
        self._unwritten.created[change.run.run_id] = None
        self._unwritten.labelled[change.run.run_id] = None
        return Created(run=self._apply(None, change))

    def make(self, run_id: RunId, move: Move) -> Run:
        """Make a move and return the run after it."""
        run = self._runs.find(run_id)
        if run is not None and run_id in self._runs.believed:
            with suppress(Error):
                change = move(run, self.now)
                if not change.leaves(run):
                    return self._apply(run, change)
            # Refusals, and what changes nothing, are decided on the run as it is.
        run = self.get(run_id)
        return self._apply(run, move(run, self.now))

    def hold(self, run: Run, worker_id: str, lease_until: datetime) -> None:
        """Note who holds a run, and how long."""
        self._unwritten.queue[run.run_id] = self.gates.row(run, worker_id, lease_until)
        self.claims += 1
        self.gates.passed.discard(run.run_id)

    def save(self, saved: Sequence[Saved]) -> None:
        """Note what is to be saved of threads."""
        self._unwritten.saved.add(saved)

    def forget(self, run_id: RunId) -> None:
        """Note that a run was deleted."""
        self._runs.forget(run_id)
        self._buried.forget(run_id)
        self.changed.pop(run_id, None)
        self.deleted.append(run_id)

    def outdate(self, run_id: RunId) -> None:
        """Note that a run's row was changed past its moves."""
        self._runs.outdate(run_id)
        self.stale.append(run_id)

    def _counting(self) -> Connection:
        """Return the connection for counting, which only one server does at a time."""
        connection = self.queue_connection
        self.gates.take_turn(connection)
        return connection

    def let_pass(self) -> None:
        """Let runs pass at the gates that this batch's moves have touched."""
        if self.gates.touched:
            self.gates.fill(self.queue_connection)

    def commit(self) -> None:
        """Write the rest, and make all of it durable; raise only if it is not on disk."""
        if self._buried:
            self._buried.bury(self.connection, self._gone)
        self._link.commit(self._write_all, self._look_for)

    def rollback(self) -> None:
        """Undo all of it."""
        self._link.rollback()

    def _look_for(self, connection: Connection, error: Exception) -> None:
        self._tail.drop((*self.changed, *self.deleted))
        look_for(connection, self.changed, self.deleted, error)

    def _write_but_segments(self) -> None:
        unwritten, self._unwritten = self._unwritten, self._unwritten.take_segments()
        self._write(unwritten)

    def _write_all(self) -> None:
        unwritten, self._unwritten = self._unwritten, Unwritten()
        self._write(unwritten)

    def _write(self, unwritten: Unwritten) -> None:
        statements = self._link.statements
        for statement, found in (
            *unwritten.runs(statements, None if self._tail.alone else self._runs.expected),
            *unwritten.parts(statements, known=self._repeats.written),
            *unwritten.of_threads(statements, lambda: self.now),
            *self.sums.written(statements),
            *unwritten.queued(statements),
        ):
            if found:
                self._link.write(statement, found)
        self._runs.written(unwritten.moved.values())
        self._repeats.written.update(unwritten.requests)

    def _gone(self, run: Run) -> None:
        self.sums.moved(self.changed.get(run.run_id, run), None)
        self.forget(run.run_id)
        self.wakes.add(run.run_id)  # somebody may wait for its end

    def _apply(self, before: Run | None, change: Change) -> Run:
        if before is not None and change.leaves(before):
            return before
        first = change.run.last_sequence + 1
        segments = list(cut(change.run.run_id, first, change.events, self._encode))
        self.segments += segments
        resting = sum(map(self._unwritten.add, segments))
        run = change.run.but(
            revision=change.run.revision + 1,
            last_sequence=change.run.last_sequence + len(change.events),
            **sizes_after(before or change.run, change, resting),
        )
        self.sums.moved(before, run)
        self._unwritten.take(change)
        if run.thread_id:
            self.threads.follow(before, run, change.thread)
        if before is None or before.status is not run.status:
            self.moved_to.append(run.status)
            self._unwritten.place(run, self.gates, self.now)
            self._tell(before, run, change.thread)
            self._buried.follow(before, run)
        if before is not None and before.labels != run.labels:
            self._unwritten.labelled[run.run_id] = None
        self._unwritten.moved[run.run_id] = self.changed[run.run_id] = run
        self._runs.put(run)
        return run

    def _tell(self, before: Run | None, run: Run, left: ThreadChange | None) -> None:
        if self._telling is None:
            return
        # Read through the link: what is unwritten here has nothing to do with webhooks.
        rows_told = self._telling.about(lambda: self._link.connection, before, run, self.now, left)
        self._unwritten.deliveries += rows_told
        if rows_told:
            self.wakes.add("deliveries")

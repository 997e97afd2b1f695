"""Runs for workers: what is ready, and what other workers have lost."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import bindparam, select

from runwire.domain import crashes, moves
from runwire.domain.run import Run, RunId, RunStatus
from runwire.stores.batch import Batch
from runwire.stores.rows import step_from
from runwire.stores.tables import queue, runs, steps
from runwire.stores.tail import Scope
from runwire.stores.times import Micros

MAX_ROUNDS: Final = 4  # of looking for others, when limits refuse those found

_KNOWN = queue.c.graph_id.is_(None) | queue.c.graph_id.in_(bindparam("graphs", expanding=True))
_COLUMNS = [
    *(queue.c[name] for name in ("run_id", "priority", "ready_at", "placed_at", "worker_id")),
    *(queue.c[name] for name in ("limit_key", "limit_count", "graph_key", "namespace_key")),
]
# What somebody else has locked is passed over, so that neither a claim nor a sweep ever waits.
FREE: Final[Any] = {"key_share": True, "skip_locked": True}
_PICK = (
    select(*_COLUMNS)
    .join(runs)
    .where(_KNOWN, queue.c.queue.in_(bindparam("queues", expanding=True)))
    .limit(bindparam("count"))
    .with_for_update(of=(queue, runs), **FREE)
)
# In one queue at a time, so that no index holds rows of others before those that are wanted.
_READY = _PICK.where(queue.c.worker_id.is_(None), queue.c.waits_for.is_(None)).order_by(
    queue.c.priority.desc(), queue.c.ready_at, queue.c.run_id
)
_LOST = _PICK.where(
    queue.c.worker_id.is_not(None), queue.c.lease_until <= bindparam("ended", type_=Micros)
).order_by(queue.c.lease_until)
_UNDER_WAY = (
    select(steps)
    .where(
        steps.c.run_id.in_(bindparam("ids", expanding=True)),
        steps.c.status == RunStatus.RUNNING.value,
    )
    .order_by(steps.c.run_id, steps.c.step_id)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claiming:
    """What a worker asks for."""

    worker_id: str
    limit: int
    scope: Scope
    life: timedelta
    max_crashes: int

    def serve(self, batch: Batch, queued: list[Run]) -> Sequence[Run]:
        """Take from what has become QUEUED; as the queue was found empty, this is all there is."""
        queues, graphs = self.scope
        queued.sort(key=lambda run: -run.priority)
        mine = [
            run
            for run in queued
            if (run.graph_version or run.graph_id in graphs)
            and run.queue in queues
            and batch.gates.free(run)
        ][: self.limit]
        for run in mine:
            queued.remove(run)
        return self._take(batch, [run.run_id for run in mine])

    def look(self, batch: Batch, held_up: timedelta) -> Sequence[Run]:
        """Take what is ready, then what workers had lost so long ago."""
        if batch.found_nothing(self.scope):
            return ()
        if batch.somebody_is_due:
            batch.gates.let_due_pass(batch.queue_connection)
        claimed = self._take_ready(batch)
        room = self.limit - len(claimed)
        if room:
            lost = self._pick(batch, _LOST, room, self.scope[0], ended=batch.now - held_up)
            claimed += self._take_over(batch, lost)
            if len(lost) < room:
                batch.found_empty.append(self.scope)
        return claimed

    def _take_ready(self, batch: Batch) -> list[Run]:
        claimed: list[Run] = []
        for _ in range(MAX_ROUNDS):
            found = self._ready(batch, self.limit - len(claimed))
            admitted = batch.gates.admit(batch.queue_connection, found)
            batch.prefetch(admitted)
            claimed += self._take(batch, admitted)
            if len(admitted) == len(found):
                return claimed
            batch.let_pass()
        batch.left_queued = True  # Limits refused so many that there may be others behind them.
        return claimed

    def _ready(self, batch: Batch, count: int) -> Sequence[Any]:
        found = [row for name in self.scope[0] for row in self._pick(batch, _READY, count, [name])]
        found.sort(key=lambda row: (-row.priority, row.ready_at, row.run_id))
        return found[:count]

    def _pick(
        self, batch: Batch, query: Any, count: int, queues: Iterable[str], **more: datetime
    ) -> Sequence[Any]:
        parameters = {"queues": list(queues), "graphs": list(self.scope[1]), "count": count, **more}
        return batch.queue_connection.execute(query, parameters).all()

    def _take_over(self, batch: Batch, lost: Sequence[Any]) -> Sequence[Run]:
        """Take what other workers have lost, but for what takes down every worker."""
        if not lost:
            return ()
        batch.prefetch([row.run_id for row in lost])
        under_way = defaultdict(list)
        for row in batch.queue_connection.execute(
            _UNDER_WAY, {"ids": [row.run_id for row in lost]}
        ):
            under_way[row.run_id].append(step_from(row))
        left = []
        for row in lost:
            run_id = RunId(row.run_id)
            if batch.get(run_id).status is RunStatus.RUNNING:
                batch.lost += 1
                move = crashes.lost(row.worker_id, under_way[run_id], self.max_crashes)
                if batch.make(run_id, move).status is RunStatus.RUNNING:
                    left.append(run_id)
        return self._take(batch, left)

    def _take(self, batch: Batch, ids: Sequence[RunId]) -> Sequence[Run]:
        claimed = []
        for run_id in ids:
            run = batch.make(run_id, moves.claimed)
            batch.hold(run, self.worker_id, batch.now + self.life)
            claimed.append(run)
        return claimed

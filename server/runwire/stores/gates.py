"""What a queued run waits for before a worker may take it, one thing after the other.

1. A row of the queue waits for its time, then for a place under its key's limit, then for one under
   its graph's: ``waits_for`` names the gate. Claims look through rows that wait for nothing, so
   whatever waits, however much, costs them nothing.
2. How many places are taken is never stored, but counted from rows, in the transaction that gives
   one away; servers that share the database take turns with that. So no count can drift, and no two
   runs get the last place.
3. After each batch, the gates of keys that somebody came to or left (`touch`) let the next ones
   pass, by priority and age. A claim counts once more, only what is held, and sends back those that
   it finds no place for.
4. Who has passed counts as having a place for ``OFFER_SECONDS``, taken or not; then another one may
   pass as well, since it may be that no worker serves the first one's queue.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, bindparam, func, literal_column, select, text, update

from runwire.domain.ports import Clock
from runwire.domain.run import Run, RunId
from runwire.stores.rows import Values
from runwire.stores.tables import queue, runs
from runwire.stores.times import Micros

TIME: Final = "time"
OFFER_SECONDS: Final = 5.0
MAX_DUE: Final = 1000
MEANWHILE: Final = timedelta(seconds=0.1)
FEW: Final = 16
MANY: Final = 256
_KEY: Final = "key:"
_GRAPH: Final = "graph:"

# As the indexes spell it.
_AT_TIME: Final = queue.c.waits_for == literal_column(f"'{TIME}'")
_AT_LIMIT: Final = queue.c.waits_for != literal_column(f"'{TIME}'")
_DUE: Final = (
    select(queue.c.run_id, queue.c.limit_key, queue.c.graph_key)
    .where(_AT_TIME, queue.c.ready_at <= bindparam("now", type_=Micros))
    .order_by(queue.c.ready_at)
    .limit(MAX_DUE)
    .with_for_update(skip_locked=True)
)
_NEXT_DUE: Final = select(func.min(queue.c.ready_at)).where(_AT_TIME)
_AT_GATE: Final = (
    select(queue.c.run_id, queue.c.limit_count, queue.c.graph_key)
    .where(queue.c.waits_for == bindparam("gate"), _AT_LIMIT)
    .order_by(queue.c.priority.desc(), queue.c.ready_at, queue.c.run_id)
    .limit(bindparam("count"))
    .with_for_update(skip_locked=True)
)
_NEXT_GATE: Final = select(func.min(queue.c.waits_for)).where(
    queue.c.waits_for > bindparam("after"), _AT_LIMIT
)
_MOVE: Final = (
    update(queue)
    .where(queue.c.run_id == bindparam("of_run"), queue.c.worker_id.is_(None))
    .values(waits_for=bindparam("gate"), placed_at=bindparam("placed", type_=Micros))
)
_TAKE_TURNS: Final = text("SELECT pg_advisory_xact_lock(8243120391)")  # any number of ours


def _counting(column: Any, *where: Any) -> Any:
    among = column.in_(bindparam("names", expanding=True))
    return select(column, func.count()).where(among, *where).group_by(column)


_HELD: Final = queue.c.worker_id.is_not(None)
_TAKEN: Final = _HELD | (queue.c.placed_at > bindparam("fresh", type_=Micros))
_KEYS_HELD: Final = _counting(queue.c.limit_key, queue.c.placed_at.is_not(None), _HELD)
_KEYS_TAKEN: Final = _counting(queue.c.limit_key, queue.c.placed_at.is_not(None), _TAKEN)
_GRAPHS_HELD: Final = _counting(queue.c.graph_key, queue.c.waits_for.is_(None), _HELD)
_GRAPHS_TAKEN: Final = _counting(queue.c.graph_key, queue.c.waits_for.is_(None), _TAKEN)


def limit_anew(connection: Connection, graph_limits: Mapping[str, int]) -> None:
    """Send runs that were queued while their graph had no limit back to where gates begin."""
    for graph_id in graph_limits:
        of_graph = select(queue.c.run_id).join(runs).where(runs.c.graph_id == graph_id)
        unlimited = queue.c.worker_id.is_(None) & queue.c.graph_key.is_(None)
        connection.execute(
            update(queue)
            .where(unlimited, queue.c.run_id.in_(of_graph))
            .values(graph_key=graph_id, waits_for=TIME)
        )


class Gates:
    """The gates, as one batch sees them."""

    def __init__(self, graph_limits: Mapping[str, int], now: Clock) -> None:
        self._graph_limits = graph_limits
        self._now = now
        self._turn = False
        self._keys: set[str] = set()
        self._graphs: set[str] = set()
        self.passed: set[RunId] = set()
        """Who has come to wait for nothing, in this batch."""
        self.due_at: datetime | None = None
        """The earliest time that a run came to wait for, in this batch."""
        self.looked = False
        """Whether `due_at` is the earliest of all that wait."""
        self.delayed = False
        """Whether a run came to wait for its time, in this batch."""

    def free(self, run: Run) -> bool:
        """Whether a run that is QUEUED waits for nothing."""
        limited = run.concurrency_key or run.graph_id in self._graph_limits
        return not limited and run.ready_at <= self._now()

    def row(self, run: Run, worker_id: str | None, until: datetime | None) -> Values:
        """Return the run's row in the queue."""
        key = run.concurrency_key or None
        graph = run.graph_id if run.graph_id in self._graph_limits else None
        gate = None
        if worker_id is None:
            gate = _gate(key, graph)
            if run.ready_at > self._now():
                gate, self.delayed = TIME, True
                self.due_at = min(run.ready_at, self.due_at or run.ready_at)
        return {
            "run_id": run.run_id,
            "graph_id": None if run.graph_version else run.graph_id,
            "queue": run.queue,
            "priority": run.priority,
            "ready_at": run.ready_at,
            "epoch": run.epoch,
            "limit_key": key,
            "limit_count": run.concurrency_limit or None,
            "graph_key": graph,
            "waits_for": gate,
            "placed_at": self._now() if worker_id and (key or graph) else None,
            "worker_id": worker_id,
            "lease_until": until,
        }

    def touch(self, run: Run) -> None:
        """Note that a run has come to its gates, or has left its places."""
        if run.concurrency_key:
            self._keys.add(run.concurrency_key)
        if run.graph_id in self._graph_limits:
            self._graphs.add(run.graph_id)

    @property
    def touched(self) -> bool:
        """Whether `fill` has anything to do."""
        return bool(self._keys or self._graphs)

    def fill(self, connection: Connection) -> None:
        """Let the next ones pass at the gates that were touched."""
        if not self.touched:
            return
        self._take_turn(connection)
        used = self._count(connection, _KEYS_TAKEN, self._keys)
        for key in sorted(self._keys):
            self._let_pass(connection, _KEY + key, used[key], None)
        used = self._count(connection, _GRAPHS_TAKEN, self._graphs)
        for graph in sorted(self._graphs):
            # Runs that wait for a limit that is no more have none.
            limit = self._graph_limits.get(graph, used[graph] + MANY)
            self._let_pass(connection, _GRAPH + graph, used[graph], limit)
        self._keys, self._graphs = set(), set()

    def let_due_pass(self, connection: Connection) -> None:
        """Send those whose time has come on to their next gate."""
        found = connection.execute(_DUE, {"now": self._now()}).all()
        self._move(
            connection, [(row.run_id, _gate(row.limit_key, row.graph_key), None) for row in found]
        )
        self._keys.update(row.limit_key for row in found if row.limit_key)
        self._graphs.update(row.graph_key for row in found if row.graph_key)
        self.due_at = connection.execute(_NEXT_DUE).scalar_one()
        if not found and self.due_at is not None:
            # Those that are due are being let pass by another server.
            self.due_at = max(self.due_at, self._now() + MEANWHILE)
        self.looked = True
        self.fill(connection)

    def admit(self, connection: Connection, found: Sequence[Any]) -> Sequence[RunId]:
        """Return those of the rows that find a place, in order; send the others back."""
        if not any(row.limit_key or row.graph_key for row in found):
            return [RunId(row.run_id) for row in found]
        self._take_turn(connection)
        keys = self._count(connection, _KEYS_HELD, {row.limit_key for row in found})
        graphs = self._count(connection, _GRAPHS_HELD, {row.graph_key for row in found})
        admitted, back = [], []
        for row in found:
            limit = self._graph_limits.get(row.graph_key)
            if row.limit_key and keys[row.limit_key] >= row.limit_count:
                back.append((row.run_id, _KEY + row.limit_key, None))
                self._graphs.update({row.graph_key} - {None})
            elif limit is not None and graphs[row.graph_key] >= limit:
                back.append((row.run_id, _GRAPH + row.graph_key, row.placed_at))
            else:
                keys[row.limit_key] += 1
                graphs[row.graph_key] += 1
                admitted.append(RunId(row.run_id))
        self._move(connection, back)
        return admitted

    def visit(self, connection: Connection, after: str, limit: int) -> str:
        """Touch the next gates that somebody waits at; return the last, empty at the end."""
        for _ in range(limit):
            gate = connection.execute(_NEXT_GATE, {"after": after}).scalar_one()
            if gate is None:
                return ""
            after = gate
            if gate.startswith(_KEY):
                self._keys.add(gate.removeprefix(_KEY))
            else:
                self._graphs.add(gate.removeprefix(_GRAPH))
        return after

    def _let_pass(self, connection: Connection, gate: str, used: int, limit: int | None) -> None:
        count = FEW
        while True:
            found = connection.execute(_AT_GATE, {"gate": gate, "count": count}).all()
            passing = []
            for row in found:
                if used < (row.limit_count if limit is None else limit):
                    used += 1
                    passing.append(row)
            onward = [_gate(None, row.graph_key) if limit is None else None for row in passing]
            self._move(
                connection,
                [(row.run_id, to, self._now()) for row, to in zip(passing, onward, strict=True)],
            )
            self._graphs.update(row.graph_key for row in passing if limit is None if row.graph_key)
            if len(passing) < count:
                return
            count = MANY

    def _move(
        self, connection: Connection, moved: Sequence[tuple[str, str | None, datetime | None]]
    ) -> None:
        if not moved:
            return
        rows = [{"of_run": run_id, "gate": to, "placed": at} for run_id, to, at in moved]
        connection.execute(_MOVE, rows)
        for run_id, to, _ in moved:
            if to is None:
                self.passed.add(RunId(run_id))
            else:
                self.passed.discard(RunId(run_id))

    def _count(
        self, connection: Connection, counting: Any, names: Iterable[str | None]
    ) -> Counter[Any]:
        wanted = sorted(name for name in names if name)
        found: Counter[Any] = Counter()
        fresh = self._now() - timedelta(seconds=OFFER_SECONDS)
        for start in range(0, len(wanted), 500):
            parameters = {"names": wanted[start : start + 500], "fresh": fresh}
            for name, count in connection.execute(counting, parameters):
                found[name] = count
        return found

    def _take_turn(self, connection: Connection) -> None:
        if not self._turn and connection.dialect.name == "postgresql":
            connection.execute(_TAKE_TURNS)
        self._turn = True


def _gate(key: str | None, graph: str | None) -> str | None:
    return _KEY + key if key else _GRAPH + graph if graph else None

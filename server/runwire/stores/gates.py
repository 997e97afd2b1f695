"""What a queued run waits for before a worker may take it, one thing after the other.

1. A row of the queue waits for its time, then for a place under its key's limit, then for one under
   its graph's, then under its namespace's quota: ``waits_for`` names the gate. Claims look through
   rows that wait for nothing, so whatever waits, however much, costs them nothing.
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
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, bindparam, func, literal_column, select, update

from runwire.domain.ports import Clock
from runwire.domain.run import Run, RunId, RunStatus
from runwire.stores import taken
from runwire.stores.quotas import TIME, Limits
from runwire.stores.rows import Values
from runwire.stores.tables import queue
from runwire.stores.times import Micros

OFFER_SECONDS: Final = 5.0
MAX_DUE: Final = 1000
MEANWHILE: Final = timedelta(seconds=0.1)
FEW: Final = 16
MANY: Final = 256
_KEY: Final = "key:"
_GRAPH: Final = "graph:"
_SPACE: Final = "namespace:"

# As the indexes spell it.
_AT_TIME: Final = queue.c.waits_for == literal_column(f"'{TIME}'")
_AT_LIMIT: Final = queue.c.waits_for != literal_column(f"'{TIME}'")
_DUE: Final = (
    select(queue.c.run_id, queue.c.limit_key, queue.c.graph_key, queue.c.namespace_key)
    .where(_AT_TIME, queue.c.ready_at <= bindparam("now", type_=Micros))
    .order_by(queue.c.ready_at)
    .limit(MAX_DUE)
    .with_for_update(skip_locked=True)
)
_NEXT_DUE: Final = select(func.min(queue.c.ready_at)).where(_AT_TIME)
_AT_GATE: Final = (
    select(queue.c.run_id, queue.c.limit_count, queue.c.graph_key, queue.c.namespace_key)
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


class Gates:
    """The gates, as one batch sees them."""

    def __init__(self, limits: Limits, now: Clock) -> None:
        self._graph_limits = limits.graphs
        self._quotas = limits.quotas
        self._now = now
        self._turn = False
        self._keys: set[str] = set()
        self._graphs: set[str] = set()
        self._spaces: set[str] = set()
        self.alone: set[RunId] = set()
        """New runs that are known to have their key for themselves."""
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
        keyed = run.concurrency_key and run.run_id not in self.alone
        limited = keyed or run.graph_id in self._graph_limits
        limited = limited or self._room(run.namespace) is not None
        return not limited and run.ready_at <= self._now()

    def row(self, run: Run, worker_id: str | None, until: datetime | None) -> Values:
        """Return the run's row in the queue."""
        key = run.concurrency_key or None
        graph = run.graph_id if run.graph_id in self._graph_limits else None
        space = run.namespace if self._quotas.of(run.namespace) else None
        gate, placed = None, worker_id or run.run_id in self.alone
        if worker_id is None:
            gate = self._gate(None if run.run_id in self.alone else key, graph, space)
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
            "namespace_key": space,
            "waits_for": gate,
            "placed_at": self._now() if placed and (key or graph or space) else None,
            "worker_id": worker_id,
            "lease_until": until,
        }

    def touch(self, run: Run) -> None:
        """Note that a run has come to its gates, or has left its places."""
        if run.concurrency_key and not (
            run.status is RunStatus.QUEUED and run.run_id in self.alone
        ):
            self._keys.add(run.concurrency_key)
        if run.graph_id in self._graph_limits:
            self._graphs.add(run.graph_id)
        if self._room(run.namespace) is not None:
            self._spaces.add(run.namespace)

    def touch_namespace(self, namespace: str) -> None:
        """Note that a namespace's quota has changed."""
        self._spaces.add(namespace)

    @property
    def touched(self) -> bool:
        """Whether `fill` has anything to do."""
        return bool(self._keys or self._graphs or self._spaces)

    def fill(self, connection: Connection) -> None:
        """Let the next ones pass at the gates that were touched."""
        if not self.touched:
            return
        self.take_turn(connection)
        used = self._count(connection, taken.KEYS_TAKEN, self._keys)
        for key in sorted(self._keys):
            self._let_pass(connection, _KEY + key, used[key], None)
        used = self._count(connection, taken.GRAPHS_TAKEN, self._graphs)
        for graph in sorted(self._graphs):
            # Runs that wait for a limit that is no more have none.
            limit = self._graph_limits.get(graph, used[graph] + MANY)
            self._let_pass(connection, _GRAPH + graph, used[graph], limit)
        used = self._count(connection, taken.SPACES_TAKEN, self._spaces)
        for space in sorted(self._spaces):
            room = self._room(space) or used[space] + MANY
            self._let_pass(connection, _SPACE + space, used[space], room)
        self._keys, self._graphs, self._spaces = set(), set(), set()

    def let_due_pass(self, connection: Connection) -> None:
        """Send those whose time has come on to their next gate."""
        found = connection.execute(_DUE, {"now": self._now()}).all()
        self._move(
            connection,
            [
                (row.run_id, self._gate(row.limit_key, row.graph_key, row.namespace_key), None)
                for row in found
            ],
        )
        self._keys.update(row.limit_key for row in found if row.limit_key)
        self._touch_rows(found)
        self.due_at = connection.execute(_NEXT_DUE).scalar_one()
        if not found and self.due_at is not None:
            # Those that are due are being let pass by another server.
            self.due_at = max(self.due_at, self._now() + MEANWHILE)
        self.looked = True
        self.fill(connection)

    def admit(self, connection: Connection, found: Sequence[Any]) -> Sequence[RunId]:
        """Return those of the rows that find a place, in order; send the others back."""
        if not any(row.limit_key or row.graph_key or row.namespace_key for row in found):
            return [RunId(row.run_id) for row in found]
        self.take_turn(connection)
        keys = self._count(connection, taken.KEYS_HELD, {row.limit_key for row in found})
        graphs = self._count(connection, taken.GRAPHS_HELD, {row.graph_key for row in found})
        spaces = self._count(connection, taken.SPACES_HELD, {row.namespace_key for row in found})
        admitted, back = [], []
        for row in found:
            limit, room = self._graph_limits.get(row.graph_key), self._room(row.namespace_key)
            if row.limit_key and keys[row.limit_key] >= row.limit_count:
                back.append((row.run_id, _KEY + row.limit_key, None))
                self._touch_rows([row])
            elif limit is not None and graphs[row.graph_key] >= limit:
                back.append((row.run_id, _GRAPH + row.graph_key, row.placed_at))
                self._touch_rows([row])
            elif room is not None and spaces[row.namespace_key] >= room:
                back.append((row.run_id, _SPACE + row.namespace_key, row.placed_at))
            else:
                keys[row.limit_key] += 1
                graphs[row.graph_key] += 1
                spaces[row.namespace_key] += 1
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
            elif gate.startswith(_SPACE):
                self._spaces.add(gate.removeprefix(_SPACE))
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
            self._move(
                connection,
                [(row.run_id, self._behind(gate, row), self._now()) for row in passing],
            )
            if not gate.startswith(_SPACE):
                self._touch_rows(passing)
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

    def _touch_rows(self, found: Sequence[Any]) -> None:
        self._graphs.update(row.graph_key for row in found if row.graph_key)
        self._spaces.update(row.namespace_key for row in found if row.namespace_key)

    def _room(self, namespace: str | None) -> int | None:
        """How many runs of a namespace may be executed at the same time; None: any number."""
        quotas = self._quotas.of(namespace) if namespace else None
        return quotas.running_runs or None if quotas else None

    def _gate(self, key: str | None, graph: str | None, namespace: str | None) -> str | None:
        """Return the first gate on the way."""
        if key or graph:
            return _KEY + key if key else _GRAPH + str(graph)
        return _SPACE + str(namespace) if self._room(namespace) is not None else None

    def _behind(self, gate: str, row: Any) -> str | None:
        """Return the next gate of a run that passes one."""
        if gate.startswith(_SPACE):
            return None
        graph = row.graph_key if gate.startswith(_KEY) else None
        return self._gate(None, graph, row.namespace_key)

    def _count(
        self, connection: Connection, counting: Any, names: Iterable[str | None]
    ) -> Counter[Any]:
        return taken.count(
            connection, counting, names, self._now() - timedelta(seconds=OFFER_SECONDS)
        )

    def take_turn(self, connection: Connection) -> None:
        """Wait until no other server counts; until the end of the transaction none will."""
        if not self._turn:
            taken.take_turn(connection)
        self._turn = True

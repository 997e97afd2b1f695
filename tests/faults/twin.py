"""The model and the real journal side by side: every call must have the same answer from both."""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select, text
from tests.faults.invariants import Broken, Invariants
from tests.faults.model_store import LONG_AGO, ModelStore, Op
from tests.faults.wiping import wipe

from runwire.domain.errors import Error
from runwire.domain.run import Run, RunId
from runwire.domain.work import Created
from runwire.rpc.convert_events import encode_events
from runwire.stores import rows, tables
from runwire.stores.database import open_database
from runwire.stores.journal import SqlJournal
from runwire.stores.sizes import SUMMED
from runwire.stores.statements import SELECT_RUNS
from runwire.v1.event_pb2 import RunEventBatch


class Twin:
    """A database in a directory, opened once, and one model after another of it."""

    model: ModelStore

    def __init__(self, directory: Path) -> None:
        self._loop = asyncio.Runner()
        self._opened = open_database(
            f"sqlite:///{directory}/runwire.db",
            now=lambda: self.model.now(),
            encode=encode_events,
            wake_all=lambda topics: None,
        )
        self._database = self._loop.run(self._opened.__aenter__())
        self._journal = SqlJournal(self._database.writer)

    def begin(self, now: Callable[[], datetime], invariants: Invariants) -> "Twin":
        """Forget everything, and go on by this clock."""
        self.model = ModelStore(now, invariants.on_change)
        self._loop.run(self._database.writer.write(wipe))
        self._database.tail.due_at = LONG_AGO
        return self

    def close(self) -> None:
        self._loop.run(self._opened.__aexit__(None, None, None))
        self._loop.close()

    def do(self, op: Op) -> Any:
        """Do one call on both, and compare; raise what it raises."""
        expected = self.model.answer(op)
        found = self._loop.run(self._call(op))
        _same(op, expected, found)
        if isinstance(expected, Error):
            raise expected
        return expected

    def burst(self, ops: Sequence[Op]) -> list[Any]:
        """Do calls on both in one transaction, and compare every answer."""
        expected = self.model.burst(ops)
        found = self._loop.run(self._call_all(ops))
        for op, one, other in zip(ops, expected, found, strict=True):
            _same(op, one, other)
        return expected

    def compare(self) -> None:
        """Compare all that is stored."""
        stored = self._loop.run(self._database.read(_everything))
        everything = self.model.all
        expected = {
            "runs": {run_id: _plain(run) for run_id, run in everything.runs.items()},
            "queue": {
                run_id: (
                    row.graph_id,
                    row.priority,
                    row.ready_at,
                    row.epoch,
                    row.worker_id,
                    row.lease_until,
                )
                for run_id, row in everything.queue.items()
            },
            "sequences": {
                run_id: list(range(1, len(events) + 1))
                for run_id, events in everything.events.items()
            },
            "steps": everything.steps,
            "checkpoints": everything.checkpoints,
            "requests": {key: run_id for key, (run_id, *_) in everything.requests.items()},
            "sums": Counter(
                (run.graph_id, run.status.value)
                for run in everything.runs.values()
                if run.status.final
            ),
        }
        for name, one in expected.items():
            if one != stored[name]:
                raise Broken(f"{name} differ: the model has {one}, the database {stored[name]}")

    async def _call(self, op: Op) -> Any:
        names = {"claim": ("worker_id", "limit", "graphs", "lease_seconds")}.get(op.name)
        try:
            if names is None:
                return await getattr(self._journal, op.name)(*op.args)
            worker_id, limit, graphs, life = op.args
            return await self._journal.claim(worker_id, limit, graphs=graphs, lease_seconds=life)
        except Error as error:
            return error

    async def _call_all(self, ops: Sequence[Op]) -> list[Any]:
        """Hold the writer's thread until all calls wait, so that one batch takes them."""
        held, go = threading.Event(), threading.Event()

        def hold(_: object) -> None:
            held.set()
            go.wait(30)

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._database.writer.write(hold))
            await asyncio.to_thread(held.wait, 30)
            calls = [tasks.create_task(self._call(op)) for op in ops]
            # Tasks begin in their order, and each has submitted its work before it waits.
            await asyncio.sleep(0)
            go.set()
        return [call.result() for call in calls]


def _everything(connection: Connection) -> dict[str, Any]:
    sequences: dict[RunId, list[int]] = {}
    for row in connection.execute(select(tables.segments).order_by(tables.segments.c.position)):
        numbers = [
            event.sequence for event in RunEventBatch.FromString(rows.segment_from(row).body).events
        ]
        if numbers != list(range(row.first_sequence, row.last_sequence + 1)):
            raise Broken(f"a segment of {row.run_id} tells {numbers}")
        sequences.setdefault(row.run_id, []).extend(numbers)
    queue = tables.queue.c
    held = select(
        queue.run_id, queue.graph_id, queue.priority, queue.ready_at, queue.epoch, queue.worker_id,
        queue.lease_until,
    )  # fmt: skip
    return {
        "runs": {row.run_id: _plain(rows.run_from(row)) for row in connection.execute(SELECT_RUNS)},
        "queue": {row.run_id: tuple(row)[1:] for row in connection.execute(held)},
        "sequences": sequences,
        "steps": {
            (row.run_id, row.step_id): rows.step_from(row)
            for row in connection.execute(select(tables.steps))
        },
        "checkpoints": {(item.run_id, item.number): item for item in _checkpoints(connection)},
        "requests": {
            row.request_id: row.run_id for row in connection.execute(select(tables.requests))
        },
        "sums": _sums(connection),
    }


def _sums(connection: Connection) -> dict[tuple[str, str], int]:
    """Return how many runs of each graph have ended how; raise if sums differ from the rows."""
    names = ", ".join(f"SUM({name})" for name in SUMMED)
    query = f"SELECT graph_id, status, {{}}, {names} FROM {{}} GROUP BY graph_id, status"  # noqa: S608
    ended = connection.execute(text(query.format("COUNT(*)", "runs WHERE ended_at IS NOT NULL")))
    counted = sorted(map(tuple, ended))
    kept = connection.execute(text(query.format("SUM(runs)", "totals")))
    if counted != sorted(tuple(row) for row in kept if row[2]):
        raise Broken("the sums over ended runs are wrong")
    return {(graph_id, status): count for graph_id, status, count, *_ in counted}


def _checkpoints(connection: Connection) -> list[Any]:
    size = tables.checkpoints.c.number.label("size_bytes")
    return [
        rows.checkpoint_from(row) for row in connection.execute(select(tables.checkpoints, size))
    ]


def _same(op: Op, expected: Any, found: Any) -> None:
    if isinstance(expected, Error) or isinstance(found, Error):
        one = (type(expected), getattr(expected, "reason", expected))
        other = (type(found), getattr(found, "reason", found))
        if one != other:
            raise Broken(f"{op}: the model answers {expected!r}, the database {found!r}")
    elif _plain(expected) != _plain(found):
        raise Broken(f"{op}: the model answers {expected}, the database {found}")


def _plain(answer: Any) -> Any:
    """Return an answer without how many bytes it takes, which the model does not know."""
    if isinstance(answer, Run):
        return answer.but(storage_bytes=0, event_bytes=0, checkpoint_bytes=0)
    if isinstance(answer, Created):
        return (_plain(answer.run), answer.replayed)
    if isinstance(answer, list | tuple):
        return [_plain(item) for item in answer]
    return answer

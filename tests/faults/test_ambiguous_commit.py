"""T6: the driver fails at every one of its calls, having done what it was told, or not.

The workload does what callers and workers do, each asking again as they would; whatever the fault,
all of it must be there in the end, once.
"""

import asyncio
import shutil
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from tests.faults.driver_faults import MODES, Faults, on_sqlite
from tests.faults.reporting import report, scaled

from runwire.domain import moves
from runwire.domain.checkpoint import Checkpoint
from runwire.domain.errors import Error, NotAllowed, NotFound, Unavailable
from runwire.domain.event import LogEntry, NewEvent
from runwire.domain.outcome import Interrupted, Succeeded
from runwire.domain.run import Interrupt, Run, RunId
from runwire.domain.work import Lease, Progress, Request, Seed
from runwire.rpc.convert_events import encode_events
from runwire.stores.database import Database, open_database
from runwire.stores.graphs import SqlGraphStore
from runwire.stores.journal import SqlJournal
from runwire.v1.event_pb2 import RunEventBatch

BEGINNING = datetime(2030, 1, 1, tzinfo=UTC)
LEASE = 10.0
CANCEL = moves.cancelled(reason="", etag="", grace_seconds=1)
Call = Callable[[], Awaitable[Any]]


class Workload:
    """Callers and one worker of a database, who do not give up."""

    def __init__(self, database: Database, clock: "Clock") -> None:
        self.journal = SqlJournal(database.writer)
        self.graphs = SqlGraphStore(database)
        self.clock = clock
        self.told_errors = 0

    async def run(self) -> None:
        for name in ("a", "b", "c"):
            await self.sure(lambda name=name: self.journal.create(_seed(name)))
        await self.sure(lambda: self.graphs.add("json", b"{}"))
        claims = {run_id: await self.claim(run_id) for run_id in ("a", "b", "c")}
        for number in (1, 2):
            for run_id, run in claims.items():
                move = moves.progressed(_lease(run), _progress(run, number))
                await self.sure(lambda move=move, i=run_id: self.journal.record(i, move))
        label = moves.labelled(labels={"k": "v"}, mask=["labels"], etag="")
        await self.sure(lambda: self.journal.record(RunId("a"), label))
        leases = [_lease(run) for run in claims.values()]
        await self.sure(lambda: self.journal.renew(leases, LEASE))
        await self.settle(claims["a"], Succeeded(b"{}"))
        await self.sure(lambda: self.journal.record(RunId("b"), CANCEL))
        self.clock.pass_by(2)
        await self.sure(lambda: self.journal.sweep(10))
        await self.settle(claims["c"], Interrupted((_question(),)))
        answer = moves.resumed(interrupt_id="", answer=b"1", etag="")
        await self.sure(lambda: self.journal.record(RunId("c"), answer), done=NotAllowed)
        again = await self.claim(RunId("c"))
        await self.settle(again, Succeeded(b"{}"), number=1)
        await self.sure(lambda: self.journal.delete(RunId("b"), ""), done=NotFound)
        await self.sure(lambda: self.journal.abandon("nobody"))

    async def sure(self, call: Call, done: type[Error] | None = None) -> Any:
        """Call until it is answered; `done` tells, when asked again, that it was done before."""
        for attempt in range(10):
            try:
                return await call()
            except Unavailable:
                self.told_errors += 1
            except Error as error:
                if done is not None and attempt and isinstance(error, done):
                    return None
                raise
        raise AssertionError("the database never came back")

    async def claim(self, run_id: RunId | str) -> Run:
        """Claim until it is this run's turn: after a lost answer, when that lease has ended."""
        for _ in range(10):
            found = await self.sure(
                lambda: self.journal.claim("w", 1, graphs=["g"], lease_seconds=LEASE)
            )
            if found:
                assert found[0].run_id == run_id
                return found[0]  # type: ignore[no-any-return]
            self.clock.pass_by(LEASE + 1)
        raise AssertionError(f"{run_id} cannot be claimed")

    async def settle(self, run: Run, outcome: Any, number: int = 3) -> None:
        move = moves.settled(_lease(run), _progress(run, number), outcome)
        await self.sure(lambda: self.journal.record(run.run_id, move))


class Clock:
    """A clock that passes only when told."""

    def __init__(self) -> None:
        self.now = BEGINNING

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@asynccontextmanager
async def opened(directory: Path, clock: Clock) -> AsyncIterator[Database]:
    async with open_database(
        f"sqlite:///{directory}/runwire.db",
        now=clock,
        encode=encode_events,
        wake_all=lambda topics: None,
    ) as database:
        yield database


async def suffer(template: Path, plan: Mapping[int, str]) -> tuple[Faults, int]:
    """Play the workload with faults; return what they hit, and how many errors callers saw."""
    directory = template.with_name("played")
    shutil.rmtree(directory, ignore_errors=True)
    shutil.copytree(template, directory)
    faults, clock = Faults(), Clock()
    with on_sqlite(faults):
        async with opened(directory, clock) as database:
            workload = Workload(database, clock)
            faults.arm(plan)
            async with asyncio.timeout(60):
                await workload.run()
            faults.armed = False
    with closing(sqlite3.connect(directory / "runwire.db")) as connection:
        check(connection)
    return faults, workload.told_errors


def check(connection: sqlite3.Connection) -> None:
    """Check that everything is there, once."""

    def rows(sql: str) -> list[Any]:
        return connection.execute(sql).fetchall()

    assert rows("PRAGMA integrity_check") == [("ok",)]
    assert rows("PRAGMA foreign_key_check") == []
    assert rows("SELECT run_id, status FROM runs ORDER BY run_id") == [
        ("a", "succeeded"),
        ("c", "succeeded"),
    ]
    assert rows("SELECT request_id, run_id FROM requests ORDER BY 1") == [("qa", "a"), ("qc", "c")]
    assert rows("SELECT * FROM queue") == []
    assert rows("SELECT run_id, key, value FROM run_labels") == [("a", "k", "v")]
    assert rows("SELECT graph_id, version FROM graphs") == [("json", 1)]
    numbers = "SELECT number FROM checkpoints WHERE run_id = ? ORDER BY number"
    said: Counter[str] = Counter()
    for run_id, count in (("a", 3), ("c", 4)):
        assert [row[0] for row in connection.execute(numbers, (run_id,))] == list(
            range(1, count + 1)
        )
        bodies = connection.execute(
            "SELECT body FROM segments WHERE run_id = ? ORDER BY position", (run_id,)
        )
        events = [e for (body,) in bodies for e in RunEventBatch.FromString(body).events]
        assert [event.sequence for event in events] == list(range(1, len(events) + 1))
        said.update(event.log_entry.message for event in events if event.HasField("log_entry"))
    assert said == {
        f"{run_id} {n}": 1 for run_id, count in (("a", 3), ("c", 4)) for n in range(1, count + 1)
    }


def _seed(name: str) -> Seed:
    run = Run(run_id=RunId(name), graph_id="g", created_at=BEGINNING, ready_at=BEGINNING)
    return Seed(run=run, request=Request(request_id=f"q{name}", body_hash=b"h"))


def _lease(run: Run) -> Lease:
    return Lease(run_id=run.run_id, epoch=run.epoch, worker_id="w")


def _progress(run: Run, number: int) -> Progress:
    checkpoint_number = (run.checkpoint or 0) + number
    checkpoint = Checkpoint(
        run_id=run.run_id,
        number=checkpoint_number,
        superstep=checkpoint_number,
        nodes=("n",),
        next=(),
        full=True,
        body=b"{}",
        created_at=BEGINNING,
    )
    said = LogEntry(severity=6, message=f"{run.run_id} {checkpoint_number}")
    event = NewEvent(at=BEGINNING, detail=said)
    return Progress(number=number, events=(event,), checkpoints=(checkpoint,))


def _question() -> Interrupt:
    return Interrupt(
        interrupt_id="i", node="n", step_id="n:1", index=0, value=b"1", created_at=BEGINNING
    )


async def test_whatever_call_of_the_driver_fails_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    template = tmp_path / "template"
    async with opened(template, Clock()):
        pass  # so that its schema need not be made again and again
    faultless, _ = await suffer(template, {})
    calls = len(faultless.sites)
    every = scaled(7, 1)
    plans = [{n: mode} for n in range(1, calls + 1, every) for mode in MODES]
    plans += [
        {n: mode} for n, site in enumerate(faultless.sites, 1) if site == "COMMIT" for mode in MODES
    ]
    chance = Random(6)
    plans += [
        {n: chance.choice(MODES) for n in chance.sample(range(1, calls + 1), 6)}
        for _ in range(scaled(10, 300))
    ]
    matrix: Counter[str] = Counter()
    failures: list[str] = []
    told = 0
    for plan in plans:
        try:
            faults, errors = await suffer(template, plan)
        except Exception as error:  # noqa: BLE001 - the whole matrix is wanted
            failures.append(f"{[faultless.sites[n - 1] for n in plan]} {plan}: {error!r}")
            continue
        told += errors
        for site, mode in zip(faults.hit, plan.values(), strict=False):
            matrix[f"{site}, {mode}"] += 1
    report(
        "T6",
        variant="SQLite",
        failures=len(failures),
        driver_calls=calls,
        plans=len(plans),
        errors_told=told,
        matrix=dict(sorted(matrix.items())),
    )
    assert failures == []

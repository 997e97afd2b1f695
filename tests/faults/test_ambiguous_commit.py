"""T6: the driver fails at every one of its calls, having done what it was told, or not.

The workload does what callers and workers do, each asking again as they would; whatever the fault,
all of it must be there in the end, once.
"""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from tests.faults.driver_faults import MODES, Faults, on_sqlite
from tests.faults.reporting import long, report, scaled
from tests.faults.wiping import wipe

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
from runwire.stores.packing import unpacked
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
        self.held: dict[RunId, Run] = {}

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
        await self.renew()
        await self.settle(claims["a"], Succeeded(b"{}"))
        await self.sure(lambda: self.journal.record(RunId("b"), CANCEL))
        del self.held[RunId("b")]
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
        """Claim until the worker holds this run: after a lost answer, when that lease has ended."""
        for _ in range(20):
            if run_id in self.held:
                return self.held[RunId(run_id)]
            found = await self.sure(
                lambda: self.journal.claim("w", 1, graphs=["g"], lease_seconds=LEASE)
            )
            self.held.update({run.run_id: run for run in found})
            if not found:
                self.clock.pass_by(0.4 * LEASE)
                await self.renew()
        raise AssertionError(f"{run_id} cannot be claimed")

    async def renew(self) -> None:
        leases = [_lease(run) for run in self.held.values()]
        await self.sure(lambda: self.journal.renew(leases, LEASE))

    async def settle(self, run: Run, outcome: Any, number: int = 3) -> None:
        move = moves.settled(_lease(run), _progress(run, number), outcome)
        await self.sure(lambda: self.journal.record(run.run_id, move))
        del self.held[run.run_id]


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


class Sufferer:
    """A database whose driver fails by plans, one after another."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._open = AsyncExitStack()
        self._clock = Clock()
        self.faults = Faults()
        self.errors_told = 0
        self.database: Database | None = None

    async def __aenter__(self) -> "Sufferer":
        return self

    async def __aexit__(self, *_: object) -> None:
        self.faults.armed = False
        await self._open.aclose()
        self.database = None

    async def suffer(self, plan: Mapping[int, str]) -> None:
        """Play the workload by a plan, on an empty database, and check what it leaves."""
        if self.database is None:
            self._open.enter_context(on_sqlite(self.faults))
            opening = opened(self._directory, self._clock)
            self.database = await self._open.enter_async_context(opening)
        await self.database.writer.write(wipe)
        workload = Workload(self.database, self._clock)
        self.faults.arm(plan)
        try:
            async with asyncio.timeout(60):
                await workload.run()
        finally:
            self.faults.armed = False
            self.errors_told += workload.told_errors
        with closing(sqlite3.connect(self._directory / "runwire.db")) as connection:
            check(connection)


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
        events = [
            e for (body,) in bodies for e in RunEventBatch.FromString(unpacked(run_id, body)).events
        ]
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
    matrix: Counter[str] = Counter()
    failures: list[str] = []
    async with Sufferer(tmp_path) as sufferer:
        await sufferer.suffer({})
        sites = list(sufferer.faults.sites)
        plans = plans_for(sites)
        for plan in plans:
            try:
                await sufferer.suffer(plan)
            except Exception as error:  # noqa: BLE001 - the whole matrix is wanted
                failures.append(f"{plan}, hit {sufferer.faults.hit}: {error!r}")
                await sufferer.__aexit__()
            matrix.update(sufferer.faults.hit)
    report(
        "T6",
        variant="SQLite",
        failures=len(failures),
        driver_calls=len(sites),
        plans=len(plans),
        errors_told=sufferer.errors_told,
        call_sites=len(matrix),
        matrix=dict(sorted(matrix.items())),
    )
    assert failures == []


def plans_for(sites: Sequence[str]) -> list[Mapping[int, str]]:
    """Return a plan for every call and every mode, and some with several faults."""
    calls, chance = range(1, len(sites) + 1), Random(6)
    some = [n for n in calls if long or n % 5 == 0 or sites[n - 1] == "COMMIT"]
    plans: list[Mapping[int, str]] = [{n: mode} for n in some for mode in MODES]
    plans += [{n: "after", n + 1: "before"} for n in some]
    for _ in range(scaled(20, 1000)):
        several = chance.sample(calls, 6)
        plans.append({n: chance.choice(MODES) for n in several})
    return plans

"""Schedules over a real database, by a clock that tests set; nobody executes the runs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.conftest import now, settings_in

from runwire import Graph
from runwire.app.inputs import Inputs
from runwire.app.new_ids import NewIds
from runwire.app.runs import NewRun, Runs
from runwire.app.schedule_rounds import ScheduleRounds
from runwire.app.schedules import NewSchedule, Schedules
from runwire.assembly import assemble
from runwire.bus.memory import MemoryBus
from runwire.domain.filter import EVERYTHING, Order
from runwire.domain.namespace import DEFAULT_NAMESPACE
from runwire.domain.payload import Payload
from runwire.domain.run import Run, RunId
from runwire.domain.schedule import Overlap
from runwire.engine.registry import Registry
from runwire.rpc.convert_events import encode_events
from runwire.stores.database import Database, open_database
from runwire.stores.schedule_turns import SqlScheduleTurns
from runwire.stores.schedules import SqlScheduleStore

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)

nightly = Graph("nightly")


@nightly.node
async def work(state: dict[str, object]) -> dict[str, object]:
    return state


@dataclass
class Clock:
    """Stands until it is set."""

    at: datetime = NOON

    async def ask(self) -> datetime:
        return self.at

    def set(self, minutes: float) -> None:
        self.at = NOON + timedelta(minutes=minutes)


@dataclass(frozen=True, kw_only=True)
class Planner:
    """One server's part in schedules."""

    schedules: Schedules
    rounds: ScheduleRounds
    runs: Runs
    clock: Clock
    database: Database

    async def made(self, name: str, minutes: str = "*", **changes: object) -> None:
        """Make a schedule that comes every minute, unless said otherwise."""
        asked = NewSchedule(
            cron=f"{minutes} * * * *",
            new=NewRun(graph_id="nightly", input=Payload(b'{"n":1}')),
            overlap=Overlap.ALLOW,
            catch_up_seconds=3600.0,
        )
        await self.schedules.create(DEFAULT_NAMESPACE, name, replace(asked, **changes))  # type: ignore[arg-type]

    async def at(self, minutes: float) -> None:
        """Set the clock, and look until nothing is left to do."""
        self.clock.set(minutes)
        for _ in range(3):
            await self.rounds.look()

    async def ids(self) -> list[str]:
        """Return the ids of all runs, sorted."""
        return sorted(run.run_id for run in await self.all_runs())

    async def all_runs(self) -> list[Run]:
        found: list[Run] = []
        token = ""
        while True:
            page = await self.runs.find(EVERYTHING, order=Order(), page_size=1000, page_token=token)
            found += page.items
            token = page.next_page_token
            if not token:
                return found

    async def end(self, run_id: str) -> None:
        """End a run that nobody executes."""
        await self.runs.cancel(RunId(run_id), reason="", etag="")


@asynccontextmanager
async def planner(directory: Path, url: str, clock: Clock) -> AsyncIterator[Planner]:
    """Assemble what schedules need over a database."""
    bus, registry, new_ids = MemoryBus(), Registry([nightly]), NewIds(now)
    async with open_database(url, now=now, encode=encode_events, wake_all=bus.wake_all) as database:
        settings = settings_in(directory, database_url=url, worker=False)
        parts = await assemble(settings, database, bus, registry, new_ids)
        yield Planner(
            schedules=Schedules(
                store=SqlScheduleStore(database),
                runs=parts.runs,
                graphs=parts.graphs,
                inputs=Inputs(graphs=registry, artifacts=parts.artifacts),
                bus=bus,
                ask_time=clock.ask,
                new_word=new_ids.uuid,
            ),
            rounds=ScheduleRounds(
                turns=SqlScheduleTurns(database), runs=parts.runs, ask_time=clock.ask
            ),
            runs=parts.runs,
            clock=clock,
            database=database,
        )


def of_times(name: str, *minutes: int) -> list[str]:
    """Return the ids of a schedule's runs for times after noon."""
    return [f"{name}-{NOON + timedelta(minutes=each):%Y%m%dT%H%M%SZ}" for each in minutes]

"""A move to PostgreSQL takes schedules along: nothing is forgotten, and nothing comes twice."""

from pathlib import Path
from typing import Any

import pytest
from tests.app.scheduling import Clock, of_times, planner
from tests.postgres import Postgres
from tests.stores.test_promotion import promoted

from runwire.domain.errors import AlreadyExists
from runwire.domain.schedule import CatchUp, Overlap


@pytest.fixture
def empty_url(postgres: Postgres) -> Any:
    url = postgres.new_database()
    yield url
    postgres.drop(url)


async def test_schedules_go_on_where_they_were(tmp_path: Path, empty_url: str) -> None:
    clock, path = Clock(), tmp_path / "runwire.db"
    async with planner(tmp_path, f"sqlite:///{path}", clock) as before:
        await before.made("every", catch_up=CatchUp.ALL)
        await before.made("waits", overlap=Overlap.BUFFER_ONE)
        await before.made("paused", "*/2")
        await before.at(1)
        await before.at(2)
        await before.schedules.pause("default", "paused", reason="holidays")
        kept = {
            each.schedule.schedule_id: each
            for each in (await before.schedules.find("default", 0, "")).items
        }
    done = await promoted(path, empty_url)
    assert (done.rows["schedules"], done.rows["schedule_specs"]) == (3, 3)
    async with planner(tmp_path, empty_url, clock) as after:
        for name, each in kept.items():
            found = await after.schedules.get("default", name)
            assert found.schedule.input.data == b'{"n":1}'
            assert found.schedule.recent == each.schedule.recent
            assert found.next_times == each.next_times
        await after.end(of_times("waits", 1)[0])
        await after.at(4)
        ran = [*of_times("every", 1, 2, 3, 4), *of_times("paused", 2), *of_times("waits", 1, 2)]
        assert await after.ids() == sorted(ran)


async def test_a_target_that_has_schedules_is_refused(tmp_path: Path, postgres_url: str) -> None:
    async with planner(tmp_path, f"sqlite:///{tmp_path}/runwire.db", Clock()):
        pass
    async with planner(tmp_path, postgres_url, Clock()) as there:
        await there.made("every")
    with pytest.raises(AlreadyExists, match="it has schedules"):
        await promoted(tmp_path / "runwire.db", postgres_url)

"""A move to PostgreSQL takes threads along, with their state and history."""

from pathlib import Path
from typing import Any

import pytest
from tests.postgres import Postgres
from tests.stores.test_promotion import opened, promoted
from tests.stores.test_threads import checkpoint, saved_of, writes
from tests.stores.threading_runs import Threads

from runwire.domain.errors import AlreadyExists
from runwire.domain.run import OnEnd
from runwire.domain.thread import ThreadChange, ThreadId, ThreadStatus, Ttl

NAME = ThreadId("t")


@pytest.fixture
def empty_url(postgres: Postgres) -> Any:
    url = postgres.new_database()
    yield url
    postgres.drop(url)


async def test_threads_go_on_where_they_were(tmp_path: Path, empty_url: str) -> None:
    path = tmp_path / "runwire.db"
    async with opened(path) as database:
        threads = Threads(database)
        known = {"ünï": "\x00", "graph_id": "g"}
        await threads.create("a", NAME, metadata=known, ttl=Ttl(minutes=9))
        [run] = await threads.claim()
        left = ThreadChange(
            status=ThreadStatus.INTERRUPTED, values=b'{"n":5.0}', interrupts={"t": [{"id": "i"}]}
        )
        await threads.settle(run, thread=left, saved=(checkpoint(NAME, 1, "a"), writes(NAME, 1)))
        await threads.create("b", NAME)
        before = await threads.store.get(NAME)
    done = await promoted(path, empty_url)
    assert done.rows["threads"] == 1
    async with opened(empty_url) as database:
        threads = Threads(database)
        assert await threads.store.get(NAME) == before
        assert before.status is ThreadStatus.BUSY
        assert await saved_of(database, NAME) == [1, 1, 1]
        [run] = await threads.claim()
        assert run.run_id == "b"
        await threads.settle(run)
        assert await threads.status(NAME) == "idle"


async def test_a_target_that_has_threads_is_refused(tmp_path: Path, postgres_url: str) -> None:
    async with opened(tmp_path / "runwire.db"):
        pass
    async with opened(postgres_url) as database:
        threads = Threads(database)
        await threads.create("a", NAME)
        await threads.cancel("a", on_end=OnEnd.DELETE)
    with pytest.raises(AlreadyExists, match="it has threads"):
        await promoted(tmp_path / "runwire.db", postgres_url)

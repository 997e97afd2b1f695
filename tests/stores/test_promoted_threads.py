"""A move to PostgreSQL takes along what runs have saved of threads."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import now
from tests.postgres import Postgres
from tests.stores.test_promotion import promoted
from tests.stores.test_thread_checkpoints import blob, checkpoint, writes

from runwire.bus.memory import MemoryBus
from runwire.domain.thread_checkpoint import CheckpointRead
from runwire.rpc.convert_events import encode_events
from runwire.stores.database import open_database
from runwire.stores.thread_checkpoints import SqlThreadCheckpoints


@pytest.fixture
def empty_url(postgres: Postgres) -> Iterator[str]:
    url = postgres.new_database()
    yield url
    postgres.drop(url)


async def kept(url: str, *saved: Any) -> list[CheckpointRead]:
    """Save something, and return all there is."""
    wake_all = MemoryBus().wake_all
    async with open_database(url, now=now, encode=encode_events, wake_all=wake_all) as database:
        store = SqlThreadCheckpoints(database)
        await store.write(saved)
        return [read async for read in store.list(None)]


async def test_threads_go_on_where_they_were(tmp_path: Path, empty_url: str) -> None:
    path = tmp_path / "runwire.db"
    large = checkpoint(3, "t", blobs=(blob("v3", body=bytes(range(256)) * 4096),))
    before = await kept(
        f"sqlite:///{path}",
        *(checkpoint(number, "acme/ünï", run_id="r") for number in range(3)),
        large,
        writes(3, "task", (0, b"\0\xff"), (-1, b""), thread_id="t", run_id="other"),
    )
    done = await promoted(path, empty_url)
    names = ("thread_checkpoints", "thread_blobs", "thread_writes")
    assert [done.rows[name] for name in names] == [4, 4, 2]
    assert await kept(empty_url) == before
    assert len(before) == 4

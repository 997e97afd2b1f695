"""Artifacts' descriptions, over real databases."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from runwire.domain.artifact import Artifact, ArtifactId, ArtifactStatus
from runwire.domain.errors import AlreadyExists, Conflict, Invalid, NotFound
from runwire.domain.paging import token_of
from runwire.domain.reach import HOME
from runwire.domain.run import Run, RunId
from runwire.domain.work import Seed
from runwire.stores.artifacts import SqlArtifactStore
from runwire.stores.database import Database, open_database
from runwire.stores.journal import SqlJournal
from runwire.stores.tables import runs

START = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
SHA = "ab" * 32


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with open_database(
        database_url,
        now=lambda: START,
        encode=lambda run_id, first, events: b"",
        wake_all=lambda topics: None,
    ) as database:
        yield database


@pytest.fixture
def store(database: Database) -> SqlArtifactStore:
    return SqlArtifactStore(database)


def artifact(artifact_id: str = "a", **changes: object) -> Artifact:
    return replace(Artifact(artifact_id=ArtifactId(artifact_id), created_at=START), **changes)  # type: ignore[arg-type]


def active(artifact_id: str = "a", sha256: str = SHA, **changes: object) -> Artifact:
    return artifact(
        artifact_id, sha256=sha256, status=ArtifactStatus.ACTIVE, size_bytes=3, **changes
    )


async def make_run(database: Database, run_id: str) -> RunId:
    run = Run(run_id=RunId(run_id), graph_id="g", created_at=START, ready_at=START)
    await SqlJournal(database.writer).create(Seed(run=run))
    return run.run_id


async def test_what_is_added_comes_back(database: Database, store: SqlArtifactStore) -> None:
    run_id = await make_run(database, "r")
    given = active(run_id=run_id, filename="schön 🐟.csv", content_type="text/csv")
    assert await store.add(given, "") == given
    assert await store.get(given.artifact_id) == given


async def test_an_unknown_one_is_not_found(store: SqlArtifactStore) -> None:
    for ask in (store.get, store.delete):
        with pytest.raises(NotFound) as caught:
            await ask(ArtifactId("nobody"))
        assert caught.value.reason == "ARTIFACT_NOT_FOUND"
        assert caught.value.metadata == {"artifact_id": "nobody"}
    with pytest.raises(NotFound):
        await store.update(artifact("nobody"), expected_bytes=0)


async def test_an_id_is_taken_once(store: SqlArtifactStore) -> None:
    await store.add(artifact(), "")
    with pytest.raises(AlreadyExists) as caught:
        await store.add(artifact(), "")
    assert caught.value.reason == "ARTIFACT_ALREADY_EXISTS"


async def test_a_request_is_answered_with_what_it_made_first(store: SqlArtifactStore) -> None:
    first = await store.add(artifact("a"), "request")
    assert await store.add(artifact("b"), "request") == first
    with pytest.raises(NotFound):
        await store.get(ArtifactId("b"))


async def test_an_unknown_run_is_named(store: SqlArtifactStore) -> None:
    with pytest.raises(NotFound) as caught:
        await store.add(artifact(run_id=RunId("nobody")), "")
    assert caught.value.reason == "RUN_NOT_FOUND"


async def test_the_committed_size_moves_only_from_where_it_was(store: SqlArtifactStore) -> None:
    await store.add(artifact(), "")
    assert (await store.update(artifact(size_bytes=5), expected_bytes=0)).size_bytes == 5
    with pytest.raises(Conflict) as caught:
        await store.update(artifact(size_bytes=9), expected_bytes=0)
    assert caught.value.metadata["committed_size"] == "5"
    assert (await store.get(ArtifactId("a"))).size_bytes == 5


async def test_what_is_active_does_not_change(store: SqlArtifactStore) -> None:
    await store.add(active(), "")
    with pytest.raises(Conflict):
        await store.update(active(sha256="cd" * 32), expected_bytes=3)


async def test_pages_lead_through_everything_newest_first(store: SqlArtifactStore) -> None:
    # Two of each age: the id decides between them.
    given = [
        artifact(f"a{number}", created_at=START + timedelta(microseconds=number // 2))
        for number in range(7)
    ]
    for one in given:
        await store.add(one, "")
    found: list[Artifact] = []
    token, pages = "", 0
    while pages == 0 or token:
        page = await store.find(None, 3, token)
        found += page.items
        token, pages = page.next_page_token, pages + 1
    assert found == given[::-1]
    assert pages == 3


async def test_a_page_that_is_just_full_is_the_last(store: SqlArtifactStore) -> None:
    await store.add(artifact(), "")
    assert (await store.find(None, 1, "")).next_page_token == ""


@pytest.mark.parametrize("position", [(None, "a"), ("x", "a"), (10**30, "a"), ({}, "a")])
async def test_a_bent_page_token_is_no_token(
    store: SqlArtifactStore, position: tuple[object, object]
) -> None:
    with pytest.raises(Invalid) as caught:
        await store.find(None, 1, token_of(position, query=("artifacts", "", HOME)))
    assert caught.value.reason == "PAGE_TOKEN_INVALID"


async def test_a_list_can_be_of_one_run(database: Database, store: SqlArtifactStore) -> None:
    run_id = await make_run(database, "r")
    await store.add(artifact("a", run_id=run_id), "")
    await store.add(artifact("b"), "")
    await store.add(artifact("c", run_id=run_id), "")
    page = await store.find(run_id, 1, "")
    assert [one.artifact_id for one in page.items] == ["c"]
    with pytest.raises(Invalid) as caught:
        await store.find(None, 1, page.next_page_token)
    assert caught.value.reason == "PAGE_TOKEN_INVALID"
    page = await store.find(run_id, 1, page.next_page_token)
    assert [one.artifact_id for one in page.items] == ["a"]


async def test_a_deleted_run_takes_its_artifacts_along(
    database: Database, store: SqlArtifactStore
) -> None:
    run_id = await make_run(database, "r")
    await store.add(active("a", run_id=run_id), "")
    await store.add(active("b"), "")
    await database.write(lambda c: c.execute(runs.delete().where(runs.c.run_id == run_id)).rowcount)
    assert await store.uses(SHA) == 1
    with pytest.raises(NotFound):
        await store.get(ArtifactId("a"))


async def test_content_is_used_by_those_that_are_active(store: SqlArtifactStore) -> None:
    assert await store.uses(SHA) == 0
    await store.add(active("a"), "")
    await store.add(active("b"), "")
    await store.add(artifact("c"), "")
    assert await store.uses(SHA) == 2
    assert await store.unused([SHA, "cd" * 32]) == ["cd" * 32]
    assert (await store.delete(ArtifactId("a"))).sha256 == SHA
    await store.delete(ArtifactId("b"))
    assert await store.unused([SHA]) == [SHA]


async def test_old_uploads_are_stale(store: SqlArtifactStore) -> None:
    await store.add(artifact("old", created_at=START - timedelta(days=8)), "")
    await store.add(artifact("older", created_at=START - timedelta(days=9)), "")
    await store.add(active("done", created_at=START - timedelta(days=9)), "")
    await store.add(artifact("new"), "")
    before = START - timedelta(days=7)
    assert [one.artifact_id for one in await store.stale(before, 9)] == ["older", "old"]
    assert [one.artifact_id for one in await store.stale(before, 1)] == ["older"]

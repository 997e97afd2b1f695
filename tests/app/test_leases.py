"""What becomes of runs whose next attempt cannot begin."""

from pathlib import Path

import pytest
from tests.conftest import now
from tests.stores.queueing import a_run, create

from runwire.app.artifacts import ArtifactShelf
from runwire.app.leases import LocalLeases
from runwire.domain.artifact import ArtifactId
from runwire.domain.errors import Error, NotFound, Unavailable
from runwire.domain.run import RunId, RunStatus
from runwire.stores.artifacts import SqlArtifactStore
from runwire.stores.blobs import ObjectBlobStore
from runwire.stores.database import Database
from runwire.stores.journal import SqlJournal
from runwire.stores.runs import SqlRunStore
from runwire.stores.state import SqlStateStore


class Definitions:
    """None are needed; but they may be out of reach, or gone."""

    def __init__(self) -> None:
        self.error: Error | None = None

    async def definition(self, graph_id: str, version: int) -> bytes | None:
        if self.error is not None:
            raise self.error
        return None


@pytest.fixture
def definitions() -> Definitions:
    return Definitions()


@pytest.fixture
def leases(database: Database, definitions: Definitions, tmp_path: Path) -> LocalLeases:
    return LocalLeases(
        journal=SqlJournal(database.writer),
        states=SqlStateStore(database),
        artifacts=ArtifactShelf(
            artifacts=SqlArtifactStore(database),
            blobs=ObjectBlobStore.open(f"file://{tmp_path}/artifacts", now=now),
            runs=SqlRunStore(database),
            now=now,
            new_id=lambda: ArtifactId("unused"),
        ),
        definitions=definitions,
        graphs=["g"],
        queues=("",),
        lease_seconds=10,
    )


async def test_runs_that_cannot_be_read_now_are_taken_later(
    database: Database, leases: LocalLeases, definitions: Definitions
) -> None:
    await create(SqlJournal(database.writer), a_run("a"), a_run("b"))
    definitions.error = Unavailable("the database cannot be read now")
    assert await leases.claim("w", 10) == []
    for run_id in ("a", "b"):
        run = await SqlRunStore(database).get(RunId(run_id))
        assert (run.status, run.attempt) == (RunStatus.QUEUED, 0)
    definitions.error = None
    claims = await leases.claim("w", 10)
    assert {claim.run.run_id for claim in claims} == {"a", "b"}
    assert {claim.run.attempt for claim in claims} == {1}


async def test_a_run_that_can_never_begin_has_failed(
    database: Database, leases: LocalLeases, definitions: Definitions
) -> None:
    await create(SqlJournal(database.writer), a_run("a"))
    definitions.error = NotFound("the definition is gone", reason="GRAPH_NOT_FOUND")
    assert await leases.claim("w", 10) == []
    run = await SqlRunStore(database).get(RunId("a"))
    assert run.status is RunStatus.FAILED
    assert run.error is not None
    assert run.error.reason == "GRAPH_NOT_FOUND"

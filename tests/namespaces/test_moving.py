"""Data from before namespaces is in the default one; a move to PostgreSQL takes all of them."""

import json
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, text
from tests.conftest import Reopen
from tests.postgres import Postgres
from tests.stores.queueing import a_run, claim, create, ids
from tests.stores.test_promotion import opened, promoted
from tests.stores.test_retention import an_artifact, finish

from runwire.domain.filter import EVERYTHING, Order
from runwire.domain.quotas import Quotas
from runwire.domain.reach import HOME, Reach
from runwire.domain.run import RunId
from runwire.rpc.convert_runs import run_to_wire
from runwire.stores.artifacts import SqlArtifactStore
from runwire.stores.database import Database, migrate
from runwire.stores.graphs import SqlGraphStore
from runwire.stores.journal import SqlJournal
from runwire.stores.kind import kind_of
from runwire.stores.namespaces import SqlNamespaceStore
from runwire.stores.runs import SqlRunStore
from runwire.stores.storage import SqlStorageStore
from runwire.stores.upgrading import config

BEFORE = "0010"
RUN = {
    "graph_id": "g", "graph_version": 0, "labels": '{"team":"x"}', "priority": 0, "attempt": 1,
    "epoch": 1, "last_sequence": 1, "storage_bytes": 40, "event_bytes": 20, "revision": 1,
    "ready_at": 5, "cancel_reason": "", "forked_from_run_id": "",
}  # fmt: skip


def put(connection: Connection, table: str, **values: Any) -> None:
    names = ", ".join(f'"{name}"' for name in values)
    marks = ", ".join(f":{name}" for name in values)
    connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({marks})"), values)  # noqa: S608


def fill(connection: Connection) -> None:
    """Write what a server of before has left."""
    for number, (run_id, thread) in enumerate((("old", "t"), ("older", "a/b")), start=1):
        ended = {"status": "succeeded", "output": b"{}", "ended_at": 9}
        put(connection, "runs", **RUN, **ended, run_id=run_id, thread_id=thread, created_at=number)
        put(connection, "run_inputs", run_id=run_id, data=b"{}")
        put(connection, "run_labels", run_id=run_id, key="team", value="x", created_at=number)
    keyed = {"concurrency_key": "k/1", "concurrency_limit": 1}
    waits = {"status": "queued", "thread_id": "", "created_at": 3, **keyed}
    put(connection, "runs", **RUN, **waits, run_id="waits")
    put(connection, "run_inputs", run_id="waits", data=b"{}")
    gate = {"limit_key": "k/1", "limit_count": 1, "waits_for": "key:k/1"}
    put(connection, "queue", run_id="waits", graph_id="g", priority=0, ready_at=5, epoch=1, **gate)
    sums = {"runs": 2, "storage_bytes": 80, "event_bytes": 40, "checkpoint_bytes": 0}
    put(connection, "totals", graph_id="g", status="succeeded", shard=3, **sums)
    put(
        connection, "graphs", graph_id="j", version=1, definition=b"{}", created_at=1, deleted=False
    )
    made = {"filename": "f", "content_type": "c", "size_bytes": 7, "sha256": "0" * 64}
    made |= {"status": "active", "created_at": 1, "graph_id": "g", "run_id": "old"}
    put(connection, "artifacts", artifact_id="a", **made)


@pytest.fixture
def filled(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Databases of the version before, with data, as the parameter says."""
    if request.param == "sqlite":
        urls = [f"sqlite:///{tmp_path}/old.db"]
    else:
        cluster: Postgres = request.getfixturevalue("postgres")
        urls = [cluster.new_database()]
    with kind_of(urls[0]).migrating(urls[0]) as connection:
        found = config()
        found.attributes["connection"] = connection
        command.upgrade(found, BEFORE)
        fill(connection)
    yield urls[0]
    if request.param != "sqlite":
        cluster.drop(urls[0])


@pytest.mark.parametrize("filled", ["sqlite", "postgresql"], indirect=True)
async def test_what_was_there_is_in_the_default_namespace(filled: str) -> None:
    migrate(filled)
    async with opened(
        Path(filled.removeprefix("sqlite:///")) if "sqlite" in filled else filled
    ) as database:
        store = SqlRunStore(database)
        page = await store.find(HOME.within(EVERYTHING), order=Order(), page_size=10, page_token="")
        assert [run.run_id for run in page.items] == ["waits", "older", "old"]
        older = run_to_wire(await store.get(RunId("older")))
        assert (older.namespace, older.spec.thread_id) == ("default", "a/b")
        waits = run_to_wire(await store.get(RunId("waits")))
        assert waits.spec.concurrency.key == "k/1"
        await assert_sums(database)
        journal = SqlJournal(database.writer)
        await create(journal, a_run("new", concurrency_key="default/k/1", concurrency_limit=1))
        await journal.offer(10)
        assert ids(await claim(journal, 10, wait_seconds=5)) == ["waits"]
        default = await SqlNamespaceStore(database).get("default")
        assert default.usage.stored_bytes > 80
        assert default.created_at is not None


async def assert_sums(database: Database) -> None:
    found = await SqlStorageStore(database).storage(HOME)
    [graph] = found.graphs
    assert graph.artifact_bytes == 7
    assert {each.status.value: each.run_bytes for each in graph.statuses} == {
        "succeeded": 80,
        "queued": 40,
    }
    assert (await SqlStorageStore(database).storage(Reach(namespace="acme"))).graphs == []
    assert [each.graph_id for each in await SqlGraphStore(database).find("default")] == ["j"]
    page = await SqlArtifactStore(database).find(None, 10, "")
    assert [each.artifact_id for each in page.items] == ["a"]


async def test_promotion_takes_namespaces_and_quotas_along(
    tmp_path: Path, postgres: Postgres
) -> None:
    path, url = tmp_path / "runwire.db", postgres.new_database()
    async with opened(path) as database:
        await SqlNamespaceStore(database).add("acme", "Acme", Quotas(queued_runs=2))
        journal = SqlJournal(database.writer)
        await finish(journal, "acme/done")
        await finish(journal, "done")
        await create(journal, a_run("acme/waits", labels={"team": "x"}))
        await SqlArtifactStore(database).add(an_artifact("acme/a", "acme/done", 7), "")
        await SqlGraphStore(database).add("acme/j", json.dumps({"graph_id": "j"}).encode())
    done = await promoted(path, url)
    assert done.rows["namespaces"] == 2
    async with opened(url) as database:
        acme = Reach(namespace="acme")
        page = await SqlRunStore(database).find(
            acme.within(EVERYTHING), order=Order(), page_size=10, page_token=""
        )
        assert {run.run_id for run in page.items} == {"acme/done", "acme/waits"}
        found = await SqlNamespaceStore(database).get("acme")
        assert (found.display_name, found.quotas) == ("Acme", Quotas(queued_runs=2))
        assert found.usage.queued_runs == 1
        stored = await SqlStorageStore(database).storage(acme)
        assert sum(graph.artifact_bytes for graph in stored.graphs) == 7
        assert [each.graph_id for each in await SqlGraphStore(database).find("acme")] == ["acme/j"]
        assert ids(await claim(SqlJournal(database.writer))) == ["acme/waits"]
    postgres.drop(url)


async def test_quotas_are_known_after_a_restart(reopen: Reopen) -> None:
    async with reopen() as database:
        await SqlNamespaceStore(database).add("acme", "", Quotas(running_runs=1))
    async with reopen() as database:
        journal = SqlJournal(database.writer)
        await create(journal, a_run("acme/a"), a_run("acme/b"))
        assert len(await claim(journal, 10)) == 1

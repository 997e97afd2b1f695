"""Quotas hold however many callers and servers there are at once, and cost others nothing."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from google.rpc import error_details_pb2
from grpc import StatusCode
from tests.namespaces.house import Answer, House, housed
from tests.stores.queueing import a_run, claim, create, ids, settle
from tests.stores.test_servers import OneServer, one_server

from runwire.app.artifacts import NewArtifact
from runwire.domain import moves
from runwire.domain.errors import Exhausted
from runwire.domain.quotas import Quotas
from runwire.domain.run import Run
from runwire.domain.work import Lease, Request, Seed
from runwire.stores.database import Database
from runwire.stores.journal import SqlJournal
from runwire.stores.namespaces import SqlNamespaceStore
from runwire.v1 import artifact_service_pb2 as artifacts
from runwire.v1 import run_service_pb2 as runs
from runwire.v1.run_pb2 import RunSpec


@pytest.fixture
def journal(database: Database) -> SqlJournal:
    return SqlJournal(database.writer)


@pytest.fixture
def namespaces(database: Database) -> SqlNamespaceStore:
    return SqlNamespaceStore(database)


async def tried(journal: SqlJournal, *made: Run) -> Counter[str]:
    """Create runs all at once; return how many were, and how many not for which reason."""
    found: Counter[str] = Counter()

    async def one(run: Run) -> None:
        try:
            await journal.create(Seed(run=run))
            found["made"] += 1
        except Exhausted as error:
            found[f"{error.reason} {error.metadata['quota']}"] += 1

    async with asyncio.TaskGroup() as tasks:
        for run in made:
            tasks.create_task(one(run))
    return found


def many(count: int, namespace: str = "acme", **changes: object) -> list[Run]:
    return [a_run(f"{namespace}/r{number:02}", **changes) for number in range(count)]


async def test_no_more_runs_are_queued_than_allowed(
    journal: SqlJournal, namespaces: SqlNamespaceStore
) -> None:
    await namespaces.add("acme", "", Quotas(queued_runs=5))
    await namespaces.add("beta", "", Quotas())
    found = await tried(journal, *many(20), *many(20, "beta"))
    assert found == {"made": 25, "QUOTA_EXCEEDED queued_runs": 15}
    taken = await claim(journal, 100)
    assert Counter(run.namespace for run in taken) == {"acme": 5, "beta": 20}
    assert (await tried(journal, *(a_run(f"acme/s{n}") for n in range(9))))["made"] == 5


async def test_more_runs_than_may_be_executed_wait(
    journal: SqlJournal, namespaces: SqlNamespaceStore
) -> None:
    await namespaces.add("acme", "", Quotas(running_runs=2))
    await create(journal, *many(6))
    first = await claim(journal, 10)
    assert ids(first) == ["acme/r00", "acme/r01"]
    assert await claim(journal, 10) == []
    await create(journal, a_run("other"))
    assert ids(await claim(journal, 10)) == ["other"]
    await settle(journal, first[0])
    assert ids(await claim(journal, 10)) == ["acme/r02"]


async def test_who_waits_is_woken_when_a_place_is_free(
    journal: SqlJournal, namespaces: SqlNamespaceStore
) -> None:
    await namespaces.add("acme", "", Quotas(running_runs=1))
    await create(journal, *many(2))
    [first] = await claim(journal, 10)
    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(claim(journal, 10, wait_seconds=15))
        await settle(journal, first)
        assert ids(await waiting) == ["acme/r01"]


async def test_a_standing_claim_is_given_what_a_quota_lets_in(
    journal: SqlJournal, namespaces: SqlNamespaceStore
) -> None:
    await namespaces.add("acme", "", Quotas(queued_runs=1))
    assert await claim(journal, 1) == []
    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(claim(journal, 1, wait_seconds=15))
        await create(journal, a_run("acme/a"))
        assert ids(await waiting) == ["acme/a"]


async def test_quotas_count_for_what_was_queued_before_them(
    journal: SqlJournal, namespaces: SqlNamespaceStore
) -> None:
    await namespaces.add("acme", "", Quotas())
    await create(journal, *many(5))
    held = await claim(journal, 1)
    await namespaces.update("acme", display_name=None, quotas=Quotas(running_runs=2, queued_runs=4))
    assert len(await claim(journal, 10)) == 1
    assert await tried(journal, a_run("acme/x"), a_run("acme/y")) == {
        "made": 1,
        "QUOTA_EXCEEDED queued_runs": 1,
    }
    await namespaces.update("acme", display_name=None, quotas=Quotas())
    assert len(await claim(journal, 10, wait_seconds=5)) == 4
    await settle(journal, held[0])


async def test_a_quota_a_key_and_a_delay_together(
    journal: SqlJournal, namespaces: SqlNamespaceStore
) -> None:
    await namespaces.add("acme", "", Quotas(running_runs=2))
    keyed = {"concurrency_key": "acme/k", "concurrency_limit": 1}
    await create(journal, *many(3, **keyed), a_run("acme/z", priority=-1))
    await create(journal, a_run("acme/late", start_delay_seconds=0.2, priority=9))
    taken = await claim(journal, 10)
    assert ids(taken) == ["acme/r00", "acme/z"]
    await settle(journal, taken[1])
    assert ids(await claim(journal, 10, wait_seconds=10)) == ["acme/late"]
    await settle(journal, taken[0])
    assert ids(await claim(journal, 10, wait_seconds=10)) == ["acme/r01"]


async def test_a_released_run_waits_again(
    journal: SqlJournal, namespaces: SqlNamespaceStore
) -> None:
    await namespaces.add("acme", "", Quotas(running_runs=1))
    await create(journal, *many(2))
    [first] = await claim(journal, 10)
    from_w = moves.released(lease_of(first), "drain")
    await journal.record(first.run_id, from_w)
    assert len(await claim(journal, 10, wait_seconds=5)) == 1


def lease_of(run: Run) -> Lease:
    return Lease(run_id=run.run_id, epoch=run.epoch, worker_id="w")


@pytest.fixture
async def servers(postgres_url: str) -> AsyncIterator[list[OneServer]]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(one_server(postgres_url)) for _ in range(2)]


async def test_quotas_hold_across_servers(servers: list[OneServer]) -> None:
    stores = [SqlNamespaceStore(server.database) for server in servers]
    await stores[0].add("acme", "", Quotas(queued_runs=10, running_runs=3))
    await stores[1].refresh()
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        made = [
            tasks.create_task(tried(server.journal, *(a_run(f"acme/{n}-{m}") for m in range(15))))
            for n, server in enumerate(servers)
        ]
    together = made[0].result() + made[1].result()
    assert together == {"made": 10, "QUOTA_EXCEEDED queued_runs": 20}
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        claims = [
            tasks.create_task(claim(server.journal, 10, worker=str(n)))
            for n, server in enumerate(servers)
        ]
    assert sum(len(each.result()) for each in claims) <= 3
    deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    found = await servers[0].database.read(lambda c: c.exec_driver_sql(deadlocks).scalar_one())
    assert found == 0


async def test_a_namespace_made_by_one_server_is_there_for_another(
    servers: list[OneServer],
) -> None:
    one, two = servers
    await SqlNamespaceStore(one.database).add("acme", "", Quotas())
    await create(two.journal, a_run("acme/a"))
    await SqlNamespaceStore(two.database).check("acme")


@pytest.fixture
async def small(tmp_path: Path, database_url: str) -> AsyncIterator[House]:
    """A server whose namespace `acme` may store 100,000 bytes."""
    async with housed(tmp_path, database_url, acme=Quotas(stored_bytes=100_000)) as served:
        yield served


def an_upload(size: int, **fields: str) -> artifacts.UploadArtifactRequest:
    first = artifacts.UploadArtifactRequest(filename="a.bin", **fields)
    first.content.data = b"x" * size
    return first


async def test_no_more_is_stored_than_allowed(small: House) -> None:
    acme, beta = small.caller("acme"), small.caller("beta")
    answers: list[Answer] = []

    async def upload() -> None:
        answers.append(await acme("UploadArtifact", an_upload(40_000)))

    async with asyncio.TaskGroup() as tasks:
        for _ in range(5):
            tasks.create_task(upload())
    refused = [each for each in answers if each.code is not StatusCode.OK]
    assert len(refused) == 3
    for answer in refused:
        assert (answer.code, answer.reason) == (
            StatusCode.RESOURCE_EXHAUSTED,
            "QUOTA_EXCEEDED",
        )
        [violation] = answer.detail(error_details_pb2.QuotaFailure).violations
        assert violation.subject == "namespace:acme/stored_bytes"
        assert answer.detail(error_details_pb2.RetryInfo).retry_delay.seconds == 1
    (await beta("UploadArtifact", an_upload(400_000))).fine()
    spec = RunSpec(graph_id="echo")
    spec.input.data = b'{"n": "%s"}' % (b"x" * 30_000)
    answer = await acme("CreateRun", runs.CreateRunRequest(spec=spec))
    assert answer.reason == "QUOTA_EXCEEDED"
    (await beta("CreateRun", runs.CreateRunRequest(spec=spec))).fine()


async def test_deleting_makes_room(small: House) -> None:
    acme = small.caller("acme")
    made = (await acme("UploadArtifact", an_upload(90_000))).only.artifact
    assert (await acme("UploadArtifact", an_upload(90_000))).reason == "QUOTA_EXCEEDED"
    gone = artifacts.DeleteArtifactRequest(artifact_id=made.artifact_id)
    (await acme("DeleteArtifact", gone)).fine()
    (await acme("UploadArtifact", an_upload(90_000))).fine()


async def test_an_upload_stops_where_the_quota_ends(small: House) -> None:
    """Parts are counted as they come, not only when all of it is there."""
    sent: list[int] = []

    async def chunks() -> AsyncIterator[bytes]:
        for number in range(100):
            sent.append(number)
            yield b"x" * 1024 * 1024

    with pytest.raises(Exhausted) as refused:
        await small.app.artifacts.upload(NewArtifact(namespace="acme"), chunks())
    assert refused.value.metadata["quota"] == "stored_bytes"
    assert len(sent) < 10
    page = (await small.caller("acme")("ListArtifacts", artifacts.ListArtifactsRequest())).only
    assert sum(each.size_bytes for each in page.artifacts) <= 100_000


async def test_a_repeated_creation_is_answered_beyond_the_quota(
    journal: SqlJournal, namespaces: SqlNamespaceStore
) -> None:
    await namespaces.add("acme", "", Quotas(queued_runs=1))
    seed = Seed(run=a_run("acme/a"), request=moves_request("acme/1"))
    assert not (await journal.create(seed)).replayed
    assert (await journal.create(seed)).replayed
    assert (await tried(journal, a_run("acme/b")))["made"] == 0


def moves_request(request_id: str) -> Request:
    return Request(request_id=request_id, body_hash=b"h")

"""The client for threads does as the one for asyncio does."""

import asyncio
import inspect
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.clients.scripted_peer import (
    FAST,
    RUN_ID,
    Abort,
    Hang,
    Peer,
    StatusCode,
    batch,
    compacted,
    ended,
    run,
    started,
)
from tests.clients.test_client_artifacts import CONTENT
from tests.clients.test_client_watch import BREAKS

from runwire_client import (
    AsyncClient,
    Client,
    DataLoss,
    DeadlineExceeded,
    EventsCompacted,
    NotFound,
    RunStatus,
    Unavailable,
    _requests,
    _upload_sync,
)
from runwire_client.v1 import run_pb2, run_service_pb2

DOWN = BREAKS["unavailable"]


@pytest.fixture
def sync_client(peer: Peer) -> Iterator[Client]:
    with Client(peer.target, backoff=FAST) as client:
        yield client


def verbs(thing: object) -> dict[str, list[str]]:
    public = inspect.getmembers(type(thing), inspect.isroutine)
    return {
        name: list(inspect.signature(verb).parameters)
        for name, verb in public
        if not name.startswith("_")
    }


async def test_both_clients_have_the_same_verbs(client: AsyncClient, sync_client: Client) -> None:
    for noun in ("runs", "artifacts", "graphs"):
        assert verbs(getattr(client, noun)) == verbs(getattr(sync_client, noun))


async def test_creating_is_tried_again(peer: Peer, sync_client: Client) -> None:
    answer = run_service_pb2.CreateRunResponse(run=run(), replayed=True)
    peer.runs.answer("CreateRun", DOWN, answer)
    made = await asyncio.to_thread(sync_client.runs.create, "g", {"a": 1})
    assert made.replayed
    first, second = peer.runs.requests
    assert first == second


async def test_errors_and_deadlines_have_their_names(peer: Peer, sync_client: Client) -> None:
    missing = Abort(StatusCode.NOT_FOUND, "no run x", "RUN_NOT_FOUND", {"run_id": "x"})
    peer.runs.answer("GetRun", missing, Hang())
    with pytest.raises(NotFound) as raised:
        await asyncio.to_thread(sync_client.runs.get, "x")
    assert (raised.value.reason, raised.value.metadata) == ("RUN_NOT_FOUND", {"run_id": "x"})
    with pytest.raises(DeadlineExceeded):
        await asyncio.to_thread(sync_client.runs.get, "x", timeout_seconds=0.05)


async def test_a_list_is_read_page_by_page(peer: Peer, sync_client: Client) -> None:
    first = run_service_pb2.ListRunsResponse(runs=[run_pb2.Run(run_id="a")], next_page_token="t")  # noqa: S106
    second = run_service_pb2.ListRunsResponse(runs=[run_pb2.Run(run_id="b")])
    peer.runs.answer("ListRuns", first, second)
    listed = await asyncio.to_thread(lambda: [each.run_id for each in sync_client.runs.list()])
    assert listed == ["a", "b"]


@pytest.mark.parametrize("how", BREAKS)
async def test_a_broken_watch_is_gone_on_with(how: str, peer: Peer, sync_client: Client) -> None:
    breaking = [BREAKS[how]] if BREAKS[how] else []
    peer.runs.scripts += [
        [started(), batch([1, 2]), *breaking],
        [started(2), batch([2]), batch([3]), ended(4)],
    ]
    watch = sync_client.runs.watch(RUN_ID)
    seen = await asyncio.to_thread(lambda: [event.sequence for event in watch])
    assert seen == [1, 2, 3]
    assert watch.run is not None
    assert watch.run.status is RunStatus.SUCCEEDED
    assert [request.from_sequence for request in peer.runs.requests] == [0, 3]


async def test_creating_and_watching_makes_one_run(peer: Peer, sync_client: Client) -> None:
    peer.runs.scripts += [[DOWN], [started(), batch([1]), DOWN], [started(2), ended(2)]]
    watch = sync_client.runs.create_and_watch("g")
    assert (await asyncio.to_thread(watch.started)).run_id == RUN_ID
    assert await asyncio.to_thread(lambda: [event.sequence for event in watch]) == [1]
    first, second, third = peer.runs.requests
    assert first == second
    assert (third.run_id, third.from_sequence) == (RUN_ID, 2)


async def test_compaction_and_gaps_are_never_silent(peer: Peer, sync_client: Client) -> None:
    peer.runs.scripts += [
        [started(), compacted(1, 2), batch([3]), batch([5])],
        [started(4), batch([5])],
    ]
    watch = sync_client.runs.watch(RUN_ID)
    with pytest.raises(EventsCompacted):
        await asyncio.to_thread(next, watch)
    assert (await asyncio.to_thread(next, watch)).sequence == 3
    with pytest.raises(DataLoss):
        await asyncio.to_thread(next, watch)


async def test_a_silent_stream_is_left(
    peer: Peer, sync_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_requests, "SHORTEST_HEARTBEAT_SECONDS", 0.05)
    peer.runs.scripts += [[started(), batch([1]), Hang()], [started(2), batch([2]), ended(3)]]
    watch = sync_client.runs.watch(RUN_ID, heartbeat_seconds=0.05)
    assert await asyncio.to_thread(lambda: [event.sequence for event in watch]) == [1, 2]
    await peer.runs.left.wait()


async def test_closing_a_watch_ends_whoever_reads_it(peer: Peer, sync_client: Client) -> None:
    peer.runs.scripts.append([started(), Hang()])
    watch = sync_client.runs.watch(RUN_ID)
    async with asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(asyncio.to_thread(list, watch))
        await peer.runs.hanging.wait()
        watch.close()
    assert reading.result() == []
    await peer.runs.left.wait()
    for thread in threading.enumerate():
        if thread.name == "runwire-silence":
            await asyncio.to_thread(thread.join)


async def test_closing_the_client_ends_its_watches(peer: Peer, sync_client: Client) -> None:
    peer.runs.scripts.append([started(), Hang()])
    watch = sync_client.runs.watch(RUN_ID)

    def read() -> str:
        try:
            return str(list(watch))
        except Exception as error:  # noqa: BLE001 - the test looks at it
            return type(error).__name__

    async with asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(asyncio.to_thread(read))
        await peer.runs.hanging.wait()
        sync_client.close()
    assert reading.result() == "Cancelled"


async def test_a_watch_gives_up_in_the_end(peer: Peer, sync_client: Client) -> None:
    peer.runs.scripts += [[started(), DOWN]] * 1000
    watch = sync_client.runs.watch(RUN_ID, give_up_seconds=0.05)
    with pytest.raises(Unavailable):
        await asyncio.to_thread(next, watch)


@pytest.mark.parametrize("kind", ["bytes", "path", "iterator"])
async def test_artifacts_go_both_ways_whatever_breaks(
    kind: str,
    peer: Peer,
    sync_client: Client,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_upload_sync, "CHUNK_BYTES", 1024)
    path = tmp_path / "here"
    path.write_bytes(CONTENT)
    content = {"bytes": CONTENT, "path": path, "iterator": iter([CONTENT[:99], CONTENT[99:]])}
    peer.artifacts.break_uploads.append(3)
    peer.artifacts.break_downloads.append(3)
    artifact = await asyncio.to_thread(sync_client.artifacts.upload, content[kind])
    assert peer.artifacts.write_offsets == [0, 3072]
    there = tmp_path / "there"
    await asyncio.to_thread(sync_client.artifacts.download, artifact.artifact_id, there)
    assert there.read_bytes() == CONTENT
    assert peer.artifacts.read_offsets == [0, 3072]


async def test_what_the_iterator_raises_is_raised(peer: Peer, sync_client: Client) -> None:
    def failing() -> Iterator[bytes]:
        yield CONTENT
        raise OSError("no more")

    with pytest.raises(OSError, match="no more"):
        await asyncio.to_thread(sync_client.artifacts.upload, failing())

"""A server that is killed while it streams: the run goes on, and so does the client's stream."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from langgraph_sdk import get_client
from tests.conftest import ServerProcess
from tests.langgraph.serving import serving, url_of
from tests.postgres import TEMPLATE, Postgres

PROJECT = Path(__file__).parent / "semantics" / "project"
NODES = [f"node_{number}" for number in range(5)]


@pytest.fixture(params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ServerProcess]:
    """A server for one test that will mistreat it, over each kind of database."""
    brief = {"RUNWIRE_LEASE_SECONDS": "2", "RUNWIRE_RENEW_SECONDS": "0.5"}
    if request.param == "sqlite":
        with serving(PROJECT, tmp_path, **brief) as server:
            yield server
        return
    cluster: Postgres = request.getfixturevalue("postgres")
    database = cluster.new_database(TEMPLATE)
    with serving(PROJECT, tmp_path, "--database-url", database, **brief) as server:
        yield server
    cluster.drop(database)


async def test_kill_9_while_streaming_neither_loses_nor_doubles(
    server: ServerProcess, tmp_path: Path
) -> None:
    ledger, seen = tmp_path / "ledger", []
    async with get_client(url=url_of(server), api_key=None) as client:
        thread = (await client.threads.create())["thread_id"]
        modes: Any = ["updates", "custom", "values"]
        stream = client.runs.stream(
            thread,
            "leaves",
            input={"ledger": str(ledger)},
            stream_mode=modes,
            stream_resumable=True,
            on_run_created=lambda run: seen.append(("created", run["run_id"], "")),
        )
        with suppress(httpx.HTTPError):
            async for part in stream:
                seen.append((part.event, part.data, part.id))
                if part.event == "custom" and part.data == {"node": "node_2", "step": 3}:
                    break
        _, run_id, _ = seen.pop(0)
        server.kill()
        server.start()
    async with get_client(url=url_of(server), api_key=None) as client:
        rest = client.runs.join_stream(thread, run_id, last_event_id=seen[-1][2])
        seen += [(part.event, part.data, part.id) async for part in rest]
        run = await client.runs.get(thread, run_id)
        kept = await client.threads.get(thread)
        again = client.runs.join_stream(thread, run_id, last_event_id="-1")
        whole = [(part.event, part.data, part.id) async for part in again]
    assert (run["status"], kept["status"]) == ("success", "idle")
    assert kept["values"]["trail"] == NODES  # type: ignore[call-overload, index]
    assert [each for each in whole if each[0] != "end"] == [
        each for each in seen if each[0] != "end"
    ]
    check_told_once(seen)
    executed = Counter(ledger.read_text().split())
    assert executed == {**dict.fromkeys(NODES, 1), "node_2": 2}


def check_told_once(seen: list[tuple[str, Any, Any]]) -> None:
    """Assert that what both streams have told together has no gap and no double."""
    ids = [int(re.sub(r"\D.*", "", number)) for _, _, number in seen if number]
    assert ids == sorted(set(ids))
    attempts = [data["attempt"] for event, data, _ in seen if event == "metadata"]
    assert attempts == [1, 2]
    updates = [next(iter(data)) for event, data, _ in seen if event == "updates"]
    assert updates == NODES


async def test_a_waiting_thread_survives_a_kill(server: ServerProcess) -> None:
    async with get_client(url=url_of(server), api_key=None) as client:
        thread = (await client.threads.create())["thread_id"]
        await client.runs.wait(thread, "asks", input={})
        server.kill()
        server.start()
    async with get_client(url=url_of(server), api_key=None) as client:
        assert (await client.threads.get(thread))["status"] == "interrupted"
        found: Any = await client.runs.wait(thread, "asks", command={"resume": 1})
    assert found["trail"] == ["before", "ask", "after"]
    assert found["answer"] == 1

"""Two servers over one PostgreSQL: it does not matter which of them a client speaks to."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, aclosing
from pathlib import Path
from typing import Any

import httpx
import pytest
from langgraph_sdk import get_client
from langgraph_sdk.client import LangGraphClient
from langgraph_sdk.errors import BadRequestError, ConflictError
from tests.conftest import ROOT, ServerProcess
from tests.langgraph.protocol_wire import Event, Protocol, root_lives
from tests.langgraph.serving import serving, url_of
from tests.postgres import TEMPLATE, Postgres

PROJECT = Path(__file__).parent / "projects/many"
NODES = [f"node_{number}" for number in range(5)]
MODES: Any = ["updates", "custom", "values"]
BRIEF = {
    "RUNWIRE_LEASE_SECONDS": "2",
    "RUNWIRE_RENEW_SECONDS": "0.5",
    "RUNWIRE_CANCEL_GRACE_SECONDS": "2",
}
PATIENCE = 25
Sdk = Any

Part = tuple[str, Any, str]


@pytest.fixture(scope="module")
def servers(
    postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[ServerProcess]]:
    url = postgres.new_database(TEMPLATE)
    with ExitStack() as stack:
        yield [
            stack.enter_context(
                serving(PROJECT, tmp_path_factory.mktemp("server"), "--database-url", url, **BRIEF)
            )
            for _ in range(2)
        ]
    postgres.drop(url)


@pytest.fixture(scope="module")
def bare(
    servers: list[ServerProcess], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServerProcess]:
    """A third one, which has no code of any graph and executes nothing."""
    place = tmp_path_factory.mktemp("bare")
    words = ("--database-url", servers[0].arguments[1], "--no-worker")
    with serving(ROOT, place, "tests.nothing", *words, **BRIEF) as server:
        yield server


@pytest.fixture
async def clients(servers: list[ServerProcess]) -> AsyncIterator[list[Sdk]]:
    async with (
        asyncio.timeout(2 * PATIENCE),
        get_client(url=url_of(servers[0]), api_key=None) as one,
        get_client(url=url_of(servers[1]), api_key=None) as two,
    ):
        yield [one, two]


async def heard(stream: AsyncIterator[Any]) -> list[Part]:
    """Return what a stream tells, without the word that it has ended."""
    return [(each.event, each.data, each.id) async for each in stream if each.event != "end"]


async def test_what_one_executes_the_other_tells_at_once(
    clients: list[Sdk], servers: list[ServerProcess], tmp_path: Path
) -> None:
    """The run waits for each word to be heard at the other server.

    Twenty-five of them would take most of a minute if that one looked every two seconds.
    """
    one, two = clients
    thread = (await one.threads.create())["thread_id"]
    given = {"trail": [], "gates": str(tmp_path)}
    run = await one.runs.create(
        thread, "talks", input=given, stream_mode=MODES, stream_resumable=True
    )
    async with asyncio.timeout(PATIENCE):
        seen: list[Part] = []
        async for part in two.runs.join_stream(thread, run["run_id"], last_event_id="-1"):
            seen.append((part.event, part.data, part.id))
            if part.event == "custom":
                (tmp_path / str(part.data["word"])).touch()
        assert [data["word"] for event, data, _ in seen if event == "custom"] == list(range(25))
        assert (await two.runs.get(thread, run["run_id"]))["status"] == "success"


async def test_a_run_made_here_is_followed_there_in_every_way(
    clients: list[Sdk], servers: list[ServerProcess]
) -> None:
    one, two = clients
    made: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    thread = (await two.threads.create())["thread_id"]
    given = {"trail": [], "pause": 0.01}
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as tasks:
        feed = tasks.create_task(_feed(two, thread))
        here = tasks.create_task(
            heard(
                one.runs.stream(
                    thread,
                    "walks",
                    input=given,
                    stream_mode=MODES,
                    stream_resumable=True,
                    on_run_created=lambda run: made.set_result(run["run_id"]),
                )
            )
        )
        run_id = await made
        there = tasks.create_task(heard(two.runs.join_stream(thread, run_id, last_event_id="-1")))
        joined = tasks.create_task(two.runs.join(thread, run_id))
    assert there.result() == here.result()
    assert joined.result()["trail"] == NODES
    assert [each for each in feed.result() if each[0] == "updates"] == [
        each[:2] for each in here.result() if each[0] == "updates"
    ]
    middle = len(here.result()) // 2
    after = here.result()[middle][2]
    rest = await heard(two.runs.join_stream(thread, run_id, last_event_id=after))
    assert rest == here.result()[middle + 1 :]
    for client in clients:
        assert (await client.threads.get(thread))["values"]["trail"] == NODES
        assert (await client.threads.get_state(thread))["values"]["trail"] == NODES


async def _feed(client: Sdk, thread: str) -> list[tuple[str, Any]]:
    """Return what the feed of a thread tells, to the end of a run."""
    found: list[tuple[str, Any]] = []
    async for part in await client.threads.join_stream(thread, last_event_id="0"):
        found.append((part.event, part.data))
        if part.event == "metadata" and part.data.get("status") == "run_done":
            break
    return found


async def test_the_event_protocol_tells_the_same_at_both(servers: list[ServerProcess]) -> None:
    async with (
        asyncio.timeout(PATIENCE),
        httpx.AsyncClient(base_url=url_of(servers[0]), timeout=20) as here,
        httpx.AsyncClient(base_url=url_of(servers[1]), timeout=20) as there,
    ):
        one = Protocol(here)
        two = Protocol(there, one.thread_id)
        async with one.events() as at_one, two.events() as at_two:
            await one.start("asks", {"trail": []})
            told = [await each.to_the_end_of_a_run() for each in (at_one, at_two)]
            assert told[0] == told[1]
            asked = _asked(told[0])
            answer = {"namespace": [], "interrupt_id": asked, "response": "yes"}
            assert (await two.command("input.respond", **answer))["type"] == "success"
            more = [await each.to_the_end_of_a_run() for each in (at_one, at_two)]
        assert more[0] == more[1]
        assert root_lives(told[0] + more[0]) == ["running", "interrupted", "running", "completed"]
        assert more[0][0]["seq"] > told[0][-1]["seq"]
        async with two.events(since=told[0][-1]["seq"]) as again:
            assert await again.to_the_end_of_a_run() == more[0]


def _asked(events: list[Event]) -> str:
    [asked] = [each for each in events if each["method"] == "input.requested"]
    return str(asked["params"]["data"]["interrupt_id"])


@pytest.mark.parametrize("action", ["interrupt", "rollback"])
async def test_what_one_executes_the_other_cancels(clients: list[Sdk], action: str) -> None:
    one, two = clients
    thread = (await one.threads.create())["thread_id"]
    run_id = await _running(one, thread)
    await two.runs.cancel(thread, run_id, wait=True, action=action)
    for client in clients:
        if action == "rollback":
            assert await _status(client, thread, run_id) == "gone"
            assert (await client.threads.get(thread))["status"] == "idle"
        else:
            assert await _status(client, thread, run_id) == "interrupted"
            assert (await client.threads.get(thread))["status"] == "interrupted"
    done: Any = await two.runs.wait(thread, "walks", input={"trail": [], "pause": 0})
    assert done["trail"].count("node_4") == 1
    assert ("node_0" in done["trail"][: -len(NODES)]) == (action == "interrupt")


async def _running(client: Sdk, thread: str, **more: Any) -> str:
    """Start a run that takes long; return its id once a node was executed."""
    run = await client.runs.create(
        thread,
        "walks",
        input={"trail": [], "pause": 0.2, **more},
        stream_mode=["updates"],
        stream_resumable=True,
    )
    async for part in client.runs.join_stream(thread, run["run_id"], last_event_id="-1"):
        if part.event == "updates":
            return str(run["run_id"])
    raise AssertionError("it has ended")


async def _status(client: Sdk, thread: str, run_id: str) -> str:
    answer = await client.http.client.get(f"/threads/{thread}/runs/{run_id}")
    return "gone" if answer.status_code == 404 else str(answer.json()["status"])


RACERS = 12


@pytest.mark.parametrize("strategy", ["reject", "enqueue", "interrupt", "rollback"])
async def test_creations_that_race_over_both(
    clients: list[Sdk], strategy: str, tmp_path: Path
) -> None:
    thread = (await clients[0].threads.create())["thread_id"]
    ledger = tmp_path / "ledger"

    async def create(number: int) -> str:
        given = {"trail": [f"run {number}"], "ledger": str(ledger), "pause": 0.002}
        try:
            run = await clients[number % 2].runs.create(
                thread, "walks", input=given, multitask_strategy=strategy
            )
        except ConflictError:
            return ""
        return str(run["run_id"])

    async with asyncio.TaskGroup() as tasks:
        asked = [tasks.create_task(create(number)) for number in range(RACERS)]
    made = [task.result() for task in asked if task.result()]
    ends = Counter([await _end(clients[n % 2], thread, run) for n, run in enumerate(made)])
    _check_ends(strategy, ends)
    for client in clients:
        found = await client.threads.get(thread)
        assert found["status"] == "idle", found
        assert not await client.runs.list(thread, status="pending")
        assert not await client.runs.list(thread, status="running")
    if strategy in ("reject", "enqueue"):
        # One at a time: no run's nodes are among those of another.
        lines = [line.split()[0] for line in ledger.read_text().splitlines()]
        assert lines == NODES * ends["success"]
    last = found["values"]["trail"][-len(NODES) :]
    assert last == NODES


async def _end(client: Sdk, thread: str, run_id: str) -> str:
    await client.runs.join(thread, run_id)
    return await _status(client, thread, run_id)


def _check_ends(strategy: str, ends: Counter[str]) -> None:
    match strategy:
        case "reject":
            assert ends["success"] >= 1
            assert set(ends) == {"success"}
        case "enqueue":
            assert ends == {"success": RACERS}
        case "interrupt":
            assert set(ends) <= {"success", "interrupted"}
            assert ends["success"] >= 1
            assert ends.total() == RACERS
        case "rollback":
            assert set(ends) <= {"success", "gone"}
            assert ends["success"] >= 1
            assert ends.total() == RACERS


async def test_every_cron_of_a_thread_comes_once(
    clients: list[Sdk], servers: list[ServerProcess], postgres: Postgres
) -> None:
    async def cron(number: int) -> str:
        client = clients[number % 2]
        thread = str((await client.threads.create())["thread_id"])
        given = {"trail": []}
        await client.crons.create_for_thread(thread, "counts", schedule="@yearly", input=given)
        return thread

    async def came(number: int, thread: str) -> list[Any]:
        client = clients[number % 2]
        while not (runs := await client.runs.list(thread)) or runs[0]["status"] != "success":
            await asyncio.sleep(0.05)
        return list(runs)

    threads = [await cron(number) for number in range(10)]
    database = servers[0].arguments[1].rpartition("/")[2]
    due = "UPDATE schedules SET next_at = (extract(epoch FROM now())::bigint - 60) * 1000000"
    await asyncio.to_thread(postgres.execute, due, database)
    async with asyncio.timeout(PATIENCE):
        for number, thread in enumerate(threads):
            assert len(await came(number, thread)) == 1
    for number, thread in enumerate(threads):
        assert len(await came(number, thread)) == 1
    items: Any = await clients[1].store.get_item(["counts"], "all")
    assert 1 <= items["value"]["n"] <= len(threads)


async def test_a_server_without_the_code_serves_all_but_what_needs_it(
    clients: list[Sdk], bare: ServerProcess
) -> None:
    async with asyncio.timeout(PATIENCE), get_client(url=url_of(bare), api_key=None) as client:
        thread = (await client.threads.create())["thread_id"]
        parts = await heard(
            client.runs.stream(thread, "asks", input={"trail": []}, stream_mode="updates")
        )
        assert [event for event, _, _ in parts] == ["metadata", "updates", "updates"]
        asked = await _same_state(client, clients[0], thread)
        assert (asked["next"], asked["values"]) == (["ask"], {"trail": ["before"]})
        assert asked["tasks"][0]["interrupts"][0]["value"] == "well?"
        done: Any = await client.runs.wait(thread, "asks", command={"resume": "yes"})
        assert done["trail"] == ["before", "ask", "after"]
        idle = await _same_state(client, clients[0], thread)
        assert (idle["next"], idle["values"]) == ([], done)
        await _refusals(client, thread, str(idle["parent_checkpoint"]["checkpoint_id"]))
        run_id = await _running(client, thread)
        await client.runs.cancel(thread, run_id, wait=True)
        assert await _status(client, thread, run_id) == "interrupted"
        with pytest.raises(ConflictError, match="not on this server"):
            await client.threads.get_state(thread)  # what comes next only the code knows
        kept: Any = await client.threads.get(thread)
        # What the cancelled run came to is in its newest checkpoint, and so in the thread.
        assert kept["status"] == "interrupted"
        assert kept["values"]["trail"][:3] == done["trail"]


async def _same_state(bare: Sdk, other: Sdk, thread: str) -> Any:
    """Return what the bare server says of a thread; it is what the code says."""
    found = dict(await bare.threads.get_state(thread))
    wanted = dict(await other.threads.get_state(thread))
    assert found.pop("created_at") is not None
    del wanted["created_at"]
    assert found == wanted
    return found


async def _refusals(client: Sdk, thread: str, checkpoint_id: str) -> None:
    for refused in (
        client.threads.get_history(thread),
        client.threads.get_state(thread, checkpoint_id=checkpoint_id),
        client.assistants.get_graph("asks"),
    ):
        with pytest.raises(ConflictError, match="start the server with the graph, too"):
            await refused
    with pytest.raises(BadRequestError, match="start the server with the graph, too"):
        await client.threads.update_state(thread, {"trail": ["x"]})


async def test_kill_9_of_the_one_that_executes(
    servers: list[ServerProcess], tmp_path: Path
) -> None:
    """The last of these tests: one server stays dead."""
    doomed, other = servers
    ledger = tmp_path / "ledger"
    assert doomed.process is not None
    pid = str(doomed.process.pid)
    async with asyncio.timeout(2 * PATIENCE), _client(other) as living:
        thread = str((await living.threads.create())["thread_id"])
        run_id, seen = await _killed_while_it_tells(doomed, thread, ledger)
        queued = await living.runs.create(thread, "walks", input={"trail": ["second"]})
        seen += await heard(living.runs.join_stream(thread, run_id, last_event_id=seen[-1][2]))
        whole = await heard(living.runs.join_stream(thread, run_id, last_event_id="-1"))
        await living.runs.join(thread, queued["run_id"])
        state: Any = await living.threads.get_state(thread)
        assert (await living.threads.get(thread))["status"] == "idle"
    assert seen == whole
    _check_told_once(seen)
    assert state["values"]["trail"] == [*NODES, "second", *NODES]
    executed = [line.split() for line in ledger.read_text().splitlines()]
    assert [name for name, at in executed if at == pid] == NODES[:3]
    assert [name for name, at in executed if at != pid] == [*NODES[2:], *NODES]


async def _killed_while_it_tells(
    doomed: ServerProcess, thread: str, ledger: Path
) -> tuple[str, list[Part]]:
    """Return the run, and what the server has told of it before it died."""
    made: list[str] = []
    seen: list[Part] = []
    async with _client(doomed) as client:
        stream: Any = client.runs.stream(
            thread,
            "walks",
            input={"trail": [], "ledger": str(ledger), "pause": 0.05},
            stream_mode=MODES,
            stream_resumable=True,
            on_run_created=lambda run: made.append(run["run_id"]),
        )
        async with aclosing(stream):
            async for part in stream:
                seen.append((part.event, part.data, part.id))
                if part.event == "custom" and part.data == {"node": "node_2", "step": 2}:
                    await asyncio.to_thread(doomed.kill)
                    break
    return made[0], seen


def _client(server: ServerProcess) -> LangGraphClient:
    return get_client(url=url_of(server), api_key=None)


def _check_told_once(seen: list[Part]) -> None:
    """Assert that what both streams have told together has no gap and no double."""
    ids = [int(re.sub(r"\D.*", "", number)) for _, _, number in seen if number]
    assert ids == sorted(set(ids))
    assert [data["attempt"] for event, data, _ in seen if event == "metadata"] == [1, 2]
    assert [next(iter(data)) for event, data, _ in seen if event == "updates"] == NODES

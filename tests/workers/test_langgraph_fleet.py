"""LangGraph's API before workers in other processes: children of the server, or far away."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from langgraph_sdk import get_client
from tests.conftest import ServerProcess
from tests.langgraph.serving import serving, url_of
from tests.workers.conftest import WorkerProcess

from runwire_client import AsyncClient, RunStatus

PROJECT = Path(__file__).parents[1] / "langgraph/projects/many"
NODES = [f"node_{number}" for number in range(5)]
BRIEF = {"RUNWIRE_LEASE_SECONDS": "2", "RUNWIRE_RENEW_SECONDS": "0.5"}
PATIENCE = 30
Sdk = Any
Part = tuple[str, Any, str]


@dataclass
class Fleet:
    """A server that executes nothing itself, and its workers."""

    server: ServerProcess
    workers: list[WorkerProcess] = field(default_factory=list)

    def start_worker(self) -> WorkerProcess:
        """Start a worker with the graphs of the project."""
        worker = WorkerProcess((self.server.grpc_address,), (), place=PROJECT)
        self.workers.append(worker)
        worker.start()
        return worker

    def end(self, pid: int, name: signal.Signals) -> None:
        """End the worker that has a process id; a far one, with another in its place."""
        for worker in self.workers:
            if worker.process is not None and worker.process.pid == pid:
                worker.end(name)
                self.start_worker()
                return
        os.kill(pid, name)  # the server starts another one


@pytest.fixture(params=["children", "far away"])
def fleet(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Fleet]:
    far = request.param == "far away"
    words = ("--no-worker",) if far else ("--workers", "2")
    with serving(PROJECT, tmp_path, *words, **BRIEF) as server, ExitStack() as stack:
        found = Fleet(server)
        stack.callback(_end_all, found)
        with ThreadPoolExecutor() as threads:
            list(threads.map(lambda _: found.start_worker(), range(2 * far)))
        yield found


def _end_all(fleet: Fleet) -> None:
    for worker in fleet.workers:
        if worker.process is not None:
            worker.end(signal.SIGKILL)


async def told(stream: Any, until: Callable[[Part], bool] = lambda _: False) -> list[Part]:
    """Return what a stream tells, to its end or to some part."""
    found: list[Part] = []
    async for each in stream:
        if each.event != "end":
            found.append((each.event, each.data, each.id))
            if until(found[-1]):
                break
    return found


def executed(ledger: Path) -> list[tuple[str, int]]:
    """Return which nodes were executed, and where."""
    return [(name, int(pid)) for name, pid in map(str.split, ledger.read_text().splitlines())]


async def test_everything_works_that_does_in_the_server(fleet: Fleet, tmp_path: Path) -> None:
    assert fleet.server.process is not None
    async with asyncio.timeout(3 * PATIENCE), get_client(url=url_of(fleet.server)) as client:
        await _questions_and_the_store(client)
        await _cancelled(client)
        if fleet.workers:
            await _large(client, fleet)
        for name in (signal.SIGKILL, signal.SIGTERM):
            ledger = tmp_path / f"ledger of {name}"
            await _loses_its_worker(client, fleet, ledger, name)
            assert fleet.server.process.pid not in {pid for _, pid in executed(ledger)}


async def _questions_and_the_store(client: Sdk) -> None:
    thread = (await client.threads.create())["thread_id"]
    asked = await client.runs.wait(thread, "asks", input={"trail": []})
    assert [each["value"] for each in asked["__interrupt__"]] == ["well?"]
    state = await client.threads.get_state(thread)
    assert (state["next"], state["values"]["trail"]) == (["ask"], ["before"])
    stream = client.runs.stream(thread, "asks", command={"resume": "yes"}, stream_mode=["updates"])
    parts = await told(stream)
    assert [data for event, data, _ in parts if event == "updates"] == [
        {"ask": {"trail": ["ask"], "answer": "yes"}},
        {"after": {"trail": ["after"]}},
    ]
    for number in (1, 2):
        counted = await client.runs.wait(None, "counts", input={"trail": []})
        assert counted["trail"] == [f"count {number}"]
    assert (await client.store.get_item(["counts"], "all"))["value"] == {"n": 2}


async def _cancelled(client: Sdk) -> None:
    thread = (await client.threads.create())["thread_id"]
    for action, left in (("interrupt", "interrupted"), ("rollback", "interrupted")):
        run_id, _ = await _until_node_1(client, thread, {"trail": [], "pause": 0.2})
        await client.runs.cancel(thread, run_id, wait=True, action=action)
        assert (await client.threads.get(thread))["status"] == left
        state = await client.threads.get_state(thread)
        # What was rolled back has left nothing behind what the first run did.
        assert state["values"]["trail"].count("node_0") == 1


async def _until_node_1(client: Sdk, thread: str, given: Any) -> tuple[str, list[Part]]:
    """Start a run; return its id and what it tells up to the middle of a node."""
    run = await client.runs.create(
        thread,
        "walks",
        input=given,
        stream_mode=["updates", "custom"],
        stream_resumable=True,
    )
    seen = await told(
        client.runs.join_stream(thread, run["run_id"], last_event_id="-1"),
        lambda part: part[:2] == ("custom", {"node": "node_1", "step": 1}),
    )
    return str(run["run_id"]), seen


async def _loses_its_worker(client: Sdk, fleet: Fleet, ledger: Path, name: signal.Signals) -> None:
    thread = (await client.threads.create())["thread_id"]
    given = {"trail": [], "ledger": str(ledger), "pause": 0.1}
    run_id, seen = await _until_node_1(client, thread, given)
    [*_, (_, doomed)] = executed(ledger)
    async with asyncio.TaskGroup() as tasks:
        ending = tasks.create_task(asyncio.to_thread(fleet.end, doomed, name))
        seen += await told(client.runs.join_stream(thread, run_id, last_event_id=seen[-1][2]))
        await ending
    assert [next(iter(data)) for event, data, _ in seen if event == "updates"] == NODES
    ids = [int(number) for _, _, number in seen]
    assert ids == sorted(set(ids))
    assert (await client.threads.get(thread))["values"]["trail"] == NODES
    found = executed(ledger)
    assert {pid for _, pid in found} > {doomed}
    # Who is told to stop finishes the superstep; who is killed leaves a node to be done again.
    again = ["node_1"] if name is signal.SIGKILL else []
    assert sorted(node for node, _ in found) == sorted([*NODES, *again])
    attempts = [data["attempt"] for event, data, _ in seen if event == "metadata"]
    assert attempts == ([1, 2] if name is signal.SIGKILL else [1])


async def _large(client: Sdk, fleet: Fleet) -> None:
    """What is larger than a message arrives in parts; what no record can hold fails the run."""
    thread = (await client.threads.create())["thread_id"]
    kept: Any = None
    async with AsyncClient(fleet.server.grpc_address) as rpc:
        for mebibytes in (9, 17, 62):
            given = {"mebibytes": mebibytes}
            modes = ["updates", "values"]
            run = await client.runs.create(thread, "grows", input=given, stream_mode=modes)
            ended = await rpc.runs.wait(run["run_id"], timeout_seconds=PATIENCE)
            if mebibytes == 9:
                assert ended.status is RunStatus.SUCCEEDED, ended.error
                kept = ended.output
                assert len(kept["text"]) == 9 * 1024 * 1024
                continue
            assert ended.error is not None
            assert (ended.status, ended.error.reason) == (RunStatus.FAILED, "STATE_TOO_LARGE")
            assert "artifacts" in ended.error.message
            found = await client.threads.get(thread)
            assert (found["status"], found["values"]) == ("error", kept)
            assert [event async for event in rpc.runs.watch(run["run_id"])]

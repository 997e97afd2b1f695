"""Namespaces as people use them: command line, Python client, nodes, workers elsewhere."""

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Runwire, calling, environment, runwire
from tests.conftest import ServerProcess, eventually
from tests.workers.conftest import StartWorker, lonely_server, start_worker

from runwire_client import AsyncClient, Client, NotFound, Quotas, RunStatus

__all__ = ["calling", "environment", "lonely_server", "runwire", "start_worker"]


def test_namespaces_on_the_command_line(calling: Runwire) -> None:
    made = calling("namespaces", "create", "cli", "--stored-bytes", "2GiB", "--json").document
    assert made["quotas"] == {"stored_bytes": 2 * 1024**3, "running_runs": 0, "queued_runs": 0}
    assert calling("namespaces", "update", "cli", "--queued-runs", "5").code == 0
    shown = calling("namespaces", "get", "cli").out
    assert "0 of 5" in shown
    assert "0 B of 2.0 GiB" in shown
    run = calling("run", "echo", "--input", '{"n": 1}', "--namespace", "cli", "--watch", "--json")
    run_id = json.loads(run.out.splitlines()[0])["run"]["run_id"]
    assert "/" not in run_id
    listed = calling("runs", "list", "--json", RUNWIRE_NAMESPACE="cli").document
    assert [each["run_id"] for each in listed] == [run_id]
    assert calling("runs", "get", run_id).code == 3
    assert calling("runs", "get", run_id, "--namespace", "nobody").code == 3
    assert "NAMESPACE" in calling("namespaces", "list").out
    assert calling("namespaces", "delete", "cli").code == 8
    assert calling("runs", "delete", run_id, "--namespace", "cli").code == 0
    assert "is deleted" in calling("namespaces", "delete", "cli").out


@pytest.mark.parametrize("size", ["2 GB", "-1", "x", "1.5GiB"])
def test_a_size_that_is_none_is_refused_with_the_remedy(calling: Runwire, size: str) -> None:
    ended = calling("namespaces", "create", "sized", f"--stored-bytes={size}")
    assert ended.code == 2
    assert "500KiB" in ended.err


def test_the_client_acts_in_a_namespace(server_process: ServerProcess) -> None:
    with Client(server_process.grpc_address) as home:
        home.namespaces.create("inside", quotas=Quotas(queued_runs=3))
        with Client(server_process.grpc_address, namespace="inside") as client:
            run = client.runs.create("echo", {"n": 1}, run_id="a")
            assert client.runs.wait(run.run_id).status is RunStatus.SUCCEEDED
            with client.runs.watch("a") as watch:
                assert {event.run_id for event in watch} == {"a"}
        with pytest.raises(NotFound):
            home.runs.get("a")
        assert home.namespaces.get("inside").quotas == Quotas(queued_runs=3)
        assert "inside" in [each.namespace for each in home.namespaces.list(page_size=1)]
    nobody = Client(server_process.grpc_address, namespace="nobody")
    with nobody, pytest.raises(NotFound, match="no namespace nobody"):
        nobody.runs.get("a")


async def test_a_worker_elsewhere_saves_artifacts_in_the_runs_namespace(
    lonely_server: ServerProcess, start_worker: StartWorker
) -> None:
    start_worker()
    async with AsyncClient(lonely_server.grpc_address) as home:
        await home.namespaces.create("acme")
        async with AsyncClient(lonely_server.grpc_address, namespace="acme") as client:
            run = await client.runs.create("storing", {"size": 70_000})
            ended = await client.runs.wait(run.run_id, timeout_seconds=30)
            assert ended.status is RunStatus.SUCCEEDED, ended.error
            assert "acme/" not in repr(ended.output)
            found = [each async for each in client.artifacts.list(run_id=run.run_id)]
            assert len(found) >= 1
            told = [event async for event in client.runs.watch(run.run_id)]
            assert "acme/" not in repr(told)
        assert [each async for each in home.artifacts.list()] == []


async def test_a_worker_comes_back_with_runs_of_a_namespace(
    lonely_server: ServerProcess, start_worker: StartWorker, tmp_path: Path
) -> None:
    """It says what it holds by whole ids, and goes on without executing anything again."""
    start_worker()
    ledger = tmp_path / "ledger"
    given = {"ledger": str(ledger), "steps": 8, "pause_seconds": 0.2, "done": []}
    async with AsyncClient(lonely_server.grpc_address) as home:
        await home.namespaces.create("acme")
    async with AsyncClient(lonely_server.grpc_address, namespace="acme") as client:
        run = await client.runs.create("counting", given)
        await eventually(lambda: ledger.exists() and len(ledger.read_text().splitlines()) >= 2)
        lonely_server.kill()
        lonely_server.start()
        ended = await client.runs.wait(run.run_id, timeout_seconds=30)
    assert (ended.status, ended.attempt) == (RunStatus.SUCCEEDED, 1)
    keys = [line.split()[1] for line in ledger.read_text().splitlines()]
    assert len(keys) == len(set(keys)) == 8
    assert all(key.startswith(f"acme/{run.run_id}/") for key in keys)


GRAPH = """
from typing import TypedDict
from runwire import Context, Graph

class S(TypedDict, total=False):
    seen: list

tell = Graph("tell", state=S)

@tell.node
async def one(state: S, context: Context) -> dict:
    saved = await context.artifacts.save("a.txt", "x")
    text = (await context.artifacts.load(saved.artifact_id)).decode()
    try:
        await context.artifacts.load("nobody")
    except Exception as error:
        missing = str(error)
    return {"seen": [context.run_id, context.graph_id, context.namespace, context.effect_key,
                     saved.run_id, str("/" in saved.artifact_id), text, missing]}
"""


def test_what_nodes_know(tmp_path: Path) -> None:
    (tmp_path / "tell.py").write_text(GRAPH)
    running = ServerProcess(tmp_path, (f"{tmp_path}/tell.py:tell",))
    running.start()
    try:
        with Client(running.grpc_address) as home:
            home.namespaces.create("acme")
            with Client(running.grpc_address, namespace="acme") as client:
                client.runs.create("tell", {}, run_id="a")
                seen = client.runs.wait("a").output["seen"]
            home.runs.create("tell", {}, run_id="a")
            at_home = home.runs.wait("a").output["seen"]
    finally:
        running.kill()
    rest = ["False", "x", "no artifact nobody"]
    assert seen == ["a", "tell", "acme", "acme/a/one:1", "a", *rest]
    assert at_home == ["a", "tell", "default", "a/one:1", "a", *rest]

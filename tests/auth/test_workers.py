"""Workers of a server that asks who calls: its own processes, and others that have a key."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import grpc
import pytest
from grpc import aio
from tests.conftest import GRAPHS, ROOT, ServerProcess, plain_environment, settings_in
from tests.workers.conftest import WORKER_GRAPHS
from tests.workers.foreign import hello

from runwire.domain.errors import Invalid
from runwire.operations import create_key
from runwire.server import serve
from runwire.v1 import worker_service_pb2 as wire
from runwire.worker import working
from runwire_client import Client, RunStatus


def key_in(directory: Path, **how: object) -> str:
    asked = {"role": "admin", "namespace": "*", "graphs": (), "lifetime_seconds": None}
    settings = settings_in(directory)
    return create_key(settings, display_name="key", **{**asked, **how}).secret


def test_a_server_knows_its_own_worker_processes(tmp_path: Path) -> None:
    secret = key_in(tmp_path)
    server = ServerProcess(
        tmp_path, (GRAPHS, WORKER_GRAPHS, "--workers", "2"), settings={"RUNWIRE_AUTH": "true"}
    )
    server.start()
    try:
        with Client(server.grpc_address, api_key=secret) as client:
            run = client.runs.create("echo", {"n": 1})
            assert client.runs.wait(run.run_id, timeout_seconds=20).status is RunStatus.SUCCEEDED
            saved = client.runs.create("storing", {"size": 100_000})
            assert client.runs.wait(saved.run_id, timeout_seconds=20).status is RunStatus.SUCCEEDED
        listed = subprocess.run(["ps", "axww", "-o", "args"], capture_output=True, text=True).stdout
        assert "--attached" in listed
        assert "rw_" not in listed
    finally:
        server.stop()
    assert not any("rw_" in line for line in server.lines)


def wait_until(check: Callable[[], bool], seconds: float = 15) -> None:
    until = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < until
        time.sleep(0.05)


def graphs_of(client: Client) -> set[str]:
    return {graph.graph_id for graph in client.graphs.list()}


def test_a_worker_elsewhere_shows_a_key_and_another_is_refused(tmp_path: Path) -> None:
    admin, worker = key_in(tmp_path), key_in(tmp_path, role="worker")
    reader = key_in(tmp_path, role="reader", namespace="default")
    server = ServerProcess(
        tmp_path, ("tests.nothing", "--no-worker"), settings={"RUNWIRE_AUTH": "true"}
    )
    server.start()
    try:
        for secret in ("", reader, worker[:-1] + "~"):
            assert_refused(server.grpc_address, secret)
        assert_works(server.grpc_address, worker, admin)
    finally:
        server.stop()


def command_of(server: str) -> list[str]:
    return [sys.executable, "-m", "runwire", "worker", GRAPHS, "--server", server]


def assert_refused(server: str, secret: str) -> None:
    environment = {**plain_environment(), **({"RUNWIRE_API_KEY": secret} if secret else {})}
    ended = subprocess.run(
        command_of(server), cwd=ROOT, env=environment, capture_output=True, text=True, timeout=30
    )
    assert ended.returncode != 0
    told = ended.stdout + ended.stderr
    assert "refuses this worker" in told
    assert not secret or secret.split("_")[2] not in told


def assert_works(server: str, worker: str, admin: str) -> None:
    environment = {**plain_environment(), "RUNWIRE_API_KEY": worker}
    with subprocess.Popen(command_of(server), cwd=ROOT, env=environment) as process:
        try:
            with Client(server, api_key=admin) as client:
                wait_until(lambda: "echo" in graphs_of(client))
                run = client.runs.create("echo", {"n": 1})
                done = client.runs.wait(run.run_id, timeout_seconds=20)
                assert done.status is RunStatus.SUCCEEDED
        finally:
            process.kill()


async def test_a_unix_socket_alone_is_no_credential(tmp_path: Path) -> None:
    address = f"unix:{tmp_path}/door"
    async with (
        serve(settings_in(tmp_path, auth=True, graphs={}, grpc_address=address)) as server,
        aio.insecure_channel(server.grpc_address) as channel,
    ):
        call = channel.stream_stream("/runwire.v1.WorkerService/Work")()
        await call.write(wire.WorkRequest(hello=hello()).SerializeToString())
        assert await call.code() is grpc.StatusCode.UNAUTHENTICATED


async def test_a_worker_sends_its_key_nowhere_in_clear_text(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, graphs={})
    with pytest.raises(Invalid, match="clear text") as refused:
        async with working(settings, ["127.0.0.1:1", "example.com:1"], api_key="rw_sesame"):
            pass
    assert "sesame" not in refused.value.message

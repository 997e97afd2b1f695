"""Who may connect as a worker, and how one finds its server."""

import asyncio
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc import aio
from pydantic import ValidationError
from tests.conftest import ServerProcess, settings_in
from tests.workers.conftest import WORKER_GRAPHS, StartWorker
from tests.workers.foreign import hello, working

from runwire.domain.errors import Invalid
from runwire.server import serve
from runwire.worker import working as worker_in
from runwire_client import AsyncClient, RunStatus

LOOPBACK = "127.0.0.1:0"
STRANGERS = "0.0.0.0:0"


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("unix", grpc.StatusCode.FAILED_PRECONDITION),
        ("off", grpc.StatusCode.UNIMPLEMENTED),
    ],
)
async def test_workers_may_be_refused(tmp_path: Path, how: str, code: grpc.StatusCode) -> None:
    async with serve(settings_in(tmp_path, graphs={}, worker_service=how)) as server:
        with pytest.raises(aio.AioRpcError) as refused:
            async with working(server.grpc_address, hello()):
                pass
    assert refused.value.code() is code


async def test_a_refused_worker_ends_and_says_why(tmp_path: Path) -> None:
    async with serve(settings_in(tmp_path, graphs={}, worker_service="off")) as server:
        settings = settings_in(tmp_path, graphs={})
        with pytest.raises(ExceptionGroup) as ended:
            async with worker_in(settings, [server.grpc_address]):
                await asyncio.Event().wait()
    found: Any = ended.value
    while isinstance(found, ExceptionGroup):
        found = found.exceptions[0]
    assert isinstance(found, Invalid)
    assert "worker_service" in found.message


def test_strangers_are_no_workers_unless_somebody_says_so(tmp_path: Path) -> None:
    assert settings_in(tmp_path, grpc_address=LOOPBACK).worker_callers == "on"
    remote = settings_in(tmp_path, grpc_address=STRANGERS, allow_remote=True)
    assert remote.worker_callers == "unix"
    with pytest.raises(ValidationError, match="say unix"):
        settings_in(tmp_path, workers=1, worker_service="off")


async def test_a_worker_tries_the_next_server_when_one_is_gone(
    lonely_server: ServerProcess, start_worker: StartWorker
) -> None:
    start_worker(WORKER_GRAPHS, servers=("127.0.0.1:1", lonely_server.grpc_address))
    async with AsyncClient(lonely_server.grpc_address) as client:
        run = await client.runs.create("place", {})
        ended = await client.runs.wait(run.run_id, timeout_seconds=20)
    assert ended.status is RunStatus.SUCCEEDED

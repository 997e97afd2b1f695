"""ExplainRun of a run whose worker stands still."""

import asyncio
import signal
from pathlib import Path

from tests.conftest import GRAPHS, ServerProcess
from tests.workers.conftest import WorkerProcess

from runwire_client import AsyncClient, WaitReason


async def test_a_run_whose_worker_is_silent(tmp_path: Path) -> None:
    times = {"RUNWIRE_LEASE_SECONDS": "8", "RUNWIRE_RENEW_SECONDS": "0.5"}
    server = ServerProcess(tmp_path, ("tests.nothing", "--no-worker"), settings=times)
    server.start()
    worker = WorkerProcess((server.grpc_address,), (GRAPHS,))
    worker.start()
    try:
        async with AsyncClient(server.grpc_address) as client, asyncio.timeout(30):
            run = await client.runs.create("sleepy", {"seconds": 60.0})
            async for event in client.runs.watch(run.run_id):
                if event.step_id:
                    break
            assert worker.process is not None
            worker.process.send_signal(signal.SIGSTOP)
            while True:
                found = await client.runs.explain(run.run_id)
                if found.reason is WaitReason.SILENT_WORKER:
                    break
                assert found.reason is WaitReason.EXECUTING
                await asyncio.sleep(0.1)  # silence makes no event
            assert found.until is not None
            assert found.facts["worker_id"]
    finally:
        worker.end(signal.SIGKILL)
        server.kill()

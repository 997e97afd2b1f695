"""The backup that docs/operating.md describes, made while runs are under way, is one."""

import asyncio
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from tests.conftest import GRAPHS, ROOT, ServerProcess

from runwire_client import AsyncClient, RunStatus

RUNS = 20


def documented() -> list[list[str]]:
    """The two commands of the page."""
    page = (ROOT / "docs" / "operating.md").read_text()
    block = page.partition("## Backup and restore")[2].partition("```console\n")[2]
    lines = block.partition("```")[0].replace("\\\n", " ")
    return [shlex.split(command) for command in re.findall(r"^\$ (.*)$", lines, re.MULTILINE)]


async def test_runs_go_on_from_a_backup(new_server_process: ServerProcess, tmp_path: Path) -> None:
    server, ledger = new_server_process, tmp_path / "ledger"
    ledger.touch()
    given = {"ledger": str(ledger), "steps": 8, "pause_seconds": 0.1}
    async with AsyncClient(server.grpc_address) as client:
        stored = await client.artifacts.upload(b"content")
        runs = [await client.runs.create("effects", given) for _ in range(RUNS)]
        async for event in client.runs.watch(runs[0].run_id):
            if event.sequence > 6:
                break
        await asyncio.to_thread(back_up, server.directory / "data", tmp_path / "backup")
    server.kill()
    restored = ServerProcess(tmp_path / "restored", (GRAPHS,))
    shutil.move(tmp_path / "backup", restored.directory / "data")
    restored.start()
    try:
        async with AsyncClient(restored.grpc_address) as client:
            for run in runs:
                ended = await client.runs.wait(run.run_id)
                assert ended.status is RunStatus.SUCCEEDED
                events = [event.sequence async for event in client.runs.watch(run.run_id)]
                assert events == list(range(1, len(events) + 1))
            assert await client.artifacts.download_bytes(stored.artifact_id) == b"content"
    finally:
        restored.kill()


def back_up(data: Path, to: Path) -> None:
    to.mkdir()
    for command in documented():
        places = [
            word.replace(".runwire", str(data)).replace("backup/", f"{to}/") for word in command
        ]
        # In a page the system's Python is named; here it is the one that runs the tests.
        program = sys.executable if places[0] == "python3" else places[0]
        subprocess.run([program, *places[1:]], check=True, timeout=60)

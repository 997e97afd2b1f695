import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Runwire
from tests.conftest import GRAPHS, ROOT, ServerProcess
from tests.postgres import Postgres

from runwire_client import Client, RunStatus


@pytest.fixture
def empty_url(postgres: Postgres) -> Iterator[str]:
    url = postgres.new_database()
    yield url
    postgres.drop(url)


def call(environment: dict[str, str], *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "runwire", *words],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=ROOT,
        env=environment,
    )


def test_a_live_server_moves_and_its_runs_go_on(
    new_server_process: ServerProcess, environment: dict[str, str], empty_url: str
) -> None:
    server = new_server_process
    data = str(server.directory / "data")
    with Client(server.grpc_address) as client:
        done = client.runs.wait(client.runs.create("three_nodes", {"n": 1}).run_id)
        waits = client.runs.create("approval", {"amount": 2.0})
        client.runs.create("sleepy", {"seconds": 1.0}, run_id="long")
        words = ("promote", "--to", empty_url, "--data-dir", data, "--stop-server", "--json")
        moved = call(environment, *words)
        assert moved.returncode == 0, moved.stderr
        told = json.loads(moved.stdout)
        assert told["rows"]["runs"] == 3
        assert told["downtime_seconds"] < 30
        assert server.process is not None
        server.process.wait(30)

        refused = call(environment, "serve", GRAPHS, "--data-dir", data)
        assert refused.returncode == 5
        assert f"moved to {empty_url}" in refused.stderr

        server.arguments = (GRAPHS, "--database-url", empty_url)
        server.start()
        assert client.runs.get(done.run_id).output == done.output
        assert client.runs.wait("long").status is RunStatus.SUCCEEDED
        client.runs.resume(waits.run_id, {"approved": True})
        assert client.runs.wait(waits.run_id).status is RunStatus.SUCCEEDED
        events = [event.sequence for event in client.runs.watch("long")]
        assert events == list(range(1, len(events) + 1))


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((), 2, "--undo"),
        (("--to", "postgresql://x/y", "--undo"), 2, "not both"),
        (("--to", "sqlite:///x.db"), 4, "must be PostgreSQL"),
        (("--to", "postgresql://runwire@127.0.0.1:1/x"), 3, "no database at"),
        (("--undo",), 3, "no database at"),
    ],
)
def test_what_cannot_be_moved_is_said(
    runwire: Runwire, words: tuple[str, ...], code: int, said: str
) -> None:
    ended: Any = runwire("promote", *words)
    assert (ended.code, said in ended.err) == (code, True), ended.err


def test_the_file_is_found_where_the_settings_say(runwire: Runwire, tmp_path: Path) -> None:
    ended = runwire("promote", "--to", "postgresql://x/y", RUNWIRE_DATA_DIR=str(tmp_path / "there"))
    assert str(tmp_path / "there/runwire.db") in ended.err

"""`runwire drill` against servers that live, die and do not host its graph."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.conftest import Runwire
from tests.conftest import ServerProcess

from runwire_client import Client

SMALL = ("--runs", "6", "--steps", "4", "--step-seconds", "0.1")


@pytest.fixture
def hosting(tmp_path: Path) -> Iterator[ServerProcess]:
    """A server with the drill's graph."""
    server = ServerProcess(tmp_path / "hosting", ("runwire.drill:graph",))
    server.start()
    yield server
    if server.process is not None:
        server.kill()


def test_a_drill_without_faults_finds_nothing_and_leaves_nothing(
    runwire: Runwire, hosting: ServerProcess
) -> None:
    ended = runwire("drill", *SMALL, "--json", RUNWIRE_SERVER=hosting.grpc_address)
    assert ended.code == 0, ended.err
    found = ended.document
    assert found["violations"] == 0
    assert found["attempts"] == 6
    assert found["duplicate_effects"] == 0
    assert found["events_watched"] > 6 * 4
    with Client(hosting.grpc_address) as client:
        assert list(client.runs.list()) == []


def test_a_drill_survives_what_its_operator_does(runwire: Runwire, hosting: ServerProcess) -> None:
    killed = hosting.process
    assert killed is not None

    def start_again() -> None:
        killed.wait(timeout=60)
        hosting.start()

    operator = threading.Thread(target=start_again)
    operator.start()
    ended = runwire(
        "drill",
        *("--runs", "6", "--steps", "12", "--step-seconds", "0.2", "--keep"),
        *("--kill-worker", str(killed.pid), "--kill-command", "true"),
        RUNWIRE_SERVER=hosting.grpc_address,
    )
    operator.join(timeout=60)
    assert ended.code == 0, ended.out + ended.err
    assert "all kept" in ended.out
    with Client(hosting.grpc_address) as client:
        kept = list(client.runs.list())
    assert len(kept) == 6
    assert max(run.attempt for run in kept) == 2


def test_a_server_without_the_graph_says_how_to_host_it(calling: Runwire) -> None:
    ended = calling("drill")
    assert ended.code == 3
    assert "runwire.drill:graph" in ended.err


def test_a_process_that_is_not_there_is_refused_before_anything_happens(calling: Runwire) -> None:
    ended = calling("drill", "--kill-worker", "999999999")
    assert ended.code == 2
    assert "--kill-worker" in ended.err

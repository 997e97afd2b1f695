import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.postgres import Postgres

from runwire.cli.exits import Exit

GRAPH = """
from typing import Any, TypedDict
from runwire import Graph

class Count(TypedDict):
    n: int

graph = Graph("counting", state=Count)

@graph.node
async def count(state: Count) -> dict[str, Any]:
    return {"n": state["n"] + 1}
"""

Serving = Callable[..., Any]


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    (tmp_path / "counting.py").write_text(GRAPH)
    return tmp_path / "counting.py"


@contextmanager
def serving(
    tmp_path: Path, environment: dict[str, str], *words: str
) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """Start a server, read what it says at first, and end it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "runwire", "serve", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=environment,
    )
    with process:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line.rstrip())
            if "grpcurl" in line:
                break
        try:
            yield process, said
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=30)


def test_a_server_says_where_it_is_and_what_to_try(
    tmp_path: Path, graph: Path, environment: dict[str, str], runwire: Any
) -> None:
    words = ("counting=counting.py:graph", "--grpc-address", "127.0.0.1:0")
    with serving(tmp_path, environment, *words) as (process, said):
        address = said[0].split(" at ")[1].split(",")[0]
        assert f"runwire run counting --input '{{\"n\": 1}}' --watch --server {address}" in said[3]
        ended = runwire("run", "counting", "-i", '{"n": 1}', "-w", "--json", "--server", address)
        assert ended.lines[-1]["run"]["output"] == {"n": 2}
    assert process.returncode == Exit.OK
    assert (tmp_path / ".runwire/runwire.db").exists()


def test_configured_graphs_are_served_without_words(
    tmp_path: Path, graph: Path, environment: dict[str, str], runwire: Any
) -> None:
    socket_path = tmp_path / "s"
    (tmp_path / "runwire.toml").write_text(
        f'grpc_address = "unix:{socket_path}"\n[graphs]\ncounting = "counting.py:graph"\n'
    )
    with serving(tmp_path, environment) as (_, said):
        assert f"-unix {socket_path} list" in said[-1]
        listed = runwire("graphs", "list", "--json", "--server", f"unix:{socket_path}").document
        assert [each["graph_id"] for each in listed] == ["counting"]


def test_a_port_in_use_stops_the_start(runwire: Any, graph: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        ended = runwire("serve", "counting.py:graph", "--grpc-address", address)
    assert ended.code == Exit.UNAVAILABLE
    assert address in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--max-runs", "0"), "--max-runs"),
        (("--grpc-address", "0.0.0.0:1"), "--allow-remote"),
        (("nothing.py:graph",), "nothing.py"),
        (("counting.py:nothing",), "nothing"),
        (("--no-worker", "--workers", "2"), "--workers"),
    ],
)
def test_what_is_wrong_stops_the_start(
    words: tuple[str, ...], named: str, runwire: Any, graph: Path
) -> None:
    ended = runwire("serve", *words)
    assert ended.code in (Exit.INVALID, Exit.NOT_FOUND)
    assert named in ended.err
    assert "Traceback" not in ended.err


def test_a_database_is_migrated(runwire: Any, tmp_path: Path) -> None:
    ended = runwire("migrate", "--data-dir", "there")
    assert ended.code == Exit.OK, ended.err
    assert (tmp_path / "there/runwire.db").exists()
    assert runwire("migrate", "--data-dir", "there").code == Exit.OK


@pytest.mark.parametrize(
    "words", [("serve",), ("migrate",), ("migrate", "--compact"), ("promote", "--undo")]
)
def test_a_damaged_file_is_named_with_what_to_do(
    words: tuple[str, ...], runwire: Any, tmp_path: Path
) -> None:
    path = tmp_path / ".runwire/runwire.db"
    path.parent.mkdir()
    path.write_bytes(b"no database at all " * 1000)
    ended = runwire(*words)
    assert ended.code == Exit.BROKEN
    assert f"{path} is damaged" in ended.err
    assert "Traceback" not in ended.err


def test_what_postgresql_refuses_is_told_without_the_password(
    runwire: Any, postgres: Postgres
) -> None:
    url = postgres.new_database()
    postgres.execute("CREATE ROLE clerk LOGIN PASSWORD 'hush'")
    name = url.rpartition("/")[2]
    postgres.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC", database=name)
    place = f"postgresql://clerk:hush@127.0.0.1:{postgres.port}/{name}"
    for wrong, told in ((place, "permission denied"), (f"{place}?bogus=1", "bogus")):
        ended = runwire("migrate", "--database-url", wrong)
        assert ended.code == Exit.INVALID
        assert told in ended.err
        assert "Traceback" not in ended.err
        assert "hush" not in ended.err
    postgres.execute("DROP ROLE clerk")

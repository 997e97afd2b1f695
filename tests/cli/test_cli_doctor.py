"""`runwire doctor` on set-ups that are broken for real."""

import json
import os
import shutil
import socket
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from tests.cli.conftest import Runwire
from tests.conftest import ServerProcess
from tests.postgres import Postgres

from runwire.doctor.machine import file_system_of
from runwire.stores.database import migrate

GRAPH = """
from typing import TypedDict
from runwire import Graph

class State(TypedDict, total=False):
    name: str

graph = Graph("greeting", state=State)

@graph.node()
async def greet(state: State) -> dict[str, str]:
    return {}
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A set-up in which all is well."""
    (tmp_path / "greeting.py").write_text(GRAPH)
    write(tmp_path, graphs={"greeting": "greeting.py:graph"})
    return tmp_path


def write(home: Path, graphs: dict[str, str] | None = None, **settings: object) -> None:
    values = {"grpc_address": "127.0.0.1:0", **settings}
    lines = [f"{name} = {json.dumps(value)}" for name, value in values.items()]
    lines += ["[graphs]", *(f"{k} = {json.dumps(v)}" for k, v in (graphs or {}).items())]
    (home / "runwire.toml").write_text("\n".join(lines))


def examined(runwire: Runwire, home: Path, *arguments: str) -> tuple[int, list[dict[str, Any]]]:
    ended = runwire("doctor", "--json", *arguments)
    return ended.code, ended.document


def at_fault(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each for each in found if each["level"] != "ok"]


def test_a_set_up_in_which_all_is_well(runwire: Runwire, home: Path) -> None:
    code, found = examined(runwire, home)
    assert at_fault(found) == []
    assert code == 0
    assert {each["what"] for each in found} >= {"settings", "database", "artifacts", "graphs"}
    assert not (home / ".runwire").exists()  # it changes nothing
    assert "All is well." in runwire("doctor").out


@pytest.mark.parametrize(
    ("settings", "graphs", "what", "words"),
    [
        ({"max_rums": 3}, {}, "settings", "did you mean max_runs?"),
        ({"lease_seconds": 1, "renew_seconds": 3}, {}, "settings", "less than half"),
        ({}, {"a": "missing.py:graph"}, "graphs", "there is no file"),
        ({}, {"a": "broken.py:graph"}, "graphs", "broken.py:3"),
        ({}, {"a": "greeting.py:grapf"}, "graphs", "graphs in it: graph"),
        ({}, {"a": "wrong.json"}, "graphs", "wrong.json"),
        ({"tools": ["absent_module"]}, {}, "graphs", "absent_module"),
        ({"grpc_address": "192.0.2.1:1", "allow_remote": True}, {}, "gRPC address", "192.0.2.1"),
        ({"database_url": "postgresql://u:secret@127.0.0.1:9/x"}, {}, "database", "127.0.0.1:9"),
        ({"artifacts_url": "s3://bucket/x"}, {}, "artifacts", "cannot be written"),
        ({"data_dir": "greeting.py/data"}, {}, "data directory", "is a file"),
        ({"tls_certificate": "greeting.py", "tls_key": "greeting.py"}, {}, "certificates", "PEM"),
    ],
)  # fmt: skip
def test_what_is_broken_is_named_with_a_remedy(
    runwire: Runwire, home: Path, settings: dict[str, Any], graphs: dict[str, str], what: str,
    words: str, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str],
) -> None:  # fmt: skip
    (home / "broken.py").write_text("from runwire import Graph\n\nraise ValueError('no')\n")
    (home / "wrong.json").write_text('{"graph_id": "x", "nodes": {"n": {"tool": "nothing"}}}')
    environment |= {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ALLOW_HTTP": "true"}
    environment |= {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "x"}
    write(home, {"greeting": "greeting.py:graph", **graphs}, **settings)
    code, found = examined(runwire, home)
    wrong = [each for each in at_fault(found) if each["what"] == what]
    assert wrong, found
    assert code == 1
    assert words in wrong[0]["found"] + wrong[0]["remedy"], wrong
    assert wrong[0]["remedy"]
    assert "secret@" not in json.dumps(found)


def test_a_port_that_another_program_has(runwire: Runwire, home: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        write(home, {"greeting": "greeting.py:graph"}, grpc_address=address)
        code, found = examined(runwire, home)
    assert code == 1
    (wrong,) = at_fault(found)
    assert wrong["what"] == "gRPC address"
    assert address in wrong["found"]


def test_a_database_that_is_damaged_or_too_old(runwire: Runwire, home: Path) -> None:
    file = home / ".runwire" / "runwire.db"
    file.parent.mkdir()
    migrate(f"sqlite:///{file}")
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
        connection.commit()
    code, found = examined(runwire, home)
    (wrong,) = at_fault(found)
    assert (code, wrong["remedy"]) == (1, "runwire migrate")
    file.write_bytes(b"SQLite format 3\0" + b"\xff" * 4096)
    code, found = examined(runwire, home)
    (wrong,) = at_fault(found)
    assert (code, wrong["what"]) == (1, "database")


def test_postgresql_without_tables_then_with(
    runwire: Runwire, home: Path, postgres: Postgres
) -> None:
    """The tests' own cluster does not wait for its disk, and so is found to be unsafe."""
    assert "fsync=off" in postgres.options
    url = postgres.new_database()
    write(home, {"greeting": "greeting.py:graph"}, database_url=url)
    tables, unsafe = at_fault(examined(runwire, home)[1])
    assert (tables["level"], tables["remedy"]) == ("warning", "runwire migrate")
    assert (unsafe["level"], unsafe["what"]) == ("problem", "database")
    assert "fsync" in unsafe["found"]
    migrate(url)
    assert at_fault(examined(runwire, home)[1]) == [unsafe]
    postgres.drop(url)


def test_certificates_that_end_soon_have_ended_or_do_not_fit(runwire: Runwire, home: Path) -> None:
    authority = trustme.CA()
    tomorrow, yesterday = (datetime.now(UTC) + timedelta(days=days) for days in (1, -1))
    for ends, level in ((tomorrow, "warning"), (yesterday, "problem")):
        issued = authority.issue_cert("localhost", not_after=ends)
        issued.cert_chain_pems[0].write_to_path(home / "cert.pem")
        issued.private_key_pem.write_to_path(home / "key.pem")
        write(home, {"g": "greeting.py:graph"}, tls_certificate="cert.pem", tls_key="key.pem")
        _, found = examined(runwire, home)
        (wrong,) = at_fault(found)
        assert (wrong["what"], wrong["level"]) == ("certificates", level)
    authority.issue_cert("other").private_key_pem.write_to_path(home / "key.pem")
    code, found = examined(runwire, home)
    assert code == 1
    assert "no certificate and its key" in at_fault(found)[0]["found"]


@pytest.mark.skipif(os.getuid() == 0, reason="root may write anywhere")
def test_a_data_directory_that_may_not_be_written(runwire: Runwire, home: Path) -> None:
    (home / "locked").mkdir(mode=0o500)
    write(home, {"greeting": "greeting.py:graph"}, data_dir="locked")
    code, found = examined(runwire, home)
    assert (code, at_fault(found)[0]["what"]) == (1, "data directory")


def test_the_file_system_of_a_place(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"a / ext4 rw 0 0\nb {tmp_path} nfs4 rw 0 0\nc {tmp_path}x xfs rw 0 0\n")
    assert file_system_of(tmp_path / "data", mounts) == "nfs4"
    assert file_system_of(Path("/"), mounts) == "ext4"
    assert file_system_of(Path("/"), tmp_path / "nothing") == ""


def test_a_server_whose_runs_do_not_move(
    runwire: Runwire, home: Path, new_server_process: ServerProcess
) -> None:
    address = new_server_process.grpc_address
    runwire("run", "sleepy", "--input", '{"seconds": 1}', "--queue", "gpu", "--server", address)
    code, found = examined(runwire, home, "--server", address)
    (wrong,) = at_fault(found)
    assert (code, wrong["what"], wrong["level"]) == (0, "runs", "warning")
    assert "NO_WORKER" in wrong["found"]
    code, found = examined(runwire, home, "--server", "127.0.0.1:9")
    assert (code, at_fault(found)[0]["what"]) == (1, "server")
    shutil.rmtree(home / ".runwire", ignore_errors=True)

"""`runwire threads`, `assistants`, `store` and `run --thread`, against a server."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from tests.conftest import ServerProcess
from typer.testing import CliRunner

from runwire.cli.app import app


@pytest.fixture
def call(langgraph_server: ServerProcess) -> Any:
    """Calls a command and returns what it prints; `json` reads it."""

    def called(*words: str, as_json: bool = False, code: int = 0) -> Any:
        more = ["--json"] if as_json else []
        where = ["--server", langgraph_server.grpc_address]
        ended = CliRunner().invoke(app, [*words, *where, *more])
        assert ended.exit_code == code, ended.output
        return json.loads(ended.stdout) if as_json else ended.output

    return called


def test_a_thread_is_run_looked_at_copied_and_deleted(call: Any) -> None:
    thread = f"cli-{uuid4().hex[:8]}"
    run = call("run", "three_nodes", "--input", '{"n": 1}', "--thread", thread, "--watch")
    assert "SUCCEEDED" in run.upper()
    shown = call("threads", "get", thread)
    assert "IDLE" in shown
    assert '"n": 7' in shown
    state = call("threads", "state", thread, as_json=True)
    assert state["values"] == {"n": 7}
    states = call("threads", "history", thread, as_json=True)
    old = states[2]["checkpoint"]["checkpoint_id"]
    assert call("threads", "state", thread, "--checkpoint", old, as_json=True)["values"] == {"n": 2}
    assert old in call("threads", "history", thread)
    copied = call("threads", "copy", thread, as_json=True)["thread_id"]
    listed = call("threads", "list", "--graph", "three_nodes", as_json=True)
    assert {thread, copied} <= {each["thread_id"] for each in listed}
    assert copied in call("threads", "list", "--status", "idle")
    assert '"graph_id": "three_nodes"' in call("threads", "list", "--graph", "three_nodes")
    assert '"graph_id": "three_nodes"' in call("threads", "get", thread)
    assert '{"n": 7}' in call("threads", "history", thread)
    call("threads", "delete", copied)
    call("threads", "get", copied, code=3)


def test_a_question_is_answered_by_a_run(call: Any) -> None:
    thread = f"cli-{uuid4().hex[:8]}"
    call("run", "approval", "--input", '{"amount": 5}', "--thread", thread, "--watch", code=7)
    assert "asks" in call("threads", "get", thread)
    ended = call("run", "approval", "--thread", thread, "--resume", "true", "--watch")
    assert "SUCCEEDED" in ended.upper()
    assert call("threads", "state", thread, as_json=True)["values"]["done"] == "paid"


def test_an_assistant_is_made_used_and_deleted(call: Any) -> None:
    made = call(
        *("assistants", "create", "told", "--name", "Cli", "--context", '{"who": "ann"}'),
        as_json=True,
    )
    name = made["assistant_id"]
    assert "Cli" in call("assistants", "get", name)
    assert name in call("assistants", "list", "--graph", "told", "--name", "cli")
    run = call("run", "told", "--input", '{"log": []}', "--assistant", name, as_json=True)
    assert run["assistant_id"] == name
    call("assistants", "delete", name)
    call("assistants", "get", name, code=3)
    call("assistants", "create", "no-such-graph", code=3)


def test_an_item_is_put_listed_and_deleted(call: Any, tmp_path: Path) -> None:
    path = f"cli.{uuid4().hex}"
    value = tmp_path / "value.json"
    value.write_text('{"kind": "note", "text": "soup"}')
    call("store", "put", path, "k", f"@{value}", "--ttl", "7d")
    assert call("store", "get", path, "k", as_json=True)["value"]["text"] == "soup"
    assert '"soup"' in call("store", "get", path, "k")
    listed = call("store", "list", path, "--filter", '{"kind": "note"}', as_json=True)
    assert [each["key"] for each in listed] == ["k"]
    listed = call("store", "list", path)
    assert path in listed
    assert '{"kind": "note", "text": "soup"}' in listed
    call("store", "delete", path, "k")
    call("store", "get", path, "k", code=3)
    call("store", "put", path, "k", "[1]", code=2)

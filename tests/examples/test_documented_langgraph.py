"""What the pages about LangGraph show, executed as it stands there."""

import re
import subprocess
import sys
import tomllib
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypedDict

import pytest
from langgraph.graph import START, StateGraph
from langgraph.store.base import BaseStore
from tests.conftest import ROOT, ServerProcess
from tests.langgraph.served import serving
from tests.langgraph.serving import serving as serving_project

from runwire.config import Settings

SETTINGS = {"AGENT_SECONDS_PER_TOKEN": "0"}
WAIT_SECONDS = 60


def block(page: str, language: str) -> str:
    text = (ROOT / page).read_text(encoding="utf-8")
    [found] = re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return str(found)


@pytest.fixture(scope="module")
def agent_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    directory = tmp_path_factory.mktemp("documents")
    project = ROOT / "examples/langgraph_agent"
    with serving_project(project, directory, **SETTINGS) as running:
        yield running


def test_runs_of_a_thread(agent_server: ServerProcess) -> None:
    source = block("docs/threads.md", "python")
    assert "with Client() as client" in source
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            source.replace("Client()", f"Client({agent_server.grpc_address!r})"),
        ],
        capture_output=True,
        text=True,
        timeout=WAIT_SECONDS,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert {line.split()[0] for line in lines[:-1]} == {"messages", "updates"}
    assert "Tell me from where to where" in lines[-1]


class User(TypedDict, total=False):
    user: str
    found: list[str]


async def test_a_node_remembers(tmp_path: Path) -> None:
    names: dict[str, Any] = {"BaseStore": BaseStore}
    source = (
        block("docs/store.md", "python") + '    return {"found": [str(i.key) for i in found]}\n'
    )
    exec(compile(source, "docs/store.md", "exec"), names)  # noqa: S102 - it is our own page
    builder = StateGraph(User)
    builder.add_node("remember", names["remember"])
    builder.add_edge(START, "remember")
    async with serving(tmp_path, {"remembering": builder.compile()}) as served:
        ended = await served.run("remembering", {"user": uuid.uuid4().hex})
    assert ended.output["found"] == []  # the name is there, an age is not


def test_the_index_of_the_store_is_a_setting() -> None:
    table = tomllib.loads(block("docs/store.md", "toml"))
    settings = Settings(**table)
    assert settings.langgraph_store_index is not None
    assert settings.langgraph_store_index.fields == ("text", "chapters[*].title")

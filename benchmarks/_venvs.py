"""Peers, each in a venv of its own under `.bench-venvs/`, made when it is first asked for."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from _setting import ROOT, STOP_SECONDS

VENVS: Final = ROOT / ".bench-venvs"
PACKAGES: Final = {
    "langgraph": ("langgraph-cli[inmem]", "aiohttp", "uvloop"),
    "dbos": ("dbos", "pysqlite3-binary", "psycopg[binary]"),
}
START_SECONDS: Final = 60
QUIET: Final = {"LANGSMITH_TRACING": "false", "LANGGRAPH_CLI_NO_ANALYTICS": "1"}
GRAPH: Final = """
from typing import TypedDict
from langgraph.graph import StateGraph


class Count(TypedDict):
    n: int


async def add(state: Count) -> dict:
    return {"n": state["n"] + 1}


builder = StateGraph(Count)
for name in ("first", "second", "third"):
    builder.add_node(name, add)
builder.set_entry_point("first")
builder.add_edge("first", "second")
builder.add_edge("second", "third")
builder.set_finish_point("third")
graph = builder.compile()
"""


def python_of(peer: str) -> Path:
    """Return the Python of a peer's venv, which is made if it is not there."""
    place = VENVS / peer
    python, made = place / "bin/python", place / ".made"
    if not made.exists():
        print(f"pip install {' '.join(PACKAGES[peer])} into {place}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
        pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
        subprocess.run([*pip, *PACKAGES[peer]], check=True)
        made.touch()
    return python


def versions(peer: str, *packages: str) -> str:
    """Return which versions a peer's venv has."""
    code = "import sys; from importlib.metadata import version; print(sys.version.split()[0], *(" \
        "f'{name} {version(name)}' for name in sys.argv[1:]), sep=', ')"  # fmt: skip
    return "Python " + _told(python_of(peer), "-c", code, *packages).strip()


def driven_by(peer: str, script: str, *arguments: object) -> dict[str, Any]:
    """Return what a script told, executed by the Python of a peer's venv."""
    place = Path(__file__).with_name(script)
    told = _told(python_of(peer), str(place), *map(str, arguments))
    found: dict[str, Any] = json.loads(told.splitlines()[-1])
    return found


@contextmanager
def langgraph_dev() -> Iterator[str]:
    """Run an unmodified `langgraph dev` while the block lasts; give its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(python_of("langgraph").with_name("langgraph")), "dev", "--no-browser"]
    command += ["--no-reload", "--host", "127.0.0.1", "--port", str(port)]
    with tempfile.TemporaryDirectory() as directory, tempfile.TemporaryFile() as log:
        Path(directory, "graph.py").write_text(GRAPH)
        config = {"dependencies": ["."], "graphs": {"three_nodes": "./graph.py:graph"}}
        Path(directory, "langgraph.json").write_text(json.dumps(config))
        process = subprocess.Popen(
            command, cwd=directory, env=os.environ | QUIET, stdout=log, stderr=log
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _await(f"{address}/ok", process)
            yield address
        finally:
            process.terminate()
            process.wait(timeout=STOP_SECONDS)


def _await(address: str, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        try:
            with urllib.request.urlopen(address):  # noqa: S310 - ours, on the loopback
                return
        except urllib.error.URLError:
            time.sleep(0.1)
    raise RuntimeError(f"nothing answers at {address}")


def _told(python: Path, *arguments: str) -> str:
    command: Sequence[str] = [str(python), *arguments]
    # Without ours: what a peer's Python imports must be its own.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    return subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, env=environment
    ).stdout

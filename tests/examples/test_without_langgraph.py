"""What is served where LangGraph is not installed: `pip install runwire`, without the extra."""

import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT, plain_environment

WAIT_SECONDS = 60
# As if these were not there: a module that is None cannot be imported.
SERVE = """
import sys
sys.modules.update(dict.fromkeys(("langgraph", "langgraph_sdk", "langchain_core", "orjson")))
from runwire.cli import main
main()
"""


def serving(place: Path, directory: Path) -> subprocess.Popen[str]:
    addresses = ("--grpc-address", "127.0.0.1:0", "--http-address", "127.0.0.1:0")
    return subprocess.Popen(
        [sys.executable, "-c", SERVE, "serve", *addresses, "--data-dir", str(directory)],
        cwd=place,
        env=plain_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_the_graphs_of_make_serve_need_no_extra(tmp_path: Path) -> None:
    with serving(ROOT, tmp_path) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        process.terminate()
        rest, _ = process.communicate(timeout=WAIT_SECONDS)
    assert first.startswith("Runwire serves gRPC at "), first + rest
    assert process.returncode == 0, rest


def test_a_graph_of_langgraph_names_what_to_install(tmp_path: Path) -> None:
    with serving(ROOT / "examples/langgraph_agent", tmp_path) as process:
        told, _ = process.communicate(timeout=WAIT_SECONDS)
    assert process.returncode == 4
    assert "'./agent.py:graph' cannot be loaded" in told
    assert "pip install 'runwire[langgraph]'" in told
    assert "Traceback" not in told

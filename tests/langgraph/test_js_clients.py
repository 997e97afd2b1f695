"""The official JavaScript clients and hooks, unmodified, in a pretended browser."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parents[1] / "js-langgraph"
# Each file takes seconds; this only keeps a stuck one from holding the suite.
TIMEOUT_SECONDS = 240


@pytest.fixture
def node() -> str:
    """Return Node, with the clients' packages installed."""
    found = shutil.which("node")
    if found is None or not (HERE / "node_modules" / "@langchain" / "react").is_dir():
        pytest.skip("needs Node and the clients' packages; `make test` installs both")
    return found


@pytest.mark.parametrize("name", ["legacy", "react", "stream"])
def test_the_official_clients_work(name: str, node: str, langgraph_url: str) -> None:
    result = subprocess.run(
        [node, "--test", f"{name}.test.mjs"],
        cwd=HERE,
        env={**os.environ, "LANGGRAPH_API_URL": langgraph_url},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr

"""A client in another language: Node, with protos read at run time."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
# The client itself takes seconds; this only keeps a stuck one from holding the suite.
TIMEOUT_SECONDS = 240


@pytest.fixture
def node() -> str:
    """Return Node, with the client's packages installed."""
    found = shutil.which("node")
    if found is None or not (HERE / "node_modules" / "@grpc").is_dir():
        pytest.skip("needs Node and its packages; `make test` installs both")
    return found


def test_a_node_client_drives_every_rpc(server_process: Any, node: str) -> None:
    result = subprocess.run(
        [node, "--test", "client.test.mjs"],
        cwd=HERE,
        env={**os.environ, "RUNWIRE_ADDRESS": server_process.grpc_address},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import plain_environment

Runwire = Callable[..., "Ended"]


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """This environment without any RUNWIRE_ variable but one: no server here serves HTTP."""
    return plain_environment() | {"RUNWIRE_HTTP_ADDRESS": "off"}


@pytest.fixture
def runwire(environment: dict[str, str], tmp_path: Path) -> Runwire:
    """Run a command line as a process, in a directory of its own."""

    def run(*words: str, stdin: str = "", **variables: str) -> Ended:
        ended = subprocess.run(
            [sys.executable, "-m", "runwire", *words],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd=tmp_path,
            env=environment | variables,
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    return run


@pytest.fixture
def calling(runwire: Runwire, server_process: Any) -> Runwire:
    """Run a command line that reaches a server."""

    def run(*words: str, **more: str) -> Ended:
        return runwire(*words, RUNWIRE_SERVER=server_process.grpc_address, **more)

    return run

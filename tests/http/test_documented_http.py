"""The page on HTTP and the example with curl, as they stand there, against a server."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import ROOT, ServerProcess

DEFAULT = "http://127.0.0.1:8080"
SECONDS = 90

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a server with the example graphs serves HTTP."""
    process = ServerProcess(tmp_path_factory.mktemp("http"), (), http_address="127.0.0.1:0")
    process.start()
    yield f"http://{process.http_address}"
    process.stop()


def commands() -> list[str]:
    text = (ROOT / "docs/http.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return [each for block in blocks for each in re.split(r"\n(?=curl )", block.strip())]


def test_every_command_of_the_page_works(server: str, tmp_path: Path) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    tried = commands()
    assert len(tried) > 12
    for command in tried:
        # Of a watch that never ends, the beginning will do.
        timed = command.replace("curl -N", "curl -N --max-time 3").replace(DEFAULT, server)
        done = subprocess.run(
            ["sh", "-c", timed], cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS
        )
        assert done.returncode in ((0, 28) if "-N" in command else (0,)), (command, done.stderr)
        refused = '"code":' in done.stdout and '"result"' not in done.stdout
        assert refused == ("nothing" in command), (command, done.stdout)
    assert (tmp_path / "orders.csv").read_bytes() == (
        ROOT / "examples/data_quality/orders.csv"
    ).read_bytes()


def test_the_example_mends_a_table(server: str, tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    done = subprocess.run(
        ["sh", "examples/http/quality.sh", "examples/data_quality/orders.csv", str(report), server],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"node":"report"' in done.stdout
    assert report.read_text(encoding="utf-8").lstrip().lower().startswith("<!doctype html>")


def test_the_example_says_what_was_refused(tmp_path: Path, server: str) -> None:
    (tmp_path / "table.csv").write_text("")
    done = subprocess.run(
        ["sh", "examples/http/quality.sh", str(tmp_path / "table.csv"), "x", f"{server}/nowhere"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert done.returncode != 0
    assert "404" in done.stderr

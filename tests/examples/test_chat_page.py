"""The chat page of examples/langgraph_agent, built as its README says, in a real Chromium."""

import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from tests.browser import chromium
from tests.conftest import ROOT, ServerProcess, plain_environment
from tests.langgraph.serving import serving, url_of

EXAMPLE = ROOT / "examples/langgraph_agent"
CHAT = EXAMPLE / "chat"
TESTS = ROOT / "tests/js-langgraph"
# Slow enough to be interrupted in the middle of an answer; a killed server's runs are soon free.
SETTINGS = {
    "AGENT_SECONDS_PER_TOKEN": "0.08",
    "RUNWIRE_LEASE_SECONDS": "2",
    "RUNWIRE_RENEW_SECONDS": "0.5",
}
# All of it takes seconds; this only keeps a stuck browser from holding the suite.
TIMEOUT_SECONDS = 240


@pytest.fixture
def node() -> str:
    """Return Node, with the packages of the page and of its test."""
    found = shutil.which("node")
    packages = (CHAT / "node_modules/vite", TESTS / "node_modules/playwright-core")
    if found is None or not all(each.is_dir() for each in packages) or chromium() is None:
        pytest.skip("needs Node, its packages and Chromium; `make test` installs all of them")
    return found


@pytest.fixture
def built(node: str, tmp_path: Path) -> Path:
    """Return the page, checked and built."""
    out = tmp_path / "page"
    command = ["npm", "run", "build", "--", "--outDir", str(out), "--emptyOutDir"]
    done = subprocess.run(
        command, cwd=CHAT, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return out


@contextmanager
def previewed(node: str, built: Path, server: ServerProcess) -> Iterator[str]:
    """Serve the page beside the API while the block lasts; give its address."""
    vite = [node, "node_modules/vite/bin/vite.js", "preview", "--port", "0"]
    process = subprocess.Popen(
        [*vite, "--outDir", str(built)],
        cwd=CHAT,
        env={**plain_environment(), "RUNWIRE_URL": url_of(server), "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout as output:
        said = []
        for line in output:
            said.append(line)
            if found := re.search(r"http://127\.0\.0\.1:\d+/", line):
                break
        else:
            raise RuntimeError("vite ended: " + "".join(said))
        try:
            yield found[0]
        finally:
            process.kill()
            process.wait(timeout=30)


@contextmanager
def restarting(server: ServerProcess) -> Iterator[str]:
    """Give an address; who posts there has the server killed and started again."""

    class Restart(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            server.kill()
            server.start()
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Restart) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.server_port}/"
        finally:
            listening.shutdown()
            thread.join()


def test_the_page_works_in_a_browser(node: str, built: Path, tmp_path: Path) -> None:
    with (
        serving(EXAMPLE, tmp_path, **SETTINGS) as server,
        previewed(node, built, server) as page,
        restarting(server) as restart,
    ):
        done = subprocess.run(
            [node, "--test", "chat.test.mjs"],
            cwd=TESTS,
            env={
                **os.environ,
                "CHAT_URL": page,
                "CHROMIUM": chromium() or "",
                "RESTART_URL": restart,
            },
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr

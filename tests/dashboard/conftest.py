"""The dashboard in a real Chromium, against real servers.

Playwright's synchronous interface keeps an event loop running in its thread, which no
asynchronous test of the same process can bear: it begins and ends with each file, and tests here
are synchronous.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    ViewportSize,
    expect,
    sync_playwright,
)
from tests.browser import chromium
from tests.conftest import ROOT, ServerProcess
from tests.langgraph.serving import serving, url_of

from runwire_client import Client

BUILT = ROOT / "server/runwire/http/dashboard/index.html.gz"
AXE = ROOT / "clients/dashboard/node_modules/axe-core/axe.min.js"
DESK: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 380, "height": 780}
# Without a graphics card, drawing without its process costs less.
FLAGS = ["--no-sandbox", "--disable-gpu"]
# Two busy cores: what takes a second alone may take several.
PATIENCE_MS = 15_000

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium that the tests of a file share."""
    found = chromium()
    assert found, "no Chromium: tools/setup.sh chromium gets one"
    assert BUILT.is_file(), "the dashboard is not built: make dashboard"
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A profile of its own for one test; what its pages complain about fails the test."""
    made = browser.new_context(viewport=DESK, reduced_motion="reduce")
    made.set_default_timeout(PATIENCE_MS)
    complaints: list[str] = []
    made.on("weberror", lambda error: complaints.append(str(error.error)))
    made.on("console", lambda said: complaints.extend(_policy_complaint(said.text)))
    yield made
    made.close()
    assert complaints == []


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """An empty page."""
    return context.new_page()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server with the graphs of the examples that the tests of a file share."""
    with serving(ROOT, tmp_path_factory.mktemp("dashboard")) as running:
        yield running


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[ServerProcess]:
    """A server with the graphs of the examples for one test that will mistreat it."""
    with serving(ROOT, tmp_path) as running:
        yield running


@pytest.fixture(scope="module")
def url(server: ServerProcess) -> str:
    """Where the shared server's dashboard is."""
    return url_of(server)


@pytest.fixture
def client(server: ServerProcess) -> Iterator[Client]:
    """A client of the shared server."""
    with Client(server.grpc_address) as connected:
        yield connected


def live(page: Page) -> None:
    """Wait until a page says that it is live."""
    expect(page.locator("[data-link=live]")).to_be_visible()


def assert_accessible(page: Page) -> None:
    """Have axe look at what is shown; WCAG 2.2 A and AA, and its best practices."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    told = [
        f"{each['id']}: {each['help']}: {node['target']} {node['failureSummary']}"
        for each in found["violations"]
        for node in each["nodes"]
    ]
    assert told == []


def assert_fits(page: Page) -> None:
    """The page itself never scrolls sideways; tables and drawings within it may."""
    wide = page.evaluate(
        "[document.documentElement, document.querySelector('main')]"
        ".map((each) => each.scrollWidth - each.clientWidth)"
    )
    assert max(wide) <= 0


def _policy_complaint(text: str) -> list[str]:
    return [text] if "Content Security Policy" in text or "Content-Security-Policy" in text else []

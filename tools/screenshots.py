"""Takes the pictures of the dashboard that docs/dashboard.md shows, into docs/dashboard/.

    python tools/screenshots.py [PAGE …]

A server of its own, with the graphs of the examples and runs of them, is looked at in Chromium:
each page in light and dark at a desk's width, and in light on a phone. Look at what came out before
it is committed.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.browser import chromium  # noqa: E402 - a folder beside this one

from runwire_client import Client, Role, RunTemplate  # noqa: E402 - after that

PICTURES: Final = ROOT / "docs/dashboard"
GRAPHS: Final = (
    "examples/data_quality/graph.py:graph",
    "examples/approval/graph.py:graph",
    "examples/map_reduce/graph.py:graph",
    "examples/json_graph/graph.json",
    "agent=examples/langgraph_agent/agent.py:graph",
    "tests/dashboard/story.py:story",
)
LOOKS: Final[dict[str, dict[str, Any]]] = {
    "light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 800}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 800}},
    "phone": {"color_scheme": "light", "viewport": {"width": 380, "height": 780}},
}
SETTLED_MS: Final = 1500
TRIP: Final = {"messages": [{"role": "user", "content": "Book a train from Vienna to Zagreb"}]}


@dataclass(frozen=True, slots=True)
class Story:
    """What there is to look at."""

    finished: str
    failed: str
    asking: str
    thread: str


def main() -> None:
    """Take all pictures, or those of some pages."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as (grpc, http):
        with Client(grpc) as client:
            story = told(client)
        pages = addresses(story)
        wanted = sys.argv[1:] or list(pages)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chromium(), args=["--no-sandbox", "--force-color-profile=srgb"]
            )
            for look in LOOKS:
                take(browser, f"http://{http}", look, {name: pages[name] for name in wanted})
            browser.close()


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, str]]:
    """Serve the graphs while the block lasts; give the addresses of gRPC and HTTP."""
    command = [sys.executable, "-m", "runwire", "serve", *GRAPHS, "--data-dir", str(folder)]
    command += ["--tools", "examples/json_graph/tools.py", "--log-level", "warning"]
    command += ["--grpc-address", "127.0.0.1:0", "--http-address", "127.0.0.1:0"]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        for line in process.stdout or ():
            if found := re.search(r"gRPC at (\S+) and https?://(\S+?),? ", line):
                break
        else:
            raise RuntimeError("the server ended")
        yield found[1], found[2]
    finally:
        process.kill()
        process.wait()


def told(client: Client) -> Story:
    """Make runs of every kind."""
    teams = ("risk", "search", "billing")
    for number in range(36):
        labels = {"team": teams[number % 3]}
        if number % 3 == 0:
            client.runs.create("halving", {"value": 40 + number, "limit": 2}, labels=labels)
        elif number % 3 == 1:
            texts = ["a rose is a rose", "so many words"]
            client.runs.create("map_reduce", {"texts": texts}, labels=labels)
        else:
            client.runs.create("story", {"rounds": 2}, labels=labels)
    failed = client.runs.create("data_quality", {"dataset": "nowhere"}, labels={"team": "risk"})
    asking = client.runs.create("approval", {"amount": 1200, "purpose": "a new kettle"})
    client.runs.cancel(client.runs.create("approval", {"amount": 9}).run_id, reason="not needed")
    data = {"dataset": "seattle-weather"}
    finished = client.runs.create("data_quality", data, labels={"team": "risk"})
    thread = client.threads.create(graph_id="agent").thread_id
    client.runs.create("agent", TRIP, thread_id=thread)
    nightly = RunTemplate("data_quality", data)
    client.schedules.create("nightly-check", "30 2 * * 1-5", nightly, time_zone="Europe/Vienna")
    client.keys.create("continuous integration", role=Role.RUNNER)
    client.keys.create("wallboard", role=Role.READER, graphs=("data_quality",))
    for each in (failed, finished):
        client.runs.wait(each.run_id)
    return Story(finished.run_id, failed.run_id, asking.run_id, thread)


def addresses(story: Story) -> dict[str, str]:
    """Return the pages by the names of their pictures."""
    run = f"/ui/runs/{story.finished}"
    return {
        "runs": "/",
        "run": run,
        "timeline": f"{run}?tab=timeline",
        "events": f"{run}?tab=events",
        "state": f"{run}?tab=state",
        "run-artifacts": f"{run}?tab=artifacts",
        "failed": f"/ui/runs/{story.failed}",
        "question": f"/ui/runs/{story.asking}",
        "start": "/ui/start?graph=data_quality",
        "graphs": "/ui/graphs",
        "graph": "/ui/graphs/halving",
        "editor": "/ui/editor?graph=halving",
        "threads": "/ui/threads",
        "chat": f"/ui/threads/{story.thread}",
        "artifacts": "/ui/artifacts",
        "schedules": "/ui/schedules",
        "schedule": "/ui/schedules/nightly-check",
        "workers": "/ui/workers",
        "storage": "/ui/storage",
        "keys": "/ui/keys",
        "settings": "/ui/settings",
    }


def take(browser: Browser, url: str, look: str, pages: dict[str, str]) -> None:
    """Take a picture of each page in one look."""
    context = browser.new_context(reduced_motion="reduce", **LOOKS[look])
    page = context.new_page()
    for name, path in pages.items():
        page.goto(url + path)
        settle(page)
        smaller(page.screenshot(), PICTURES / f"{name}-{look}.png")
        print(f"{name}-{look}.png")
    context.close()


def smaller(picture: bytes, path: Path) -> None:
    """Save a picture with 256 colours, which nobody sees, in half the bytes."""
    with Image.open(BytesIO(picture)) as whole:
        few = whole.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    few.save(path, optimize=True)


def settle(page: Page) -> None:
    """Wait until a page has what it asked for; a drawing may still be laid out then."""
    page.locator("[data-link=live]").wait_for()
    expect(page.locator("[aria-label^=Loading]")).to_have_count(0)
    page.wait_for_timeout(SETTLED_MS)


if __name__ == "__main__":
    main()

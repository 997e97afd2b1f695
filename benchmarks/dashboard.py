"""The dashboard in Chromium: how soon it opens, and a run of 100,000 events: how they scroll."""

import os
import re
import shutil
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import _seed
from _figures import machine, middle, number, write
from _setting import ROOT, Options, Running, options_from, server
from playwright.sync_api import Browser, Page, sync_playwright

from runwire_client import Client

EVENTS: Final = 100_000
QUICK_EVENTS: Final = 5_000
RUNS: Final = 100_000
QUICK_RUNS: Final = 5_000
GOAL: Final = 50
WAIT_MS: Final = 120_000
BUILT: Final = ROOT / "server/runwire/http/dashboard/index.html.gz"
NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
EVENT_LOG: Final = "[aria-label=Events]"
PAGE: Final = "#main"
# Pixels in each frame: a wheel that is turned, one that is whirled.
STEPS: Final = (40, 400)

Frames = dict[int, tuple[float, float]]
"""By step: frames a second, and the milliseconds that one frame in a hundred takes longer than."""

WATCH_LONG_TASKS: Final = """
window.longTasks = [];
new PerformanceObserver((list) => {
  for (const each of list.getEntries()) window.longTasks.push(each.duration);
}).observe({ type: "longtask", buffered: true });
"""
ALL_THERE: Final = """
(count) => document.querySelector("[data-count]")?.dataset.count === String(count)
"""
WATCH_OPENING: Final = """
new MutationObserver((_, watching) => {
  const wanted = ["[data-link=live]", "[placeholder^=Search]"];
  if (!wanted.every((each) => document.querySelector(each))) return;
  watching.disconnect();
  // What the page is busy with just then counts, too.
  requestAnimationFrame(() => setTimeout(() => { window.openedAfter = performance.now(); }));
}).observe(document, { subtree: true, childList: true, attributes: true });
"""
SCROLL: Final = """
async ([selector, step, seconds]) => {
  const frame = document.querySelector(selector);
  frame.scrollTop = 0;
  const gaps = [];
  const began = await new Promise(requestAnimationFrame);
  let last = began;
  while (last - began < seconds * 1000) {
    frame.scrollTop += step;
    const now = await new Promise(requestAnimationFrame);
    gaps.push(now - last);
    last = now;
  }
  gaps.sort((one, other) => one - other);
  const worst = gaps[Math.floor(gaps.length * 0.99)];
  return { rate: (gaps.length * 1000) / (last - began), worst };
}
"""


@dataclass(frozen=True)
class Measured:
    """What a round has seen."""

    open_seconds: float
    load_seconds: float
    longest_task_ms: float
    find_seconds: float
    frames: Frames


def measured(browser: Browser, address: str, run_id: str, last: int, how: Options) -> Measured:
    """Open the page, let all events come, scroll through them, and find one."""
    # Without the policy: scripts of the benchmark are evaluated in the page.
    open_seconds = opened(browser, address)
    page = browser.new_page(viewport={"width": 1280, "height": 800}, bypass_csp=True)
    page.add_init_script(WATCH_LONG_TASKS)
    began = time.perf_counter()
    page.goto(f"http://{address}/ui/runs/{run_id}?tab=events")
    page.wait_for_function(ALL_THERE, arg=last, timeout=WAIT_MS)
    loaded = time.perf_counter() - began
    longest = page.evaluate("Math.max(0, ...window.longTasks)")
    frames = _scrolled(page, EVENT_LOG, how)
    found = _find(page, last)
    page.close()
    return Measured(open_seconds, loaded, longest, found, frames)


def opened(browser: Browser, address: str) -> float:
    """Open the dashboard with an empty cache; return seconds until it is live and takes input."""
    page = browser.new_page(viewport={"width": 1280, "height": 800}, bypass_csp=True)
    page.add_init_script(WATCH_OPENING)
    page.goto(f"http://{address}/")
    page.wait_for_function("window.openedAfter", timeout=WAIT_MS)
    seconds: float = page.evaluate("window.openedAfter / 1000")
    page.close()
    return seconds


def list_frames(browser: Browser, address: str, how: Options) -> Frames:
    """Scroll down the list of runs, whose pages are read on the way; return frames by step."""
    page = browser.new_page(viewport={"width": 1280, "height": 800}, bypass_csp=True)
    page.goto(f"http://{address}/")
    page.get_by_role("table", name="Runs").get_by_role("row").nth(10).wait_for(timeout=WAIT_MS)
    frames = _scrolled(page, PAGE, how)
    page.close()
    return frames


def _scrolled(page: Page, selector: str, how: Options) -> Frames:
    frames: Frames = {}
    for step in STEPS:
        seen: dict[str, Any] = page.evaluate(SCROLL, [selector, step, how.seconds])
        frames[step] = (seen["rate"], seen["worst"])
    return frames


def _http_of(running: Running) -> str:
    """Return where a server serves HTTP, as it has said."""
    found: list[str] = re.findall(r" and http://(127\.0\.0\.1:\d+)", "".join(running.lines))
    return found[0]


def _find(page: Page, last: int) -> float:
    began = time.perf_counter()
    page.get_by_role("searchbox").fill(f'"number":{last // 2},')
    page.wait_for_function(ALL_THERE, arg=1, timeout=WAIT_MS)
    return time.perf_counter() - began


def main(how: Options) -> None:
    """Measure, and write the figures down."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None or not BUILT.is_file():
        print("left out: it needs a Chromium and a built dashboard (make dashboard)")
        return
    count = QUICK_EVENTS if how.quick else EVENTS
    with server("--http-address", "127.0.0.1:0") as running, Client(running.address) as client:
        address = _http_of(running)
        given = {"count": count, "every_seconds": 0, "at_once": 1}
        created = client.runs.create("emitter", given)
        run = client.runs.wait(created.run_id, timeout_seconds=WAIT_MS / 1000)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
            rounds = [
                measured(browser, address, run.run_id, run.last_sequence, how)
                for _ in range(how.rounds)
            ]
            version = browser.version
            browser.close()
    _write(rounds, _lists(found, how), count, version, how)


def _lists(chromium: str, how: Options) -> list[Frames]:
    with tempfile.TemporaryDirectory() as directory:
        data_dir = Path(directory)
        _seed.begin(data_dir)
        _seed.grow(data_dir, QUICK_RUNS if how.quick else RUNS, full=False)
        with (
            server("--http-address", "127.0.0.1:0", data_dir=data_dir) as running,
            sync_playwright() as playwright,
        ):
            address = _http_of(running)
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            frames = [list_frames(browser, address, how) for _ in range(how.rounds)]
            browser.close()
        return frames


def _write(
    rounds: list[Measured],
    lists: list[Frames],
    count: int,
    version: str,
    how: Options,
) -> None:
    lines = [
        f"{machine()}. Chromium {version} without a graphics card, 1280 by 800 pixels, on the same"
        f" machine; a run with {count:,} events."
        f" Medians of {how.rounds} rounds. Marks: 1.5 s, {GOAL} frames a second.",
        "",
        "| what | figure |",
        "| --- | --- |",
        f"| until the runs are live and can be searched, cold, s |"
        f" {middle([each.open_seconds for each in rounds])} |",
        f"| until all events are there, s | {middle([each.load_seconds for each in rounds])} |",
        f"| longest task meanwhile, ms | {middle([each.longest_task_ms for each in rounds])} |",
    ]
    for step in STEPS:
        rates = [each.frames[step][0] for each in rounds]
        worst = statistics.median(each.frames[step][1] for each in rounds)
        lines.append(
            f"| frames/s while scrolling by {step} px a frame | {middle(rates)},"
            f" one in a hundred takes more than {number(worst)} ms |"
        )
    for step in STEPS:
        rates = [each[step][0] for each in lists]
        worst = statistics.median(each[step][1] for each in lists)
        lines.append(
            f"| frames/s down a list of {RUNS:,} runs by {step} px a frame | {middle(rates)},"
            f" one in a hundred takes more than {number(worst)} ms |"
        )
    finds = middle([each.find_seconds for each in rounds])
    lines.append(f"| from typing to the one event that is found, s | {finds} |")
    write("Dashboard", lines)


if __name__ == "__main__":
    main(options_from(__doc__, rounds=3))

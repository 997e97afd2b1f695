"""The page of a run: its events, its timeline and what it says, live."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from tests.conftest import ROOT, ServerProcess
from tests.dashboard.conftest import PHONE, assert_accessible, assert_fits, live
from tests.langgraph.serving import serving, url_of

from runwire_client import Client, Run, RunStatus

GRAPHS = "tests/dashboard/story.py:graphs"
MANY = 20_000
# A screen of rows, those around it, and nothing like all of them.
MOST_ROWS = 80


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server with the graphs of story.py that the tests of this file share."""
    with serving(ROOT, tmp_path_factory.mktemp("story"), GRAPHS) as running:
        yield running


@pytest.fixture
def tidal_server(tmp_path: Path) -> Iterator[ServerProcess]:
    """A server of one test's own, where a run whose worker died goes on soon."""
    settings = {"RUNWIRE_LEASE_SECONDS": "2", "RUNWIRE_RENEW_SECONDS": "0.5"}
    with serving(ROOT, tmp_path, GRAPHS, **settings) as running:
        yield running


@pytest.fixture(scope="module")
def told(server: ServerProcess) -> Run:
    """A story that was told to its end."""
    with Client(server.grpc_address) as client:
        created = client.runs.create("story", {"rounds": 3}, labels={"team": "tales"})
        return client.runs.wait(created.run_id)


def opened(page: Page, url: str, run: Run, query: str = "") -> None:
    page.goto(f"{url}/ui/runs/{run.run_id}{query}")
    live(page)
    expect(page.get_by_role("heading", name=run.run_id, level=1)).to_be_visible()


def events_of(page: Page) -> list[int]:
    """Return the sequences of the rows that are there now."""
    rows = page.get_by_role("region", name="Events").get_by_role("listitem")
    return [int(each) for each in rows.locator("[data-sequence]").all_inner_texts()]


def test_what_a_run_is_stands_at_its_top(page: Page, url: str, told: Run) -> None:
    opened(page, url, told)
    main = page.get_by_role("main")
    expect(main).to_contain_text("succeeded")
    expect(main.get_by_role("link", name="story", exact=True)).to_have_attribute(
        "href", "/ui/graphs/story"
    )
    expect(main.get_by_role("link", name="team=tales")).to_be_visible()
    expect(page.get_by_role("tab", name="Events")).to_contain_text(str(told.last_sequence))
    expect(page.get_by_role("tab", name="Artifacts")).to_contain_text("1")


def test_a_run_that_is_not_there_says_so(page: Page, url: str) -> None:
    page.goto(f"{url}/ui/runs/nobody")
    expect(page.get_by_text("There is no such run")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="Show all runs").click()
    expect(page).to_have_url(f"{url}/")


def test_a_run_is_watched_to_its_end(page: Page, url: str, client: Client) -> None:
    run = client.runs.create("story", {"ask": True, "rounds": 2})
    opened(page, url, run, "?tab=events")
    events = page.get_by_role("region", name="Events")
    expect(page.get_by_role("main")).to_contain_text("interrupted")
    expect(events).to_contain_text("Question asked")
    (question,) = client.runs.get(run.run_id).interrupts
    client.runs.resume(run.run_id, {"approved": True}, interrupt_id=question.interrupt_id)
    expect(events).to_contain_text("Question answered")
    # It follows the end, so the end is what is seen.
    expect(events).to_contain_text("Run succeeded")
    ended = client.runs.wait(run.run_id)
    expect(page.get_by_role("tab", name="Events")).to_contain_text(str(ended.last_sequence))


def test_the_event_log_is_filtered(page: Page, url: str, told: Run) -> None:
    opened(page, url, told, "?tab=events")
    log = page.get_by_role("region", name="Event log")
    kinds = log.get_by_role("group", name="Kinds of events")
    kinds.get_by_role("button", name="Log 2").click()
    expect(log.get_by_role("status")).to_contain_text("2 of")
    log.get_by_label("Severity").select_option(label="Warnings and worse")
    expect(log.get_by_role("status")).to_contain_text("1 of")
    expect(log).to_contain_text("looks long")
    expect(page).to_have_url(re.compile("severity=4"))
    log.get_by_role("button", name="Show all").click()
    log.get_by_label("Node").select_option("check_facts")
    log.get_by_role("searchbox").fill("archive closed")
    expect(log.get_by_role("status")).to_contain_text("1 of")
    expect(log).to_contain_text("attempt 1 of 3 failed")
    # The address has the filter: who gets it sees the same.
    page.reload()
    expect(log.get_by_role("status")).to_contain_text("1 of")
    log.get_by_role("searchbox").fill("nothing has this")
    expect(log).to_contain_text("No event fits")


def test_an_event_is_opened_linked_and_copied(
    context: BrowserContext, page: Page, url: str, told: Run
) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened(page, url, told, "#10")
    row = page.get_by_role("listitem").filter(has=page.get_by_role("button", expanded=True))
    expect(row).to_contain_text("Step failed")
    page.get_by_role("button", name="Copy event 10 as JSON").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert '"sequence": "10"' in page.evaluate("navigator.clipboard.readText()")
    assert_accessible(page)


def test_an_event_that_the_address_points_at_stays_in_sight(
    page: Page, url: str, client: Client
) -> None:
    run = client.runs.create("story", {"ask": True, "rounds": 2})
    page.goto(f"{url}/ui/runs/{run.run_id}")
    expect(page.get_by_role("main")).to_contain_text("interrupted")
    asked = client.runs.get(run.run_id)
    opened(page, url, asked, f"#{asked.last_sequence}")
    page.reload()
    events = page.get_by_role("region", name="Events")
    expect(events.get_by_role("button", expanded=True)).to_be_in_viewport()
    (question,) = asked.interrupts
    client.runs.resume(run.run_id, {"approved": True}, interrupt_id=question.interrupt_id)
    ended = client.runs.wait(run.run_id)
    expect(page.locator(f"[data-count='{ended.last_sequence}']")).to_be_attached()
    # The log was at its end, but no reader had brought it there.
    expect(events).to_have_attribute("data-following", "false")
    expect(events.get_by_role("button", expanded=True)).to_be_in_viewport()


def test_the_events_are_taken_home(page: Page, url: str, told: Run) -> None:
    opened(page, url, told, "?tab=events")
    expect(page.locator(f"[data-count='{told.last_sequence}']")).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="NDJSON").click()
    lines = waiting.value.path().read_text().splitlines()
    assert len(lines) == told.last_sequence


def test_many_events_are_rows_of_what_is_seen(page: Page, url: str, client: Client) -> None:
    run = client.runs.wait(client.runs.create("flood", {"count": MANY}).run_id, timeout_seconds=60)
    opened(page, url, run, "?tab=events")
    expect(page.locator(f"[data-count='{run.last_sequence}']")).to_be_attached(timeout=60_000)
    assert 0 < len(events_of(page)) < MOST_ROWS
    assert events_of(page)[0] == 1
    page.get_by_role("button", name="Jump to the end").click()
    events = page.get_by_role("region", name="Events")
    expect(events).to_contain_text("Run succeeded")
    shown = events_of(page)
    assert len(shown) < MOST_ROWS
    assert shown == list(range(shown[0], run.last_sequence + 1))
    page.get_by_role("searchbox").fill("drop 19989")
    page.get_by_role("button", name=re.compile("^Log")).click()
    expect(events.get_by_role("listitem")).to_have_count(1)
    expect(events).to_contain_text("drop 19989")


def test_a_restart_loses_and_doubles_nothing(
    page: Page, tidal_server: ServerProcess, tmp_path: Path
) -> None:
    stop = tmp_path / "stop"
    with Client(tidal_server.grpc_address) as client:
        run = client.runs.create("tide", {"stop": str(stop)})
        opened(page, url_of(tidal_server), run, "?tab=events")
        events = page.get_by_role("region", name="Events")
        expect(events).to_contain_text("tide.wave")
        tidal_server.kill()
        expect(page.locator("[data-link=lost]")).to_be_visible()
        tidal_server.start()
        live(page)
        # The node runs again, by another attempt.
        expect(events).to_contain_text('"attempt":2', timeout=60_000)
        stop.touch()
        ended = client.runs.wait(run.run_id, timeout_seconds=60)
        assert ended.status is RunStatus.SUCCEEDED
        with client.runs.watch(run.run_id) as watch:
            watched = [event.sequence for event in watch]
    expect(page.locator(f"[data-count='{ended.last_sequence}']")).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="NDJSON").click()
    lines = waiting.value.path().read_text()
    shown = [int(each) for each in re.findall(r'"sequence":"(\d+)"', lines)]
    assert shown == watched == list(range(1, ended.last_sequence + 1))


def test_the_timeline_has_bars_for_attempts_and_pauses(page: Page, url: str, told: Run) -> None:
    opened(page, url, told, "?tab=timeline")
    rows = page.get_by_role("region", name="Steps by time").get_by_role("listitem")
    # The run, plan, research, check_facts, three times write, review.
    expect(rows).to_have_count(8)
    facts = rows.filter(has_text="check_facts")
    spans = facts.locator("[data-span]")
    expect(spans).to_have_count(3)
    kinds = [
        (each.get_attribute("data-span"), each.get_attribute("data-tone")) for each in spans.all()
    ]
    assert kinds == [("attempt", "failed"), ("retry", "queued"), ("attempt", "succeeded")]
    facts.get_by_role("button").click()
    detail = page.get_by_role("region", name="Times of check_facts")
    expect(detail).to_contain_text("the archive is closed")
    page.get_by_role("button", name="Zoom to it").click()
    expect(page.get_by_role("button", name="Show all of it")).to_be_enabled()
    assert_accessible(page)


def test_the_timeline_is_walked_by_keys(page: Page, url: str, told: Run) -> None:
    opened(page, url, told)
    page.keyboard.press("t")
    region = page.get_by_role("region", name="Steps by time")
    region.get_by_role("button").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Times of plan")).to_be_visible()


def test_thousands_of_steps_are_rows_of_what_is_seen(page: Page, url: str, client: Client) -> None:
    run = client.runs.wait(client.runs.create("loop", {"turns": 2000}).run_id, timeout_seconds=120)
    opened(page, url, run, "?tab=timeline")
    timeline = page.get_by_role("region", name="Timeline")
    expect(timeline).to_contain_text("2,000 steps", timeout=60_000)
    assert timeline.get_by_role("listitem").count() < MOST_ROWS


def test_tokens_progress_and_log_lines_are_shown(page: Page, url: str, client: Client) -> None:
    run = client.runs.create("story", {"rounds": 2, "pause_seconds": 2.0, "ask": True})
    opened(page, url, run)
    expect(page.get_by_role("progressbar", name="Progress of research:1")).to_be_visible()
    said = page.get_by_role("region", name="Streamed text")
    expect(said).to_contain_text("Once upon a time, in round 2, there was a run.")
    expect(page.get_by_role("region", name="Log lines")).to_contain_text("looks long")
    assert_accessible(page)


@pytest.mark.parametrize("tab", ["overview", "timeline", "events"])
def test_it_fits_a_phone(page: Page, url: str, told: Run, tab: str) -> None:
    page.set_viewport_size(PHONE)
    opened(page, url, told, f"?tab={tab}")
    expect(page.get_by_role("tab", selected=True)).to_have_attribute("data-state", "active")
    assert_fits(page)
    assert_accessible(page)

"""Schedules: made by a form, paused, triggered, changed and deleted."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from tests.conftest import ROOT, ServerProcess
from tests.dashboard.conftest import PHONE, assert_accessible, assert_fits, live
from tests.langgraph.serving import serving

from runwire_client import Client, RunTemplate

GRAPHS = "tests/dashboard/story.py:graphs"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server with the graphs of story.py that the tests of this file share."""
    with serving(ROOT, tmp_path_factory.mktemp("schedules"), GRAPHS) as running:
        yield running


def test_a_wrong_cron_is_refused_beside_its_field_and_put_right(
    page: Page, url: str, client: Client
) -> None:
    page.goto(f"{url}/ui/schedules")
    live(page)
    page.get_by_role("link", name="New schedule").click()
    page.get_by_role("button", name="Make the schedule").click()
    expect(page.get_by_label("Schedule id")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Schedule id").fill("nightly")
    page.get_by_label("Graph", exact=True).select_option("story")
    page.get_by_label("Cron").fill("61 2 * * *")
    page.get_by_role("button", name="Make the schedule").click()
    expect(page.get_by_role("alert")).to_have_text("minute '61': must be from 0 to 59")
    expect(page.get_by_label("Cron")).to_have_attribute("aria-invalid", "true")
    assert_accessible(page)
    page.get_by_label("Cron").fill("30 2 * * MON-FRI")
    expect(page.get_by_text("At 02:30, Monday through Friday")).to_be_visible()
    page.get_by_label("Time zone").fill("Europe/Berlin")
    page.get_by_label("Labels of its runs").fill("team=a")
    page.get_by_role("button", name="Make the schedule").click()
    expect(page.get_by_role("heading", name="nightly", level=1)).to_be_visible()
    expect(page.get_by_role("list", name="Next times").get_by_role("listitem")).to_have_count(3)
    made = client.schedules.get("nightly")
    assert (made.cron, made.time_zone) == ("30 2 * * MON-FRI", "Europe/Berlin")
    assert_accessible(page)


def test_it_is_paused_and_triggered_and_deleted(page: Page, url: str, client: Client) -> None:
    client.schedules.create("weekly", "@weekly", RunTemplate("story", {}))
    page.goto(f"{url}/ui/schedules/weekly")
    page.get_by_role("button", name="Pause").click()
    page.get_by_label("Why?").fill("holidays")
    page.get_by_role("button", name="Pause the schedule").click()
    expect(page.get_by_text("It is paused: holidays")).to_be_visible()
    assert client.schedules.get("weekly").paused
    page.get_by_role("button", name="Trigger now").click()
    runs = page.get_by_role("list", name="Runs").get_by_role("listitem")
    expect(runs).to_have_count(1)
    expect(runs).to_contain_text("succeeded")
    page.get_by_role("button", name="Let it go on").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete the schedule").click()
    expect(page).to_have_url(re.compile("/ui/schedules$"))
    expect(page.get_by_role("link", name="weekly")).to_be_hidden()


def test_one_that_somebody_else_changed_is_not_overwritten(
    page: Page, url: str, client: Client
) -> None:
    client.schedules.create("shared", "@daily", RunTemplate("story", {}))
    page.goto(f"{url}/ui/schedules/shared")
    page.get_by_role("link", name="Change").click()
    expect(page.get_by_label("Cron")).to_have_value("@daily")
    client.schedules.update("shared", cron="@hourly")
    page.get_by_label("Cron").fill("@yearly")
    page.get_by_role("button", name="Save the schedule").click()
    expect(page.get_by_role("alert")).to_contain_text("changed since")
    assert client.schedules.get("shared").cron == "@hourly"
    page.reload()
    page.get_by_label("Cron").fill("@yearly")
    page.get_by_role("button", name="Save the schedule").click()
    expect(page.get_by_role("heading", name="When")).to_be_visible()
    assert client.schedules.get("shared").cron == "@yearly"


def test_a_phone_lists_them(page: Page, url: str, client: Client) -> None:
    client.schedules.create("on-a-phone", "*/15 * * * *", RunTemplate("story", {}))
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme="dark")
    page.goto(f"{url}/ui/schedules")
    expect(page.get_by_text("Every 15 minutes")).to_be_visible()
    assert_fits(page)
    assert_accessible(page)

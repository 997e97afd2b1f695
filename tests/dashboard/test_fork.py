"""A new run from a checkpoint, with a state that was edited."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.dashboard.conftest import assert_accessible

from runwire_client import Client


@pytest.fixture
def halved(client: Client) -> str:
    """A run that has halved 100 until it was small enough."""
    run = client.runs.create("halving", {"value": 100})
    client.runs.wait(run.run_id, timeout_seconds=30)
    return run.run_id


def forking(page: Page, url: str, run_id: str) -> Locator:
    """Open what forks from the second checkpoint."""
    page.goto(f"{url}/ui/runs/{run_id}?tab=state")
    page.get_by_role("button", name=re.compile(r"^1 halve")).click()
    expect(page.get_by_role("region", name="State after halve")).to_be_visible()
    page.get_by_role("button", name="Fork from here").click()
    return page.get_by_role("dialog", name="Fork from here")


def test_only_what_was_edited_is_sent(page: Page, url: str, client: Client, halved: str) -> None:
    dialog = forking(page, url, halved)
    assert_accessible(page)
    dialog.get_by_role("button", name="JSON", exact=True).click()
    editor = dialog.get_by_role("textbox", name="State, as JSON")
    editor.fill('{"value": 6, "limit": 1, "halvings": 1, "seen": [50]}')
    expect(dialog).to_contain_text("Changed: value")
    with page.expect_request("**/v1/runs/*:fork") as sent:
        dialog.get_by_role("button", name="Fork", exact=True).click()
    assert sent.value.post_data_json["update"] == {"json": {"value": 6}}
    expect(page).not_to_have_url(re.compile(halved))
    expect(page.get_by_role("main")).to_contain_text("Forked from")
    made = page.url.split("/ui/runs/")[1].split("?")[0]
    assert client.runs.wait(made, timeout_seconds=30).forked_from_run_id == halved
    assert client.runs.state(made).values["seen"] == [50, 3, 1.5, 0.75]


def test_what_does_not_fit_stands_beside_its_field(page: Page, url: str, halved: str) -> None:
    dialog = forking(page, url, halved)
    dialog.get_by_label("limit").fill("0")
    dialog.get_by_role("button", name="Fork", exact=True).click()
    expect(dialog.get_by_role("alert")).to_have_text("This must be more than 0.")
    dialog.get_by_role("button", name="JSON", exact=True).click()
    dialog.get_by_role("textbox", name="State, as JSON").fill('{"value": 1}')
    dialog.get_by_role("button", name="Fork", exact=True).click()
    expect(dialog).to_contain_text("A fork cannot remove a key")


def test_the_end_is_not_forked(page: Page, url: str, halved: str) -> None:
    page.goto(f"{url}/ui/runs/{halved}?tab=state")
    expect(page.get_by_role("button", name="Fork from here")).to_be_disabled()
    expect(page.get_by_text("Nothing follows: this is the end.")).to_be_visible()

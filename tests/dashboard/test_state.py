"""The state of a run at each of its checkpoints."""

import re

import pytest
from playwright.sync_api import Page, expect
from tests.dashboard.conftest import PHONE, assert_accessible, assert_fits

from runwire_client import Client


@pytest.fixture
def halved(client: Client) -> str:
    """A run that has halved 100 until it was small enough."""
    run = client.runs.create("halving", {"value": 100})
    client.runs.wait(run.run_id, timeout_seconds=30)
    return run.run_id


def test_each_checkpoint_says_what_changed(page: Page, url: str, halved: str) -> None:
    page.goto(f"{url}/ui/runs/{halved}?tab=state")
    changed = page.get_by_role("list", name="Keys that changed")
    expect(changed).to_contain_text("summary")
    assert_accessible(page)
    page.get_by_role("button", name=re.compile(r"^1 halve")).click()
    expect(page).to_have_url(re.compile("checkpoint="))
    expect(changed.get_by_role("listitem")).to_have_text(
        [re.compile("value"), re.compile("halvings"), re.compile("seen")]
    )
    expect(page.get_by_label("What changed in the state")).to_contain_text("50")
    page.reload()
    expect(page.get_by_label("What changed in the state")).to_contain_text("50")
    page.get_by_role("tab", name="All of it").click()
    expect(page.get_by_label("State", exact=True)).to_contain_text('"value"')


def test_a_checkpoint_comes_while_one_looks(page: Page, url: str, client: Client) -> None:
    run = client.runs.create("approval", {"amount": 5})
    page.goto(f"{url}/ui/runs/{run.run_id}?tab=state")
    checkpoints = page.get_by_role("region", name="Checkpoints")
    expect(checkpoints.get_by_role("listitem")).to_have_count(1)
    page.get_by_label("approved").select_option("Yes")
    page.get_by_role("button", name="Send the answer").click()
    expect(checkpoints.get_by_role("listitem")).to_have_count(3)
    expect(checkpoints.get_by_role("button").first).to_contain_text("pay")


def test_it_fits_a_phone(page: Page, url: str, halved: str) -> None:
    page.set_viewport_size(PHONE)
    page.goto(f"{url}/ui/runs/{halved}?tab=state")
    expect(page.get_by_role("list", name="Keys that changed")).to_be_visible()
    assert_fits(page)

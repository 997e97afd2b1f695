"""What is done to many runs of the runs page, and the keys that do it."""

import re

from playwright.sync_api import Page, expect
from tests.dashboard.conftest import assert_accessible
from tests.dashboard.listed import go, row, rows, some_mark, until, waiting

from runwire_client import Client
from runwire_client.runs import RunStatus


def test_many_are_cancelled_at_once(page: Page, url: str, client: Client) -> None:
    mark = some_mark()
    runs = [waiting(client, mark) for _ in range(4)]
    client.runs.resume(runs[0].run_id, {"approved": True})
    until(client, runs[0], RunStatus.SUCCEEDED)
    go(page, url, label=f"test={mark}")
    row(page, runs[3]).get_by_role("checkbox").click()
    row(page, runs[0]).get_by_role("checkbox").click(modifiers=["Shift"])
    expect(page.get_by_role("toolbar")).to_contain_text("4 selected")
    page.get_by_role("button", name="Cancel 3").click()
    asked = page.get_by_role("dialog", name="Cancel 3 runs?")
    expect(asked).to_contain_text("1 run of the selection is left out")
    assert_accessible(page)
    page.get_by_label("Reason").fill("a test")
    asked.get_by_role("button", name="Cancel 3 runs").click()
    expect(page.get_by_text("Cancelled 3 runs")).to_be_visible()
    for run in runs[1:]:
        expect(row(page, run)).to_contain_text("cancelled")
        assert client.runs.get(run.run_id).status is RunStatus.CANCELLED
    expect(page.get_by_role("toolbar")).to_be_hidden()


def test_what_could_not_be_cancelled_is_listed(page: Page, url: str, client: Client) -> None:
    mark = some_mark()
    runs = [waiting(client, mark) for _ in range(2)]
    go(page, url, label=f"test={mark}")
    page.get_by_label("Select all that are shown").check()
    page.get_by_role("button", name="Cancel 2").click()
    client.runs.resume(runs[0].run_id, {"approved": True})
    until(client, runs[0], RunStatus.SUCCEEDED)
    page.get_by_role("dialog").get_by_role("button", name="Cancel 2 runs").click()
    expect(page.get_by_role("dialog")).to_contain_text("1 could not be done")
    expect(page.get_by_role("dialog")).to_contain_text(runs[0].run_id)


def test_many_are_run_again(page: Page, url: str, client: Client) -> None:
    mark = some_mark()
    run = waiting(client, mark, amount=2.0**60)
    client.runs.cancel(run.run_id)
    go(page, url, label=f"test={mark}")
    expect(row(page, run)).to_contain_text("cancelled")
    row(page, run).get_by_role("checkbox").check()
    page.get_by_role("button", name="Retry 1").click()
    page.get_by_role("dialog").get_by_role("button", name="Start 1 run").click()
    expect(page.get_by_text("Started 1 run")).to_be_visible()
    expect(rows(page)).to_have_count(2)
    (again,) = client.runs.list(filter=f'labels.retry_of = "{run.run_id}"')
    assert again.labels["test"] == mark
    assert client.runs.get(again.run_id).input == client.runs.get(run.run_id).input
    expect(row(page, again)).to_contain_text(f"retry_of={run.run_id}")


def test_keys_move_select_open_and_cancel(page: Page, url: str, client: Client) -> None:
    mark = some_mark()
    runs = [waiting(client, mark) for _ in range(3)]
    newest, middle, oldest = runs[2], runs[1], runs[0]
    go(page, url, label=f"test={mark}")
    expect(rows(page)).to_have_count(3)
    page.keyboard.press("j")
    expect(row(page, newest)).to_have_attribute("data-current", "true")
    expect(row(page, newest).locator("[data-open]")).to_be_focused()
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(row(page, oldest)).to_have_attribute("data-current", "true")
    page.keyboard.press("Shift+X")
    expect(page.get_by_role("toolbar")).to_contain_text("3 selected")
    page.keyboard.press("Escape")
    expect(page.get_by_role("toolbar")).to_be_hidden()
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(row(page, middle)).to_have_attribute("data-current", "true")
    page.keyboard.press("c")
    page.get_by_role("dialog").get_by_role("button", name="Cancel 1 run").click()
    expect(row(page, middle)).to_contain_text("cancelled")


def test_enter_opens_the_run_under_the_cursor(page: Page, url: str, client: Client) -> None:
    mark = some_mark()
    older, newest = waiting(client, mark), waiting(client, mark)
    go(page, url, label=f"test={mark}")
    expect(rows(page)).to_have_count(2)
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(row(page, older).locator("[data-open]")).to_be_focused()
    page.keyboard.press("k")
    expect(row(page, newest).locator("[data-open]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/ui/runs/{newest.run_id}$"))

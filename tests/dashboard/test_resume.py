"""What one does with a run: answer, cancel, retry, delete."""

import json
import re

from playwright.sync_api import Page, expect
from tests.dashboard.conftest import PHONE, assert_accessible, assert_fits

from runwire_client import Client
from runwire_client.errors import NotFound
from runwire_client.runs import RunStatus


def asked(client: Client, amount: float, **options: str) -> str:
    """Start a run that asks, and return its id once it does."""
    run = client.runs.create("approval", {"amount": amount, "purpose": "a chair"}, labels=options)
    for event in client.runs.watch(run.run_id):
        if event.kind == "interrupt_raised":
            break
    return run.run_id


def test_a_question_is_answered_by_its_form(page: Page, url: str, client: Client) -> None:
    run_id = asked(client, 20)
    page.goto(f"{url}/ui/runs/{run_id}")
    questions = page.get_by_role("region", name="Open questions")
    expect(questions).to_contain_text("Spend 20 on a chair?")
    expect(questions.get_by_role("article")).to_have_count(1)
    assert_accessible(page)
    questions.get_by_role("button", name="Send the answer").click()
    expect(questions.get_by_role("alert")).to_have_text("This is needed.")
    questions.get_by_label("approved").select_option("Yes")
    questions.get_by_label("comment").fill("go on")
    questions.get_by_role("button", name="Send the answer").click()
    expect(questions).to_be_hidden()
    expect(page.get_by_role("main")).to_contain_text("succeeded")
    state = client.runs.state(run_id)
    assert state.values["approved"] is True
    assert state.values["comment"] == "go on"


def test_it_is_answered_from_the_head_of_any_tab(page: Page, url: str, client: Client) -> None:
    run_id = asked(client, 21)
    page.goto(f"{url}/ui/runs/{run_id}?tab=events")
    page.get_by_role("button", name="Answer", exact=True).click()
    dialog = page.get_by_role("dialog", name="Answer")
    dialog.get_by_role("button", name="JSON", exact=True).click()
    dialog.get_by_role("textbox", name="Answer, as JSON").fill('{"approved": false}')
    dialog.get_by_role("button", name="Send the answer").click()
    expect(dialog).to_be_hidden()
    assert client.runs.wait(run_id, timeout_seconds=30).status == RunStatus.SUCCEEDED


def test_who_comes_too_late_sees_what_became_of_it(page: Page, url: str, client: Client) -> None:
    run_id = asked(client, 22)
    page.goto(f"{url}/ui/runs/{run_id}")
    page.get_by_label("approved").select_option("Yes")
    page.route("**/v1/runs/*:resume", lambda route: (_answer(client, run_id), route.continue_()))
    page.get_by_role("button", name="Send the answer").click()
    expect(page.get_by_role("main")).to_contain_text("succeeded")
    expect(page.get_by_role("region", name="Open questions")).to_be_hidden()


def test_a_run_is_cancelled_with_a_reason_by_key(page: Page, url: str, client: Client) -> None:
    run_id = asked(client, 23)
    page.goto(f"{url}/ui/runs/{run_id}")
    expect(page.get_by_role("button", name="Cancel", exact=True)).to_be_visible()
    page.keyboard.press("c")
    dialog = page.get_by_role("dialog", name="Cancel this run?")
    dialog.get_by_label("Why?").fill("too dear")
    assert_accessible(page)
    dialog.get_by_role("button", name="Cancel the run").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("main")).to_contain_text("cancelled")
    assert client.runs.wait(run_id, timeout_seconds=30).status == RunStatus.CANCELLED
    page.get_by_role("tab", name=re.compile("Events")).click()
    expect(page.get_by_text("too dear").first).to_be_visible()


def test_a_run_that_ended_is_started_again_and_deleted(
    page: Page, url: str, client: Client
) -> None:
    run = client.runs.create("map_reduce", {"texts": ["one fish", "two fish"]})
    client.runs.wait(run.run_id, timeout_seconds=30)
    page.goto(f"{url}/ui/runs/{run.run_id}")
    page.get_by_role("button", name="Retry").click()
    expect(page.get_by_role("main")).to_contain_text(f"retry_of={run.run_id}")
    again = list(client.runs.list(filter=f'labels.retry_of = "{run.run_id}"'))
    assert len(again) == 1
    page.goto(f"{url}/ui/runs/{run.run_id}")
    page.get_by_role("button", name="More to do with this run").click()
    page.get_by_role("menuitem", name="Delete …").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete the run").click()
    expect(page.get_by_role("heading", name="Runs", level=1)).to_be_visible()
    try:
        client.runs.get(run.run_id)
    except NotFound:
        return
    raise AssertionError("the run is still there")


def test_a_run_is_downloaded_as_json(page: Page, url: str, client: Client) -> None:
    run = client.runs.create("map_reduce", {"texts": ["one fish"]})
    client.runs.wait(run.run_id, timeout_seconds=30)
    page.goto(f"{url}/ui/runs/{run.run_id}")
    page.get_by_role("button", name="More to do with this run").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="Download as JSON").click()
    assert json.loads(download.value.path().read_text())["runId"] == run.run_id


def test_a_run_that_nobody_takes_says_why(page: Page, url: str, client: Client) -> None:
    run = client.runs.create("approval", {"amount": 1}, queue="nobody")
    page.goto(f"{url}/ui/runs/{run.run_id}?tab=timeline")
    why = page.get_by_role("region", name="Why it does not move")
    expect(why).to_contain_text('serves the queue "nobody"')
    expect(why).to_contain_text("runwire worker")
    assert_accessible(page)


def test_a_failed_run_names_its_node(page: Page, url: str, client: Client) -> None:
    run = client.runs.create("data_quality", {"table": "no-such"})
    client.runs.wait(run.run_id, timeout_seconds=30)
    page.goto(f"{url}/ui/runs/{run.run_id}")
    failed = page.get_by_role("region", name="Why it failed")
    expect(failed).to_contain_text("no artifact no-such")
    failed.get_by_role("link", name="profile").click()
    expect(page).to_have_url(re.compile("node=profile"))


def test_a_question_fits_a_phone(page: Page, url: str, client: Client) -> None:
    page.set_viewport_size(PHONE)
    page.goto(f"{url}/ui/runs/{asked(client, 24)}")
    expect(page.get_by_text("Spend 24 on a chair?")).to_be_visible()
    assert_fits(page)


def _answer(client: Client, run_id: str) -> None:
    client.runs.resume(run_id, {"approved": True})

"""Starting a run by a form, or by JSON."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect
from tests.dashboard.conftest import PHONE, assert_accessible, assert_fits, live

from runwire_client import Client


def test_a_form_says_what_is_wrong_beside_the_field_and_then_starts(
    page: Page, url: str, client: Client
) -> None:
    page.goto(f"{url}/ui/start")
    page.get_by_role("button", name="approval").click()
    page.get_by_role("textbox", name="amount", exact=True).fill("-2")
    page.get_by_role("textbox", name="purpose", exact=True).fill("a chair")
    page.get_by_role("button", name="Start the run").click()
    expect(page.get_by_role("textbox", name="amount", exact=True)).to_have_attribute(
        "aria-invalid", "true"
    )
    expect(page.get_by_role("alert")).to_have_text("This must be more than 0.")
    assert_accessible(page)
    page.get_by_role("textbox", name="amount", exact=True).fill("20")
    expect(page.get_by_role("alert")).to_be_hidden()
    page.get_by_role("button", name="Start the run").click()
    expect(page).to_have_url(re.compile("/ui/runs/[^/?]+"))
    expect(page.get_by_text("Spend 20 on a chair?")).to_be_visible()


def test_what_only_the_server_finds_stands_beside_its_field(page: Page, url: str) -> None:
    page.goto(f"{url}/ui/start?graph=approval")
    page.get_by_role("textbox", name="amount", exact=True).fill("1")
    page.get_by_text("More options").click()
    page.get_by_label("Queue").fill("no such queue!")
    page.get_by_label("Timeout").fill("soon")
    page.get_by_role("button", name="Start the run").click()
    expect(page.get_by_text("Write a time as 90 s, 5 m, 2 h or 1 d.")).to_be_visible()
    page.get_by_label("Timeout").fill("5 m")
    page.get_by_role("button", name="Start the run").click()
    expect(page.get_by_label("Queue")).to_have_attribute("aria-invalid", "true")
    expect(page).to_have_url(re.compile("/ui/start"))


def test_form_and_json_are_one_value(page: Page, url: str) -> None:
    page.goto(f"{url}/ui/start?graph=map_reduce")
    page.get_by_role("button", name="Add to texts").click()
    page.get_by_role("textbox", name="texts 1", exact=True).fill("one fish")
    page.get_by_role("button", name="JSON", exact=True).click()
    editor = page.get_by_role("textbox", name="Input, as JSON")
    expect(editor).to_contain_text('"one fish"')
    editor.fill('{"texts": ["two fish", "red fish"]')
    expect(page.get_by_role("alert")).to_contain_text("no JSON")
    expect(page.get_by_role("button", name="Form", exact=True)).to_be_disabled()
    editor.fill('{"texts": ["two fish", "red fish"]}')
    page.get_by_role("button", name="Form", exact=True).click()
    expect(page.get_by_role("textbox", name="texts 2", exact=True)).to_have_value("red fish")


def test_a_double_click_makes_one_run(page: Page, url: str, client: Client) -> None:
    page.goto(f"{url}/ui/start?graph=approval")
    page.get_by_role("textbox", name="amount", exact=True).fill("3")
    page.get_by_text("More options").click()
    page.get_by_label("Labels").fill("case=double")
    page.get_by_role("button", name="Start the run").dblclick()
    expect(page).to_have_url(re.compile("/ui/runs/[^/?]+"))
    found = list(client.runs.list(filter='labels.case = "double"'))
    assert len(found) == 1


def test_a_file_becomes_an_artifact_in_the_input(page: Page, url: str, tmp_path: Path) -> None:
    table = tmp_path / "orders.csv"
    table.write_text("order,price\n1,2\n")
    page.goto(f"{url}/ui/start?graph=data_quality")
    page.get_by_label("File for table").set_input_files(table)
    expect(page.get_by_role("textbox", name="table", exact=True)).to_have_value(
        re.compile("^[0-9a-f-]{36}$")
    )


def test_another_runs_input_is_what_it_begins_with(page: Page, url: str, client: Client) -> None:
    run = client.runs.create("approval", {"amount": 7, "purpose": "tea"}, labels={"team": "a"})
    page.goto(f"{url}/ui/start?from={run.run_id}")
    expect(page.get_by_role("textbox", name="amount", exact=True)).to_have_value("7")
    expect(page.get_by_role("textbox", name="purpose", exact=True)).to_have_value("tea")
    page.get_by_text("More options").click()
    expect(page.get_by_label("Labels")).to_have_value("team=a")


def test_it_fits_a_phone(page: Page, url: str) -> None:
    page.set_viewport_size(PHONE)
    page.goto(f"{url}/ui/start?graph=data_quality")
    live(page)
    expect(page.get_by_role("textbox", name="dataset", exact=True)).to_be_visible()
    assert_fits(page)

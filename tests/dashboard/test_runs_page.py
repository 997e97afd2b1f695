"""The runs page: live, filtered by its address, on a phone."""

import re

from playwright.sync_api import Page, expect
from tests.conftest import ServerProcess
from tests.dashboard.conftest import PHONE, assert_accessible, assert_fits
from tests.dashboard.listed import go, row, rows, some_mark, until, waiting
from tests.langgraph.serving import url_of

from runwire_client import Client
from runwire_client.runs import RunStatus


def test_a_server_without_runs_says_how_to_start_one(page: Page, own_server: ServerProcess) -> None:
    go(page, url_of(own_server))
    expect(page.get_by_text("No runs yet")).to_be_visible()
    expect(page.get_by_text("runwire run GRAPH")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="Start a run").last.click()
    expect(page).to_have_url(re.compile("/ui/start$"))


def test_a_run_that_others_start_appears_and_changes(page: Page, url: str, client: Client) -> None:
    mark = some_mark()
    before = waiting(client, mark)
    go(page, url)
    expect(row(page, before)).to_contain_text("interrupted")
    run = waiting(client, mark)
    expect(row(page, run)).to_contain_text("interrupted")
    expect(rows(page).first).to_have_attribute("data-row", run.run_id)
    client.runs.resume(run.run_id, {"approved": True})
    expect(row(page, run)).to_contain_text("succeeded")
    expect(row(page, before)).to_contain_text("interrupted")


def test_new_runs_do_not_move_what_somebody_has_chosen(
    page: Page, url: str, client: Client
) -> None:
    mark = some_mark()
    old = waiting(client, mark)
    go(page, url, label=f"test={mark}")
    row(page, old).get_by_role("checkbox").check()
    new = waiting(client, mark)
    waiting(client, mark)
    page.get_by_role("button", name=re.compile("^2 new runs")).wait_for()
    expect(rows(page)).to_have_count(1)
    page.get_by_role("button", name=re.compile("new runs")).click()
    expect(rows(page)).to_have_count(3)
    expect(row(page, new)).to_be_visible()


def test_the_figures_and_the_chart_count_along(page: Page, own_server: ServerProcess) -> None:
    with Client(own_server.grpc_address) as client:
        waiting(client, "counted")
        go(page, url_of(own_server))
        figure = page.locator("[data-figure=interrupted]")
        expect(figure).to_contain_text("1")
        waiting(client, "counted")
        expect(figure).to_contain_text("2")
        expect(page.get_by_role("img", name=re.compile("last hour: 2 created"))).to_be_visible()
        figure.click()
        expect(figure).to_have_attribute("aria-pressed", "true")
        expect(page).to_have_url(re.compile("status=.*INTERRUPTED"))
        page.get_by_role("button", name="last 7 days").click()
        expect(page.get_by_role("img", name=re.compile("last 7 days"))).to_be_visible()
        assert_accessible(page)


def test_the_address_says_what_is_shown(page: Page, url: str, client: Client) -> None:
    mark = some_mark()
    asked = waiting(client, mark)
    done = waiting(client, mark)
    client.runs.resume(done.run_id, {"approved": True})
    until(client, done, RunStatus.SUCCEEDED)
    other = waiting(client, some_mark())
    go(page, url, label=f"test={mark}", status=["RUN_STATUS_INTERRUPTED"], graph="approval")
    expect(row(page, asked)).to_be_visible()
    expect(rows(page)).to_have_count(1)
    page.get_by_role("button", name="Take off Status interrupted").click()
    expect(rows(page)).to_have_count(2)
    page.go_back()
    expect(rows(page)).to_have_count(1)
    page.get_by_role("button", name="Clear all").click()
    expect(row(page, other)).to_be_visible()
    expect(page).to_have_url(re.compile(r"/(\?)?$"))
    page.get_by_label("Graph").select_option("data_quality")
    expect(page).to_have_url(re.compile("graph=data_quality"))
    expect(row(page, other)).to_be_hidden()


def test_a_label_is_asked_for_by_typing_or_by_a_click(page: Page, url: str, client: Client) -> None:
    mark = f'it"s \\ {some_mark()}'
    run = waiting(client, mark)
    other = waiting(client, some_mark())
    go(page, url)
    expect(row(page, other)).to_be_visible()
    row(page, run).get_by_role("link", name=f"test={mark}").click()
    expect(rows(page)).to_have_count(1)
    expect(row(page, run)).to_be_visible()
    page.get_by_label("Label", exact=True).fill("nobody=has-this")
    page.get_by_label("Label", exact=True).press("Enter")
    expect(page.get_by_text("No runs match")).to_be_visible()
    page.get_by_role("button", name="Clear all filters").click()
    expect(row(page, other)).to_be_visible()


def test_free_text_finds_what_a_run_says(page: Page, url: str, client: Client) -> None:
    mark = some_mark()
    run = waiting(client, f"{mark} Quarterly report")
    waiting(client, some_mark())
    go(page, url)
    page.keyboard.press("/")
    expect(page.get_by_label("Search runs")).to_be_focused()
    page.keyboard.type(f'{mark.upper()} "quarterly rep"')
    expect(rows(page)).to_have_count(1)
    expect(row(page, run)).to_be_visible()
    page.get_by_role("button", name="Clear the text").click()
    expect(rows(page).nth(1)).to_be_visible()


def test_a_run_that_no_longer_matches_is_told_apart_and_leaves(
    page: Page, url: str, client: Client
) -> None:
    mark = some_mark()
    run, stays = waiting(client, mark), waiting(client, mark)
    go(page, url, label=f"test={mark}", status=["RUN_STATUS_INTERRUPTED"])
    expect(rows(page)).to_have_count(2)
    row(page, stays).get_by_role("checkbox").check()
    client.runs.cancel(run.run_id)
    expect(row(page, run)).to_have_attribute("data-faded", "true")
    row(page, stays).get_by_role("checkbox").uncheck()
    expect(row(page, run)).to_have_count(0)
    expect(row(page, stays)).to_be_visible()


def test_a_phone_has_cards_and_filters_behind_a_button(
    page: Page, url: str, client: Client
) -> None:
    mark = some_mark()
    run = waiting(client, mark)
    page.set_viewport_size(PHONE)
    go(page, url, label=f"test={mark}")
    expect(row(page, run)).to_contain_text("approval")
    assert_fits(page)
    assert_accessible(page)
    expect(page.get_by_label("Graph")).to_be_hidden()
    page.get_by_role("button", name="Filters (1)").click()
    page.get_by_label("Created", exact=True).select_option("15m")
    expect(page).to_have_url(re.compile("since=15m"))
    expect(row(page, run)).to_be_visible()
    assert_fits(page)


def test_both_themes_are_accessible(page: Page, url: str, client: Client) -> None:
    waiting(client, some_mark())
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        go(page, url)
        expect(rows(page).first).to_be_visible()
        expect(page.locator("canvas")).to_be_visible()
        assert_accessible(page)


def test_a_list_goes_on_after_a_restart(page: Page, own_server: ServerProcess) -> None:
    with Client(own_server.grpc_address) as client:
        before = waiting(client, "restart")
        go(page, url_of(own_server))
        expect(row(page, before)).to_be_visible()
    own_server.kill()
    expect(page.locator("[data-link=lost]")).to_be_visible()
    expect(row(page, before)).to_be_visible()
    own_server.start()
    with Client(own_server.grpc_address) as client:
        after = waiting(client, "restart")
        expect(row(page, after)).to_contain_text("interrupted")

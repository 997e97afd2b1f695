"""The ways in, and what each kind of key is offered."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from tests.dashboard.conftest import PHONE, assert_accessible, assert_fits, live
from tests.dashboard.keyed import Keyed, expect_sign_in, keyed, show

KEPT = "[localStorage, sessionStorage].map((each) => JSON.stringify(each)).join()"


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keyed]:
    with keyed(tmp_path_factory.mktemp("door")) as found:
        yield found


def test_without_a_key_there_is_a_way_in_and_nothing_else(page: Page, door: Keyed) -> None:
    page.set_viewport_size(PHONE)
    page.goto(f"{door.url}/ui/workers")
    expect_sign_in(page)
    expect(page.get_by_role("navigation")).to_be_hidden()
    expect(page.get_by_label("API key or token")).to_be_focused()
    expect(page.get_by_role("alert")).to_be_hidden()
    assert_fits(page)
    assert_accessible(page)


def test_a_wrong_key_is_told_and_kept_nowhere(page: Page, door: Keyed) -> None:
    page.goto(door.url)
    wrong = door.admin[:-1] + ("a" if door.admin[-1] != "a" else "b")
    show(page, wrong)
    expect(page.get_by_role("alert")).to_contain_text("knows no such key")
    assert wrong not in page.evaluate(KEPT)
    assert_accessible(page)
    show(page, "no key at all")
    expect(page.get_by_role("alert")).to_be_visible()
    show(page, door.admin)
    live(page)


def test_an_expired_key_is_told(page: Page, door: Keyed) -> None:
    page.goto(door.url)
    show(page, door.secret("brief", "--role", "reader", "--lifetime", "0.001s"))
    expect(page.get_by_role("alert")).to_contain_text("expired")


def test_a_good_key_opens_the_page_that_was_asked_for(page: Page, door: Keyed) -> None:
    door.sign_in(page, door.admin, "/ui/workers")
    expect(page.get_by_role("heading", name="Workers and queues", level=1)).to_be_visible()
    assert door.admin not in page.url
    page.reload()
    live(page)


def test_a_key_is_kept_for_the_tab_or_for_the_machine(
    page: Page, context: BrowserContext, door: Keyed
) -> None:
    door.sign_in(page, door.admin)
    other = context.new_page()
    other.goto(door.url)
    expect_sign_in(other)
    other.get_by_label("Keep me signed in").check()
    show(other, door.admin)
    live(other)
    third = context.new_page()
    third.goto(door.url)
    live(third)
    # Signing out in one tab ends what the machine keeps, not what a tab has for itself.
    leave(other)
    expect_sign_in(third)
    live(page)


def test_signing_out_forgets_everything(page: Page, door: Keyed) -> None:
    door.sign_in(page, door.admin)
    with page.expect_event("websocket", predicate=lambda each: "runs/ws" in each.url) as opened:
        page.reload()
    live(page)
    watch = opened.value
    leave(page)
    expect_sign_in(page)
    assert watch.is_closed()
    assert "rw_" not in page.evaluate(KEPT)
    page.go_back()
    page.goto(f"{door.url}/ui/keys")
    expect_sign_in(page)


def test_a_key_that_is_revoked_while_one_looks_leads_back_to_the_way_in(
    page: Page, door: Keyed
) -> None:
    with door.client() as client:
        made = client.keys.create("looker", role="reader")
        door.sign_in(page, made.secret, "/ui/workers")
        client.keys.revoke(made.key.key_id)
    expect_sign_in(page)
    expect(page.get_by_role("alert")).to_contain_text("revoked")
    assert made.secret not in page.evaluate(KEPT)
    show(page, door.admin)
    expect(page.get_by_role("heading", name="Workers and queues", level=1)).to_be_visible()


def test_a_reader_is_offered_no_deeds(page: Page, door: Keyed) -> None:
    reader = door.secret("reader", "--role", "reader", "--in", "default")
    door.sign_in(page, reader)
    pages = page.get_by_role("navigation", name="Pages")
    expect(pages.get_by_role("link", name="Graphs")).to_be_visible()
    expect(pages.get_by_role("link", name="Start a run")).to_be_hidden()
    expect(pages.get_by_role("link", name="Keys and audit")).to_be_hidden()
    page.goto(f"{door.url}/ui/storage")
    expect(page.get_by_role("region", name="By graph")).to_be_visible()
    expect(page.get_by_role("button", name="Delete ended runs")).to_be_hidden()
    page.goto(f"{door.url}/ui/keys")
    expect(page.get_by_text("Only admins see keys")).to_be_visible()
    expect(page.get_by_role("button", name="New key")).to_be_hidden()
    page.goto(f"{door.url}/ui/settings")
    expect(page.get_by_text("key:reader")).to_be_visible()
    options = page.get_by_label("Task").locator("option")
    expect(options.filter(has_text="List the graphs")).to_have_count(1)
    expect(options.filter(has_text="Start a run")).to_have_count(0)


def test_a_worker_s_key_is_told_that_it_is_one(page: Page, door: Keyed) -> None:
    page.goto(door.url)
    show(page, door.secret("worker", "--role", "worker"))
    expect(page.get_by_role("heading", name="This key is for workers")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Sign in with another key").click()
    expect_sign_in(page)


def test_who_may_act_anywhere_chooses_where(page: Page, door: Keyed) -> None:
    with door.client() as client:
        client.namespaces.create("team-a", display_name="Team A")
    with door.client("team-a") as there:
        there.runs.create("map_reduce", {"texts": ["a"]}, run_id="of-team-a")
    door.sign_in(page, door.admin, "/ui/settings")
    page.get_by_role("button", name="Namespace: default").click()
    page.get_by_role("menuitem", name="team-a").click()
    expect(page.get_by_role("button", name="Namespace: team-a")).to_be_visible()
    live(page)
    page.reload()
    expect(page.get_by_role("button", name="Namespace: team-a")).to_be_visible()
    page.goto(f"{door.url}/ui/storage")
    expect(page.locator("[data-graph=map_reduce]")).to_contain_text("1")
    expect(page.get_by_role("region", name="The database")).to_be_hidden()


def test_who_is_somewhere_has_no_choice(page: Page, door: Keyed) -> None:
    door.sign_in(page, door.secret("local-admin", "--role", "admin", "--in", "default"))
    expect(page.get_by_role("button", name=re.compile("^Namespace"))).to_be_hidden()
    page.goto(f"{door.url}/ui/keys?tab=namespaces")
    expect(page.get_by_role("tab", name="Keys")).to_be_visible()
    expect(page.get_by_role("tab", name="Namespaces")).to_be_hidden()


def leave(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^Signed in as")).click()
    page.get_by_role("menuitem", name="Sign out").click()


def test_guesses_are_slowed_down_and_told(
    page: Page, door: Keyed, tmp_path_factory: pytest.TempPathFactory
) -> None:
    slow = {"RUNWIRE_RATE_FAILURES_PER_SECOND": "0.05"}
    with keyed(tmp_path_factory.mktemp("slow"), **slow) as careful:
        page.goto(careful.url)
        guess = door.admin
        show(page, guess)
        expect(page.get_by_role("alert")).to_contain_text("no such key")
        show(page, guess[:-1] + ("a" if guess[-1] != "a" else "b"))
        expect(page.get_by_role("alert")).to_contain_text(re.compile(r"Try again in \d+ s"))
        expect(page.get_by_role("button", name=re.compile(r"Wait \d+ s"))).to_be_disabled()

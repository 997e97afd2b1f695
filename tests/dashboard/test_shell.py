"""What every page of the dashboard stands in."""

import re

from playwright.sync_api import Page, expect
from tests.conftest import ServerProcess
from tests.dashboard.conftest import PHONE, assert_accessible, assert_fits, live
from tests.langgraph.serving import url_of

from runwire_client import Client, RunTemplate


def test_it_opens_and_says_that_it_is_live(page: Page, url: str) -> None:
    page.goto(url)
    live(page)
    expect(page.get_by_role("heading", name="Runs", level=1)).to_be_visible()
    assert_accessible(page)


def test_a_deep_link_is_a_page_of_its_own(page: Page, url: str) -> None:
    page.goto(f"{url}/ui/settings")
    expect(page.get_by_role("heading", name="Settings", level=1)).to_be_visible()
    page.goto(f"{url}/ui/nothing/here")
    expect(page.get_by_text("There is no such page")).to_be_visible()


def test_a_phone_has_a_menu_in_place_of_the_navigation(page: Page, url: str) -> None:
    page.set_viewport_size(PHONE)
    page.goto(url)
    live(page)
    assert_fits(page)
    page.get_by_role("button", name="Open the menu").click()
    page.get_by_role("dialog").get_by_role("link", name="Graphs").click()
    expect(page.get_by_role("heading", name="Graphs", level=1)).to_be_visible()
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_keys_go_to_pages_and_are_listed(page: Page, url: str) -> None:
    page.goto(url)
    live(page)
    page.keyboard.press("g")
    page.keyboard.press("w")
    expect(page).to_have_url(re.compile("/ui/workers$"))
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("Go to Graphs")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_the_light_tells_when_the_server_goes_and_comes_back(
    page: Page, own_server: ServerProcess
) -> None:
    page.goto(url_of(own_server))
    live(page)
    kill(own_server, page)
    own_server.start()
    live(page)


def test_a_page_asks_again_when_the_server_is_back(page: Page, own_server: ServerProcess) -> None:
    page.goto(f"{url_of(own_server)}/ui/schedules")
    live(page)
    expect(page.get_by_text("No schedules yet")).to_be_visible()
    with Client(own_server.grpc_address) as client:
        # Of this no event tells: a page that did not ask again would not know.
        client.schedules.create("late", "0 0 1 1 *", RunTemplate("map_reduce", {"texts": []}))
    kill(own_server, page)
    own_server.start()
    expect(page.get_by_role("link", name="late")).to_be_visible()


def test_a_page_that_is_opened_while_the_server_is_away_comes_with_it(
    page: Page, own_server: ServerProcess
) -> None:
    page.goto(url_of(own_server))
    live(page)
    kill(own_server, page)
    page.get_by_role("link", name="Graphs", exact=True).click()
    own_server.start()
    live(page)
    expect(page.get_by_role("heading", name="Graphs", level=1)).to_be_visible()
    expect(page.get_by_role("main").get_by_text("map_reduce", exact=True)).to_be_visible()


def test_dark_is_kept(page: Page, url: str) -> None:
    page.goto(url)
    live(page)
    page.get_by_role("button", name="Light or dark").click()
    page.get_by_role("menuitem", name="Dark").click()
    expect(page.locator("html")).to_have_class(re.compile("dark"))
    page.reload()
    live(page)
    expect(page.locator("html")).to_have_class(re.compile("dark"))
    assert_accessible(page)


def kill(server: ServerProcess, page: Page) -> None:
    """End a server as a crash would, and wait until a page says so."""
    server.kill()
    expect(page.locator("[data-link=lost]")).to_be_visible()

"""What operators and admins look at, and what they do there."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from tests.dashboard.conftest import PHONE, assert_accessible, assert_fits, live
from tests.dashboard.keyed import Keyed, keyed, show

PATHS = ("workers", "storage", "keys", "keys?tab=audit", "keys?tab=namespaces", "settings")


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keyed]:
    with keyed(tmp_path_factory.mktemp("admin")) as found:
        yield found


def test_a_queue_that_nobody_serves_is_told_of_live(page: Page, door: Keyed) -> None:
    door.sign_in(page, door.admin, "/ui/workers")
    worker = page.locator("[data-worker]")
    expect(worker).to_contain_text("in the process of this server")
    with door.client() as client:
        client.runs.create("map_reduce", {"texts": ["a"]}, queue="gpu", run_id="waits")
        row = page.locator("[data-queue=gpu]")
        expect(row).to_contain_text("no worker of this server takes runs of this queue")
        expect(row).to_contain_text("map_reduce: 1 wait")
        client.runs.cancel("waits")
    expect(row).to_be_hidden()


def test_ended_runs_go_after_a_look_at_what_would_go(page: Page, door: Keyed) -> None:
    with door.client() as client:
        for number in range(3):
            client.runs.create("map_reduce", {"texts": ["a"]}, run_id=f"old-{number}")
            client.runs.wait(f"old-{number}", timeout_seconds=30)
    door.sign_in(page, door.admin, "/ui/storage")
    expect(page.locator("[data-graph=map_reduce]")).to_be_visible()
    page.get_by_role("button", name="Delete ended runs").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Runs of").select_option("map_reduce")
    dialog.get_by_label("that ended longer ago than").check()
    dialog.get_by_label("Longer ago than", exact=True).fill("x")
    expect(dialog.get_by_role("button", name="See what would go")).to_be_disabled()
    dialog.get_by_label("Longer ago than", exact=True).fill("0")
    dialog.get_by_role("button", name="See what would go").click()
    expect(dialog.get_by_role("region", name="What would go")).to_contain_text("map_reduce")
    assert_accessible(page)
    with door.client() as client:
        assert client.runs.get("old-0").run_id == "old-0"
    dialog.get_by_role("button", name=re.compile(r"Delete \d+ runs")).click()
    expect(dialog).to_be_hidden()
    expect(page.locator("[data-graph=map_reduce]")).to_be_hidden()


def test_a_key_is_made_shown_once_and_revoked(page: Page, door: Keyed) -> None:
    door.sign_in(page, door.admin, "/ui/keys")
    page.get_by_role("button", name="New key").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Make the key").click()
    expect(dialog.get_by_role("alert")).to_contain_text("What people shall call it")
    dialog.get_by_label("Name", exact=True).fill("dash")
    dialog.get_by_label("Role").select_option("runner")
    dialog.get_by_label("Namespace").fill("default")
    assert_accessible(page)
    dialog.get_by_role("button", name="Make the key").click()
    secret = dialog.locator("[data-secret]").text_content() or ""
    assert secret.startswith("rw_")
    dialog.get_by_role("button", name="I have it").click()
    expect(dialog).to_be_hidden()
    assert secret not in page.content() + page.url
    assert secret not in page.evaluate(
        "[localStorage, sessionStorage].map((each) => JSON.stringify(each)).join()"
    )
    row = page.locator("[data-key]").filter(has_text="dash")
    expect(row).to_contain_text("runner")
    row.get_by_role("button", name="Revoke dash").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke the key").click()
    expect(row).to_contain_text("revoked")
    other = page.context.new_page()
    other.goto(door.url)
    show(other, secret)
    expect(other.get_by_role("alert")).to_contain_text("revoked")


def test_the_audit_log_is_filtered_by_its_address(page: Page, door: Keyed) -> None:
    with door.client() as client:
        client.runs.create("map_reduce", {"texts": ["a"]}, run_id="told")
        client.runs.wait("told", timeout_seconds=30)
        client.runs.delete("told")
    door.sign_in(page, door.admin, "/ui/keys?tab=audit&subject=run_id%3Dtold")
    entries = page.locator("[data-entry]")
    expect(entries).to_have_count(2)
    page.get_by_role("combobox", name="Method").fill("RunService.DeleteRun")
    page.keyboard.press("Enter")
    expect(entries).to_have_count(1)
    expect(page).to_have_url(re.compile("method=RunService.DeleteRun"))
    page.get_by_role("button", name="RunService.DeleteRun").click()
    dialog = page.get_by_role("dialog", name="RunService.DeleteRun")
    expect(dialog).to_contain_text("key:admin")
    expect(dialog.get_by_role("link", name="told")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_label("Result").select_option("refused")
    expect(page.get_by_text("There are no such entries")).to_be_visible()
    page.get_by_role("button", name="Clear").click()
    expect(entries.nth(2)).to_be_visible()


def test_a_namespace_is_made_changed_and_deleted(page: Page, door: Keyed) -> None:
    door.sign_in(page, door.admin, "/ui/keys?tab=namespaces")
    page.get_by_role("button", name="New namespace").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill("Team B")
    dialog.get_by_role("button", name="Make the namespace").click()
    expect(dialog.get_by_role("alert")).to_contain_text("lower-case")
    dialog.get_by_label("Name", exact=True).fill("team-b")
    dialog.get_by_label("May store").fill("2 GiB")
    dialog.get_by_role("button", name="Make the namespace").click()
    row = page.locator("[data-namespace=team-b]")
    expect(row).to_contain_text("of 2.1 GB")
    row.get_by_role("button", name="Change team-b").click()
    dialog.get_by_label("Runs at the same time").fill("4")
    dialog.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("0 of 4")
    with door.client() as client:
        assert client.namespaces.get("team-b").quotas.running_runs == 4
    row.get_by_role("button", name="Delete team-b").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete the namespace").click()
    expect(row).to_be_hidden()


def test_settings_tell_of_the_connection_and_the_server(page: Page, door: Keyed) -> None:
    door.sign_in(page, door.admin, "/ui/settings")
    expect(page.get_by_role("region", name="Connection")).to_contain_text("Live")
    expect(page.get_by_role("region", name="Server", exact=True)).to_contain_text(
        door.server.grpc_address
    )
    expect(page.get_by_role("region", name="You")).to_contain_text("key:admin")
    page.get_by_role("radio", name="Dark").check(force=True)
    expect(page.locator("html")).to_have_class(re.compile("dark"))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_are_accessible_and_fit(page: Page, door: Keyed, theme: str) -> None:
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    door.sign_in(page, door.admin)
    for path in PATHS:
        page.goto(f"{door.url}/ui/{path}")
        live(page)
        expect(page.get_by_role("main").get_by_role("status")).to_have_count(0)
        assert_accessible(page)
        page.set_viewport_size(PHONE)
        assert_fits(page)
        page.set_viewport_size({"width": 1280, "height": 800})

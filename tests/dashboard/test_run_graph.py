"""The graph of a run, with what became of its nodes."""

from playwright.sync_api import Page, expect
from tests.dashboard.conftest import PHONE, assert_accessible, assert_fits

from runwire_client import Client


def test_a_loop_is_counted_and_the_way_that_was_taken_is_shown(
    page: Page, url: str, client: Client
) -> None:
    client.runs.create("halving", {"value": 5, "limit": 1}, run_id="graph-loop")
    client.runs.wait("graph-loop")
    page.goto(f"{url}/ui/runs/graph-loop")
    halve = page.locator("[data-node=halve]")
    expect(halve).to_have_attribute("data-tone", "succeeded")
    expect(halve).to_contain_text("\u00d73")
    expect(page.locator("[data-node='__end__']")).to_have_attribute("data-tone", "succeeded")
    edges = page.get_by_role("list", name="Graph halving: edges")
    expect(edges).to_contain_text("halve to halve, if a branch says so: large, taken 2 times")
    expect(edges).to_contain_text("halve to announce, if a branch says so: small, taken 1 time")
    assert_accessible(page)


def test_a_node_tells_what_became_of_it(page: Page, url: str, client: Client) -> None:
    client.runs.create("halving", {"value": 5, "limit": 1}, run_id="graph-node")
    client.runs.wait("graph-node")
    page.goto(f"{url}/ui/runs/graph-node")
    page.locator("[data-node=halve]").press("Enter")
    panel = page.get_by_role("region", name="Node halve")
    expect(panel).to_contain_text("Visit 3")
    expect(panel.get_by_label("Newest update of halve")).to_contain_text("0.625")
    expect(page.locator("[data-node=halve]")).to_have_attribute("aria-pressed", "true")
    assert_accessible(page)
    panel.get_by_role("button", name="Close the node").click()
    expect(panel).to_have_count(0)


def test_a_failed_node_says_why_and_what_was_not_run(page: Page, url: str, client: Client) -> None:
    graph = {
        "graph_id": "missing_key",
        "nodes": {
            "first": {"tool": "halve", "arguments": {"value": 3}},
            "second": {"tool": "halve", "arguments": {"value": "${state.nothing}"}},
            "third": {"tool": "announce", "arguments": {"halvings": 1}},
        },
        "edges": [["first", "second"], ["second", "third"]],
    }
    client.graphs.create(graph)
    client.runs.create("missing_key", {}, run_id="graph-failed")
    client.runs.wait("graph-failed")
    page.goto(f"{url}/ui/runs/graph-failed")
    expect(page.locator("[data-node=first]")).to_have_attribute("data-tone", "succeeded")
    expect(page.locator("[data-node=second]")).to_have_attribute("data-tone", "failed")
    expect(page.locator("[data-node=third]")).to_contain_text("not run")
    page.locator("[data-node=second]").click()
    expect(page.get_by_role("region", name="Node second")).to_contain_text(
        "the state has no such key yet"
    )
    assert_accessible(page)


def test_what_asks_is_lit_live_and_goes_on_when_answered(
    page: Page, url: str, client: Client
) -> None:
    client.runs.create("approval", {"amount": 3}, run_id="graph-asks")
    page.goto(f"{url}/ui/runs/graph-asks")
    expect(page.locator("[data-node=ask]")).to_have_attribute("data-tone", "interrupted")
    client.runs.resume("graph-asks", {"approved": True})
    expect(page.locator("[data-node=pay]")).to_have_attribute("data-tone", "succeeded")
    expect(page.locator("[data-node=decline]")).to_contain_text("not run")


def test_a_phone_shows_it_in_its_frame(page: Page, url: str, client: Client) -> None:
    client.runs.create("halving", {"value": 2}, run_id="graph-phone")
    client.runs.wait("graph-phone")
    page.set_viewport_size(PHONE)
    page.goto(f"{url}/ui/runs/graph-phone")
    page.locator("[data-node=halve]").click()
    expect(page.get_by_role("region", name="Node halve")).to_be_visible()
    assert_fits(page)

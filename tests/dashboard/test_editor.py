"""The editor of JSON graphs, from nothing to a run that succeeds."""

import re

from playwright.sync_api import Page, expect
from tests.dashboard.conftest import PHONE, assert_accessible, assert_fits, live

from runwire_client import Client

RIGHT = "[data-check=right]"
WRONG = "[data-check=wrong]"


def test_a_graph_is_built_from_nothing_and_run(page: Page, url: str, client: Client) -> None:
    page.goto(f"{url}/ui/editor")
    live(page)
    expect(page.get_by_text("An empty graph")).to_be_visible()
    page.get_by_label("Name", exact=True).fill("built_here")
    _add_two_nodes(page)
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    _branch(page)
    expect(page.locator(RIGHT)).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved as version 1")).to_be_visible()
    expect(page).to_have_url(re.compile(r"graph=built_here"))
    page.get_by_role("link", name="Run it").click()
    expect(page).to_have_url(re.compile(r"/ui/start\?graph=built_here"))
    page.get_by_role("button", name="JSON", exact=True).click()
    page.get_by_role("textbox", name="Input, as JSON").fill('{"value": 4, "halvings": 0}')
    page.get_by_role("button", name="Start the run").click()
    expect(page).to_have_url(re.compile(r"/ui/runs/"))
    expect(page.locator("[data-node=halve]")).to_contain_text("\u00d72")
    run = client.runs.wait(page.url.rpartition("/")[2].partition("?")[0])
    assert run.output["summary"] == "Done after 2 halvings."


def _add_two_nodes(page: Page) -> None:
    """Add two tools; the server says what is wrong, and where, until it is mended."""
    problems = page.get_by_role("region", name="Problems")
    page.get_by_role("button", name="Add halve").click()
    page.get_by_role("button", name="Add announce").click()
    expect(problems).to_contain_text("nodes.announce.arguments")
    missing = page.get_by_label("halvings (required)")
    expect(missing).to_have_attribute("aria-invalid", "true")
    missing.fill("${state.halvings}")
    page.locator("[data-node=halve]").click()
    page.get_by_label("value (required)").fill("${state.value}")
    page.get_by_label("halvings", exact=True).fill("${state.halvings}")
    expect(problems).to_contain_text("node 'announce' is never reached")
    expect(page.locator("[data-node=announce] svg.text-danger")).to_be_visible()
    assert_accessible(page)


def _branch(page: Page) -> None:
    """Lead from one to the other once a value is small; until then round again."""
    page.get_by_label("Lead from halve to").select_option("announce")
    page.get_by_role("button", name="On a condition").click()
    page.get_by_role("button", name=re.compile("^announce key exists")).click()
    page.get_by_label("Key of condition 1").fill("value")
    page.get_by_label("Operator of condition 1").select_option("<=")
    page.get_by_label("Value of condition 1").fill("1")
    page.get_by_label("Target if none holds").select_option("halve")


def test_json_and_drawing_are_one(page: Page, url: str) -> None:
    page.goto(f"{url}/ui/editor?graph=halving")
    expect(page.locator("[data-node=halve]")).to_be_visible()
    page.locator("[data-node=announce]").click()
    name = page.get_by_label("Name", exact=True)
    name.fill("tell")
    name.press("Enter")
    expect(page.locator("[data-node=tell]")).to_be_visible()
    page.get_by_role("tab", name="JSON").click()
    code = page.get_by_role("textbox", name="Definition, JSON")
    expect(code).to_contain_text('"small": "tell"')
    code.press("Control+Home")
    page.keyboard.type("x")
    expect(page.get_by_role("alert")).to_contain_text("This is no JSON")
    page.keyboard.press("Backspace")
    expect(page.get_by_role("alert")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(code).to_contain_text('"small": "announce"')


def test_changes_are_not_lost_without_a_question(page: Page, url: str) -> None:
    page.goto(f"{url}/ui/editor?graph=halving")
    page.get_by_role("button", name="Add compare").click()
    expect(page.locator("[data-node=compare]")).to_be_visible()
    expect(page.locator(WRONG)).to_be_visible()
    page.get_by_role("link", name="Workers and queues").click()
    question = page.get_by_role("dialog", name="Leave without saving?")
    question.get_by_role("button", name="Keep as it is").click()
    expect(page.locator("[data-node=compare]")).to_be_visible()
    page.locator("[data-node=compare]").focus()
    page.keyboard.press("Delete")
    expect(page.locator("[data-node=compare]")).to_have_count(0)
    page.get_by_role("link", name="Workers and queues").click()
    question.get_by_role("button", name="Leave").click()
    expect(page).to_have_url(re.compile("/ui/workers$"))


def test_edges_are_drawn_and_tools_dropped_with_the_mouse(page: Page, url: str) -> None:
    page.goto(f"{url}/ui/editor")
    frame = page.get_by_role("group", name="The graph, a drawing")
    expect(frame).to_be_visible()
    tool = page.get_by_role("listitem").filter(has=page.get_by_role("button", name="Add halve"))
    tool.drag_to(frame)
    expect(page.locator("[data-node=halve]")).to_be_visible()
    page.get_by_role("button", name="Add announce").click()
    expect(page.locator("[data-node=announce]")).to_be_visible()
    page.get_by_role("button", name="Arrange").click()
    source = page.locator("[data-id=halve] .react-flow__handle.source")
    source.drag_to(page.locator("[data-id=announce] .react-flow__handle.target"))
    edges = page.get_by_role("list", name="The graph: edges")
    expect(edges).to_contain_text("halve to announce")


def test_a_phone_stacks_it(page: Page, url: str) -> None:
    page.set_viewport_size(PHONE)
    page.goto(f"{url}/ui/editor?graph=halving")
    expect(page.locator("[data-node=halve]")).to_be_visible()
    assert_fits(page)
    page.locator("[data-node=halve]").click()
    expect(page.get_by_label("value (required)")).to_be_visible()
    assert_fits(page)
    assert_accessible(page)

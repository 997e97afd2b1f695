"""The pages of graphs: the list, and each with its drawing."""

from playwright.sync_api import Page, expect
from tests.dashboard.conftest import PHONE, assert_accessible, assert_fits, live


def test_graphs_are_listed_drawn_small_and_found(page: Page, url: str) -> None:
    page.goto(f"{url}/ui/graphs")
    live(page)
    for graph in ("approval", "data_quality", "halving", "map_reduce"):
        card = page.get_by_role("listitem").filter(has=page.get_by_text(graph, exact=True))
        expect(card.locator("svg path").first).to_be_attached()
    assert_accessible(page)
    page.get_by_role("searchbox", name="Search graphs").fill("summarise")
    expect(page.get_by_role("link", name="Start a run of map_reduce")).to_be_visible()
    expect(page.get_by_role("link", name="Start a run of approval")).to_have_count(0)
    page.get_by_role("searchbox", name="Search graphs").fill("nothing of the kind")
    expect(page.get_by_text("No graph matches")).to_be_visible()


def test_only_json_graphs_are_edited(page: Page, url: str) -> None:
    page.goto(f"{url}/ui/graphs")
    expect(page.get_by_role("link", name="Edit halving")).to_be_visible()
    expect(page.get_by_role("link", name="Edit approval")).to_have_count(0)
    page.goto(f"{url}/ui/editor?graph=approval")
    expect(page.get_by_text("is written in Python")).to_be_visible()


def test_a_graph_is_drawn_and_told_in_words(page: Page, url: str) -> None:
    page.goto(f"{url}/ui/graphs/halving")
    drawing = page.get_by_role("group", name="Graph halving, a drawing")
    for node in ("__start__", "halve", "announce", "__end__"):
        expect(drawing.locator(f"[data-node='{node}']")).to_be_visible()
    expect(drawing.get_by_text("large", exact=True)).to_be_visible()
    expect(drawing.locator(".react-flow__edge")).to_have_count(5)
    edges = page.get_by_role("list", name="Graph halving: edges")
    expect(edges).to_contain_text("halve to halve, if a branch says so: large")
    expect(page.get_by_role("region", name="Nodes of the graph")).to_contain_text("10.0 s")
    expect(page.get_by_label("Input schema", exact=True).first).to_be_visible()
    assert_accessible(page)


BOX = "document.querySelector('[data-node=detect]').getBoundingClientRect()"


def test_keys_move_a_drawing_and_zoom_it(page: Page, url: str) -> None:
    page.goto(f"{url}/ui/graphs/data_quality")
    drawing = page.get_by_role("group", name="Graph data_quality, a drawing")
    before = drawing.locator("[data-node=detect]").bounding_box()
    assert before is not None
    drawing.focus()
    drawing.press("ArrowDown")
    page.wait_for_function(f"y => {BOX}.y < y - 20", arg=before["y"])
    drawing.press("0")
    page.wait_for_function(f"y => Math.abs({BOX}.y - y) < 5", arg=before["y"])
    page.get_by_role("button", name="Zoom in").click()
    page.wait_for_function(f"width => {BOX}.width > width", arg=before["width"])


def test_a_phone_has_the_drawing_run_down(page: Page, url: str) -> None:
    page.set_viewport_size(PHONE)
    page.goto(f"{url}/ui/graphs")
    expect(page.get_by_role("link", name="Start a run of halving")).to_be_visible()
    assert_fits(page)
    page.goto(f"{url}/ui/graphs/data_quality")
    first = page.locator("[data-node=profile]")
    second = page.locator("[data-node=detect]")
    expect(first).to_be_visible()
    above, below = first.bounding_box(), second.bounding_box()
    assert above is not None
    assert below is not None
    assert above["y"] + above["height"] <= below["y"]
    assert_fits(page)


def test_a_graph_that_is_not_there_is_said(page: Page, url: str) -> None:
    page.goto(f"{url}/ui/graphs/nothing")
    expect(page.get_by_role("alert")).to_contain_text("Not found")

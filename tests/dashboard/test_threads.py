"""Threads and their conversations, with the example agent, which needs no network."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from tests.conftest import ROOT, ServerProcess
from tests.dashboard.conftest import PHONE, assert_accessible, assert_fits, live
from tests.langgraph.serving import serving

from runwire_client import Client

PACE = {"AGENT_SECONDS_PER_TOKEN": "0.1"}
EXAMPLE = ROOT / "examples/langgraph_agent"
# A word every 0.1 s: slow enough to be looked at, stopped and reloaded.
PACE = {"AGENT_SECONDS_PER_TOKEN": "0.1"}
FOUND = "There is EN 414 at 21:27 for 59 euros."
BOOKED = "EN 414 is booked, seat 42. Anything else?"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server with the agent that the tests of this file share."""
    folder = tmp_path_factory.mktemp("threads")
    with serving(EXAMPLE, folder, **PACE) as running:
        yield running


@pytest.fixture
def thread(client: Client) -> str:
    """A thread of the agent's, empty."""
    return client.threads.create(graph_id="agent").thread_id


def say(page: Page, text: str) -> None:
    page.get_by_label("Message", exact=True).fill(text)
    page.keyboard.press("Enter")


def open_thread(page: Page, url: str, thread_id: str, tab: str = "") -> None:
    page.goto(f"{url}/ui/threads/{thread_id}{tab and '?tab=' + tab}")
    live(page)


def messages(page: Page, role: str) -> list[str]:
    """Return what those of a role have said."""
    return page.locator(f"[data-role={role}] p").all_inner_texts()


def test_a_chat_with_a_tool_an_approval_and_a_second_turn(
    page: Page, url: str, thread: str
) -> None:
    open_thread(page, url, thread)
    say(page, "Book Vienna to Zurich")
    expect(page.get_by_text("is speaking …")).to_be_visible()
    expect(page.get_by_text("Book EN 414 for 59 euros?")).to_be_visible()
    expect(page.get_by_text(FOUND)).to_be_visible()
    call = page.get_by_role("group").filter(has_text="find_trains")
    expect(call).to_contain_text("done")
    call.locator("summary").click()
    expect(call).to_contain_text("21:27")
    assert_accessible(page)
    page.get_by_role("button", name="Yes").click()
    expect(page.get_by_text(BOOKED)).to_be_visible()
    expect(page.get_by_text("Book EN 414 for 59 euros?")).to_be_hidden()
    say(page, "What else?")
    expect(page.get_by_text("I know the trains between")).to_be_visible()
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_visible()
    assert messages(page, "human") == ["Book Vienna to Zurich", "What else?"]


def test_no_is_an_answer(page: Page, url: str, thread: str) -> None:
    open_thread(page, url, thread)
    say(page, "Book EN 414")
    page.get_by_role("button", name="No", exact=True).click()
    expect(page.locator("[data-role=ai]").last).to_contain_text("EN 414 was not booked")


def test_an_answer_goes_on_after_a_reload(page: Page, url: str, thread: str) -> None:
    open_thread(page, url, thread)
    say(page, "What can you do?")
    expect(page.get_by_text("I know the trains")).to_be_visible()
    page.reload()
    expect(page.get_by_text("is speaking …")).to_be_visible()
    expect(page.get_by_text("and not before.")).to_be_visible()
    expect(page.get_by_text("is speaking …")).to_be_hidden()
    assert len(messages(page, "ai")) == len(messages(page, "human")) == 1


def test_an_answer_is_stopped(page: Page, url: str, thread: str) -> None:
    open_thread(page, url, thread)
    say(page, "What can you do?")
    expect(page.get_by_text("is speaking …")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_visible()
    expect(page.get_by_text("is speaking …")).to_be_hidden()
    assert "and not before." not in "".join(messages(page, "ai"))


def test_what_somebody_else_says_is_seen(page: Page, url: str, client: Client, thread: str) -> None:
    open_thread(page, url, thread)
    expect(page.get_by_text("Nothing has been said yet")).to_be_visible()
    said = {"messages": [{"role": "user", "content": "Vienna to Zagreb"}]}
    client.runs.wait(client.runs.create("agent", said, thread_id=thread).run_id)
    expect(page.get_by_text("Shall I book it?")).to_be_visible()
    expect(page.get_by_text("Vienna to Zagreb", exact=True)).to_be_visible()


def test_a_message_is_edited_and_sent_anew(page: Page, url: str, thread: str) -> None:
    open_thread(page, url, thread)
    say(page, "Vienna to Zagreb")
    expect(page.get_by_text("Shall I book it?")).to_be_visible()
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_visible()
    page.locator("[data-role=human]").hover()
    page.get_by_role("button", name="Edit and send anew").click()
    page.get_by_label("The message, edited").fill("Graz to Vienna")
    page.get_by_role("button", name="Send anew", exact=True).click()
    expect(page.get_by_text("There is RJ 560")).to_be_visible()
    expect(page.get_by_text("Vienna to Zagreb", exact=True)).to_be_hidden()
    assert messages(page, "human") == ["Graz to Vienna"]


def test_the_history_shows_what_changed(page: Page, url: str, thread: str) -> None:
    open_thread(page, url, thread)
    say(page, "What can you do?")
    expect(page.get_by_text("and not before.")).to_be_visible()
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_visible()
    page.get_by_role("tab", name="History").click()
    expect(page.get_by_label("What changed", exact=True)).to_contain_text("a seat is booked")
    page.get_by_role("button", name=re.compile("then agent")).click()
    expect(page.get_by_role("button", name="Run from here")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Run from here").click()
    expect(page.get_by_role("tab", name="Chat")).to_have_attribute("data-state", "active")
    expect(page.get_by_text("is speaking …")).to_be_visible()
    page.get_by_role("tab", name="Runs").click()
    expect(page.get_by_role("list", name="Runs").get_by_role("listitem")).to_have_count(2)


def test_the_state_is_changed_as_a_node(page: Page, url: str, client: Client, thread: str) -> None:
    said = {"messages": [{"role": "user", "content": "hello"}]}
    client.runs.wait(client.runs.create("agent", said, thread_id=thread).run_id)
    open_thread(page, url, thread, "state")
    page.get_by_role("button", name="Change", exact=True).click()
    page.get_by_label("Changes of the state").fill(
        '{"messages": [{"role": "assistant", "content": "I was put here."}]}'
    )
    page.get_by_label("As node").select_option("agent")
    page.get_by_role("button", name="Change the state").click()
    expect(page.get_by_label("Values of the state", exact=True)).to_contain_text("I was put here.")
    assert client.threads.state(thread).values["messages"][-1]["content"] == "I was put here."


def test_the_list_is_live_and_filtered_by_its_address(page: Page, url: str, client: Client) -> None:
    client.threads.create(thread_id="of-ann", metadata={"user": "ann"})
    client.threads.create(thread_id="of-bob", metadata={"user": "bob"})
    page.goto(f"{url}/ui/threads")
    live(page)
    expect(page.get_by_role("link", name="of-bob")).to_be_visible()
    page.get_by_label("Metadata").fill("user=ann")
    expect(page).to_have_url(re.compile("metadata=user"))
    expect(page.get_by_role("link", name="of-bob")).to_be_hidden()
    row = page.get_by_role("listitem").filter(has=page.get_by_role("link", name="of-ann"))
    expect(row).to_contain_text("idle")
    client.runs.create("agent", {"messages": "Book EN 414"}, thread_id="of-ann")
    expect(row).to_contain_text("interrupted")
    assert_accessible(page)


def test_a_thread_is_made_copied_and_deleted(page: Page, url: str, client: Client) -> None:
    page.goto(f"{url}/ui/threads")
    page.get_by_role("button", name="New thread").click()
    page.get_by_label("Thread id").fill("not an id")
    page.get_by_role("button", name="Make the thread").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Thread id").fill("made")
    page.get_by_role("button", name="Make the thread").click()
    expect(page.get_by_role("heading", name="made", level=1)).to_be_visible()
    page.get_by_role("button", name="More to do with this thread").click()
    page.get_by_role("menuitem", name="Copy the thread").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("made")
    page.get_by_role("button", name="More to do with this thread").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("button", name="Delete the thread").click()
    expect(page.get_by_role("heading", name="Threads", level=1)).to_be_visible()
    assert client.threads.get("made").status == "idle"


def test_a_phone_has_room_for_a_chat(page: Page, url: str, thread: str) -> None:
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme="dark")
    open_thread(page, url, thread)
    say(page, "Book Vienna to Zurich")
    expect(page.get_by_role("button", name="Yes")).to_be_visible()
    assert_fits(page)
    assert_accessible(page)


def test_an_unknown_thread_is_said_to_be_none(page: Page, url: str) -> None:
    page.goto(f"{url}/ui/threads/nobody")
    expect(page.get_by_role("alert")).to_contain_text("Not found")

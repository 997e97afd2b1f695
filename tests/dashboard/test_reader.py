"""What a role may not do is offered on no page: an admin is offered it there, a reader is not."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from tests.dashboard.conftest import live
from tests.dashboard.keyed import Keyed, keyed

from runwire_client import RunTemplate

DEED = re.compile(
    r"(Answer|Cancel|Delete|Edit|Fork|New|Pause|Retry|Run now|Save|Send|Start|Upload)\b"
)
DEEDS = "main :is(button, a):visible, [role=menuitem]:visible"


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keyed]:
    with keyed(tmp_path_factory.mktemp("reader")) as found:
        yield found


@pytest.fixture(scope="module")
def pages(door: Keyed) -> dict[str, str]:
    """The pages where something can be done, by what they show."""
    with door.client("default") as client:
        asking = client.runs.create("approval", {"amount": 12.0})
        ended = client.runs.create("data_quality", {"dataset": "seattle-weather"})
        thread = client.threads.create().thread_id
        template = RunTemplate("approval", {"amount": 1.0})
        client.schedules.create("nightly", "30 2 * * *", template, time_zone="UTC")
        client.runs.wait(ended.run_id)
    return {
        "a run that asks": f"/ui/runs/{asking.run_id}",
        "a run that has ended": f"/ui/runs/{ended.run_id}",
        "its states": f"/ui/runs/{ended.run_id}?tab=state",
        "runs": "/",
        "start": "/ui/start?graph=data_quality",
        "graph": "/ui/graphs/data_quality",
        "graphs": "/ui/graphs",
        "editor": "/ui/editor?graph=halving",
        "thread": f"/ui/threads/{thread}",
        "threads": "/ui/threads",
        "artifacts": "/ui/artifacts",
        "schedule": "/ui/schedules/nightly",
        "schedules": "/ui/schedules",
        "storage": "/ui/storage",
        "keys": "/ui/keys",
    }


def test_a_reader_is_offered_what_a_reader_may_do(
    page: Page, door: Keyed, pages: dict[str, str]
) -> None:
    door.sign_in(page, door.admin)
    to_admins = offered(page, door, pages)
    assert [name for name, deeds in to_admins.items() if not deeds] == []
    page.evaluate("sessionStorage.clear()")
    door.sign_in(page, door.secret("reader", "--role", "reader", "--in", "default"))
    assert offered(page, door, pages) == {name: set() for name in pages}


def offered(page: Page, door: Keyed, pages: dict[str, str]) -> dict[str, set[str]]:
    """Return the deeds that each page offers."""
    found = {}
    for name, path in pages.items():
        page.goto(f"{door.url}{path}")
        live(page)
        expect(page.locator("main h1")).to_be_visible()
        page.wait_for_load_state("networkidle")
        more = page.get_by_role("button", name=re.compile("^More to do"))
        if more.count():
            more.click()
        names = [
            each.get_attribute("aria-label") or each.inner_text()
            for each in page.locator(DEEDS).all()
        ]
        found[name] = {deed[0] for each in names if (deed := DEED.match(each))}
    return found

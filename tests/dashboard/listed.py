"""Runs that wait for an answer, and their rows on the runs page."""

import json
import uuid
from urllib.parse import quote

from playwright.sync_api import Locator, Page
from tests.dashboard.conftest import live

from runwire_client import Client
from runwire_client.runs import Run, RunStatus


def waiting(client: Client, mark: str, *, amount: float = 5.0) -> Run:
    """Start a run with a label of its own that soon waits for an answer."""
    run = client.runs.create("approval", {"amount": amount}, labels={"test": mark})
    until(client, run, RunStatus.INTERRUPTED)
    return run


def until(client: Client, run: Run, status: RunStatus) -> None:
    """Follow a run until it has had a status."""
    for event in client.runs.watch(run.run_id):
        if event.kind == "status_changed" and event.data["to_status"] is status:
            return
    raise AssertionError(f"{run.run_id} never was {status}")


def some_mark() -> str:
    """Return a label's value that only one test has."""
    return f"m{uuid.uuid4().hex[:10]}"


def rows(page: Page) -> Locator:
    """Return the rows of runs that are shown."""
    return page.locator("[data-row]")


def row(page: Page, run: Run) -> Locator:
    """Return the row of a run."""
    return page.locator(f'[data-row="{run.run_id}"]')


def go(page: Page, url: str, **search: object) -> None:
    """Open the page with filters, and wait until it is live."""
    spelled = "&".join(
        f"{name}={quote(value if isinstance(value, str) else json.dumps(value))}"
        for name, value in search.items()
    )
    page.goto(f"{url}/?{spelled}" if spelled else url)
    live(page)

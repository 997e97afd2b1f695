"""The code that the dashboard shows is run as it stands: it does what the screen shows."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.conftest import ROOT, plain_environment
from tests.dashboard.conftest import live
from tests.dashboard.keyed import Keyed, keyed

RUN_SECONDS = 60
ODD = 'it\'s $HOME `id` "q" \\'
TASKS = (
    "List the runs that failed",
    "List the graphs",
    "Tell who the server takes you to be",
    "Start a run",
    "See which ended runs would be deleted",
)


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keyed]:
    with keyed(tmp_path_factory.mktemp("snippets")) as found:
        yield found


@pytest.fixture(scope="module")
def bin_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where `runwire` is this tree's."""
    found = tmp_path_factory.mktemp("bin")
    program = found / "runwire"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m runwire "$@"\n')
    program.chmod(0o755)
    return found


def run(text: str, door: Keyed, bin_directory: Path, *, language: str) -> str:
    """Run what was copied, with the key where the text looks for it."""
    command = [sys.executable, "-c"] if language == "Python" else ["sh", "-c"]
    path = f"{bin_directory}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [*command, text],
        env={**plain_environment(), "RUNWIRE_API_KEY": door.admin, "PATH": path},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{text}\n{done.stdout}{done.stderr}"
    assert '"code":' not in done.stdout.replace(" ", "") or language != "curl", done.stdout
    return done.stdout


def shown(page: Page, language: str) -> list[str]:
    """Return the texts of a language, all that are on the page."""
    page.get_by_role("tab", name=language, exact=True).click()
    found = page.locator(f"pre[data-language={language}]:visible")
    expect(found.first).to_be_visible()
    return found.all_text_contents()


@pytest.mark.parametrize("language", ["grpcurl", "Python", "curl", "CLI"])
def test_common_tasks_work_as_they_are_shown(
    page: Page, door: Keyed, bin_directory: Path, language: str
) -> None:
    if language in ("grpcurl", "curl") and shutil.which(language) is None:
        pytest.skip(f"there is no {language} here")
    door.sign_in(page, door.admin, "/ui/settings")
    for task in TASKS:
        page.get_by_label("Task").select_option(task)
        page.get_by_role("tab", name=language, exact=True).click()
        if task == "Start a run":
            # The graph and what it takes are asked for.
            expect(page.locator(f"pre[data-language={language}]:visible")).to_contain_text("amount")
        (text,) = shown(page, language)
        assert door.admin not in text
        said = run(text, door, bin_directory, language=language)
        if "who the server" in task:
            assert "key:admin" in said
        if "graphs" in task:
            assert "map_reduce" in said


@pytest.mark.parametrize("language", ["grpcurl", "Python", "curl", "CLI"])
def test_what_is_typed_reaches_the_server_as_it_is(
    page: Page, door: Keyed, bin_directory: Path, language: str
) -> None:
    """A filter with everything in it that shells and languages take for their own."""
    if language in ("grpcurl", "curl") and shutil.which(language) is None:
        pytest.skip(f"there is no {language} here")
    with door.client() as client:
        made = client.keys.create(ODD, role="admin")
    door.sign_in(page, made.secret, "/ui/keys?tab=audit")
    page.get_by_role("textbox", name="Caller").fill(f"key:{ODD}")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Code").click()
    (text,) = shown(page, language)
    assert made.secret not in text
    run(text, door, bin_directory, language=language)


def test_each_page_has_code(page: Page, door: Keyed) -> None:
    door.sign_in(page, door.admin, "/ui/workers")
    for path in ("workers", "storage", "keys", "settings"):
        page.goto(f"{door.url}/ui/{path}")
        live(page)
        page.get_by_role("button", name="Code").click()
        dialog = page.get_by_role("dialog", name="Code for what is on the screen")
        expect(dialog.locator("pre").first).to_contain_text("grpcurl")
        expect(dialog).to_contain_text("RUNWIRE_API_KEY")
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()

import inspect
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import runwire_client
from runwire.cli import caller
from runwire.cli.app import COMMANDS, app, command
from runwire.cli.exits import MEANINGS, Exit, exit_of_error, exit_of_status
from runwire.cli.settings import CALLER_VARIABLES
from runwire.domain import errors

PAGE = Path(__file__).resolve().parents[2] / "docs/cli.md"
WITHOUT_A_SERVER = ("serve", "worker", "migrate", "promote")
HELP_SECONDS = 0.5
HEAVY = ("grpc", "obstore", "runwire.server", "runwire_client", "sqlalchemy")


def options(of: Any) -> set[str]:
    return {name for each in of.params for name in each.opts if name.startswith("--")}


def leaves(name: str) -> dict[str, Any]:
    """Return every command below one, by its words."""
    found = command(name)
    below = getattr(found, "commands", None)
    return (
        {name: found} if below is None else {f"{name} {key}": each for key, each in below.items()}
    )


LEAVES = {words: each for name in COMMANDS for words, each in leaves(name).items()}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_table_says_what_the_command_says(name: str) -> None:
    summary = COMMANDS[name]
    assert (command(name).help or "").replace(";", ".").startswith(summary.rstrip("."))


@pytest.mark.parametrize("words", LEAVES)
def test_every_command_has_help_on_everything(words: str) -> None:
    found = LEAVES[words]
    assert found.help
    assert [each.name for each in found.params if not getattr(each, "help", None)] == []
    assert CliRunner().invoke(app, [*words.split(), "--help"]).exit_code == 0


@pytest.mark.parametrize("words", [words for words in LEAVES if words not in WITHOUT_A_SERVER])
def test_every_command_that_calls_a_server_has_json(words: str) -> None:
    assert {"--json", "--server", "--ca-certificate"} <= options(LEAVES[words])


def test_variables_of_the_command_line_are_known_as_no_settings() -> None:
    source = inspect.getsource(caller)
    named = set(re.findall(r'envvar="RUNWIRE_([A-Z_]+)"', source))
    assert {name.lower() for name in named} == CALLER_VARIABLES


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys\nfrom runwire.cli.app import app\n"
        "try: app(['--help'], prog_name='runwire')\n"
        f"finally: print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ended.stderr.strip() == "[]"


def test_help_is_quick() -> None:
    took = []
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "runwire", "--help"], capture_output=True, check=True)
        took.append(time.perf_counter() - start)
    assert min(took) < HELP_SECONDS


def test_every_exit_code_is_documented() -> None:
    assert set(MEANINGS) == set(Exit)
    shown = " ".join(CliRunner().invoke(app, ["--help"]).output.split())
    page = PAGE.read_text(encoding="utf-8")
    for code, meaning in MEANINGS.items():
        assert f"{code.value} {meaning}" in shown
        assert f"| {code.value} | {meaning} |" in page


def test_every_command_is_documented() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert [words for words in LEAVES if f"`{words}" not in page] == []


EXITS = {
    "NotFound": Exit.NOT_FOUND,
    "AlreadyExists": Exit.REFUSED,
    "Conflict": Exit.REFUSED,
    "Invalid": Exit.INVALID,
    "NotAllowed": Exit.REFUSED,
    "OutOfRange": Exit.INVALID,
    "Exhausted": Exit.REFUSED,
    "Unavailable": Exit.UNAVAILABLE,
    "DataLoss": Exit.BROKEN,
}


@pytest.mark.parametrize(("name", "code"), EXITS.items())
def test_the_servers_errors_and_the_clients_end_alike(name: str, code: Exit) -> None:
    assert exit_of_error(getattr(errors, name)("x")) is code
    assert exit_of_error(getattr(runwire_client, name)("x")) is code


def test_a_run_ends_its_watch_by_its_status() -> None:
    ends = {status.value: exit_of_status(status) for status in runwire_client.RunStatus}
    assert {status: code for status, code in ends.items() if code} == {
        "failed": Exit.FAILED,
        "cancelled": Exit.CANCELLED,
        "interrupted": Exit.INTERRUPTED,
    }


@pytest.mark.parametrize("words", [("runs", "list"), ("run", "x", "--watch"), ("graphs", "list")])
def test_without_a_server_the_remedy_is_told(words: tuple[str, ...], runwire: Any) -> None:
    ended = runwire(*words, "--server", "127.0.0.1:1")
    assert ended.code == Exit.UNAVAILABLE
    assert ended.out == ""
    [line] = ended.err.splitlines()
    assert line.startswith("error: no server at 127.0.0.1:1: start one with `runwire serve`")


WRONG = {
    "unknown command": (("sevre",), "No such command 'sevre'. Did you mean"),
    "unknown option": (("runs", "list", "--bogus"), "No such option: --bogus"),
    "unknown status": (("runs", "list", "--status", "blue"), "'blue' is not one of"),
    "missing argument": (("runs", "get"), "Missing argument"),
}


@pytest.mark.parametrize(("words", "expected"), WRONG.values(), ids=WRONG)
def test_a_wrong_command_line_says_what_is_wrong(
    words: tuple[str, ...], expected: str, runwire: Any
) -> None:
    ended = runwire(*words, COLUMNS="200")
    assert ended.code == Exit.USAGE
    assert expected.lower() in " ".join(ended.err.split()).lower()
    assert "Traceback" not in ended.err

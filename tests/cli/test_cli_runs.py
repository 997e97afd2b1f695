import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from runwire.cli.exits import Exit


@pytest.fixture
def mine() -> str:
    """A run id that no other test has: they share a server."""
    return f"mine-{uuid4()}"


def created(calling: Any, *words: str) -> str:
    """Create a run and return its id."""
    run_id: str = calling("run", *words, "--json").document["run_id"]
    return run_id


def test_a_run_is_watched_to_its_output(calling: Any) -> None:
    ended = calling("run", "three_nodes", "--input", '{"n": 1}', "--watch")
    assert ended.code == Exit.OK
    assert "third:1 SUCCEEDED" in ended.out
    assert '"n": 7' in ended.out
    assert ended.err == ""


def test_a_program_reads_events_as_json_lines(calling: Any) -> None:
    ended = calling("run", "three_nodes", "-i", '{"n": 1}', "-w", "--json", "--label", "team=risk")
    started, *events, end = ended.lines
    assert started["kind"] == "started"
    assert [each["sequence"] for each in events] == list(range(1, len(events) + 1))
    assert end["run"]["status"] == "succeeded"
    assert end["run"]["output"] == {"n": 7}
    assert end["run"]["labels"] == {"team": "risk"}


def test_input_comes_from_a_file_or_from_standard_input(calling: Any, tmp_path: Path) -> None:
    (tmp_path / "input.json").write_text('{"n": 2}')
    for word, stdin in (("@input.json", ""), ("@-", '{"n": 2}')):
        ended = calling("run", "three_nodes", "-i", word, "-w", "--json", stdin=stdin)
        assert ended.lines[-1]["run"]["output"] == {"n": 9}


def test_a_run_waits_in_a_queue_for_its_time_and_its_place(calling: Any, mine: str) -> None:
    words = ("three_nodes", "-i", '{"n": 1}', "--run-id", mine, "--queue", "nobody")
    limit = ("--concurrency-key", "tenant-7", "--concurrency-limit", "3")
    calling("run", *words, "--delay", "3600", *limit)
    told = calling("runs", "get", mine).out
    assert "nobody" in told
    assert "3 of tenant-7" in told
    assert "ready" in told
    found = calling("runs", "list", "--filter", "queue = nobody", "--json").document
    assert mine in {each["run_id"] for each in found}
    calling("runs", "cancel", mine)


def test_a_run_is_found_by_its_id_its_labels_and_its_status(calling: Any, mine: str) -> None:
    label = f"owner={mine}"
    calling("run", "three_nodes", "-i", '{"n": 1}', "-w", "--run-id", mine, "--label", label)
    assert calling("runs", "get", mine, "--json").document["output"] == {"n": 7}
    assert "SUCCEEDED" in calling("runs", "get", mine).out
    ours = ("runs", "list", "--filter", f'labels.owner = "{mine}"', "--json")
    assert [each["run_id"] for each in calling(*ours).document] == [mine]
    assert len(calling(*ours, "--status", "succeeded").document) == 1
    assert calling(*ours, "--status", "failed").document == []
    assert len(calling("runs", "list", "--limit", "1", "--json").document) == 1
    assert mine in calling("runs", "list").out


def test_the_inside_of_a_run_can_be_looked_at(calling: Any, mine: str) -> None:
    calling("run", "three_nodes", "-i", '{"n": 1}', "-w", "--run-id", mine)
    steps = calling("runs", "steps", mine, "--json").document
    assert [each["node"] for each in steps] == ["first", "second", "third"]
    assert "second:1" in calling("runs", "steps", mine).out
    assert calling("runs", "state", mine, "--json").document["values"] == {"n": 7}
    checkpoints = calling("runs", "checkpoints", mine, "--json").document
    assert len(checkpoints) >= 3
    first = checkpoints[-2]["checkpoint_id"]
    values = calling("runs", "state", mine, "--checkpoint", first, "--json").document["values"]
    assert values == {"n": 2}


def test_a_watch_goes_on_from_any_event(calling: Any) -> None:
    run_id = created(calling, "three_nodes", "-i", '{"n": 1}')
    everything = calling("runs", "watch", run_id, "--json")
    assert everything.code == Exit.OK
    some = calling("runs", "watch", run_id, "--from", "4", "--json")
    assert some.lines[1:] == everything.lines[4:]


def test_a_question_ends_the_watch_and_an_answer_goes_on(calling: Any, mine: str) -> None:
    asked = calling("run", "approval", "-i", '{"amount": 3}', "-w", "--run-id", mine)
    assert asked.code == Exit.INTERRUPTED
    assert f"Answer with: runwire runs resume {mine} JSON --watch --server" in asked.out
    wrong = calling("runs", "resume", mine, '{"approved": "perhaps"}')
    assert wrong.code == Exit.INVALID
    answered = calling("runs", "resume", mine, '{"approved": true}', "--watch")
    assert answered.code == Exit.OK, answered.err
    assert '"note": "approved"' in answered.out
    again = calling("runs", "watch", mine, "--json")
    assert again.code == Exit.OK, "a question of the past is history"


def test_a_cancelled_run_ends_its_watch_as_cancelled(calling: Any) -> None:
    run_id = created(calling, "sleepy", "-i", '{"seconds": 30}')
    assert calling("runs", "cancel", run_id, "--reason", "enough").code == Exit.OK
    watched = calling("runs", "watch", run_id)
    assert watched.code == Exit.CANCELLED
    assert "enough" in watched.out
    refused = calling("runs", "get", run_id, "--json").document
    assert refused["status"] == "cancelled"


def test_a_run_that_takes_too_long_ends_as_failed(calling: Any) -> None:
    words = ("run", "sleepy", "-i", '{"seconds": 30}', "--timeout-seconds", "0.3", "-w")
    assert calling(*words).code == Exit.FAILED


def test_a_run_is_forked_with_a_change(calling: Any, mine: str) -> None:
    calling("run", "three_nodes", "-i", '{"n": 1}', "-w", "--run-id", mine)
    checkpoints = calling("runs", "checkpoints", mine, "--json").document
    words = ("--checkpoint", checkpoints[-2]["checkpoint_id"], "--update", '{"n": 10}')
    forked = calling("runs", "fork", mine, *words, "--run-id", f"{mine}-fork", "-w", "--json")
    assert forked.lines[-1]["run"]["output"] == {"n": 23}
    assert forked.lines[-1]["run"]["forked_from_run_id"] == mine


def test_a_run_that_has_ended_can_be_deleted(calling: Any, mine: str) -> None:
    calling("run", "three_nodes", "-i", '{"n": 1}', "-w", "--run-id", mine)
    assert calling("runs", "delete", mine).out == f"deleted {mine}\n"
    assert calling("runs", "get", mine).code == Exit.NOT_FOUND
    alive = created(calling, "sleepy", "-i", '{"seconds": 30}')
    assert calling("runs", "delete", alive).code == Exit.REFUSED
    calling("runs", "cancel", alive)


REFUSED = {
    "no such graph": (("run", "nothing"), Exit.NOT_FOUND),
    "no such run": (("runs", "watch", "nothing"), Exit.NOT_FOUND),
    "no such run's steps": (("runs", "steps", "nothing"), Exit.NOT_FOUND),
    "no such file": (("run", "three_nodes", "-i", "@nothing.json"), Exit.NOT_FOUND),
    "no such artifact": (("artifacts", "get", "nothing"), Exit.NOT_FOUND),
    "wrong input": (("run", "three_nodes", "-i", '{"n": "many"}'), Exit.INVALID),
    "wrong filter": (("runs", "list", "--filter", "((("), Exit.INVALID),
    "not JSON": (("run", "three_nodes", "-i", "{"), Exit.USAGE),
    "not a pair": (("run", "three_nodes", "--label", "x"), Exit.USAGE),
}


@pytest.mark.parametrize(("words", "code"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_is_one_line_and_a_code(
    words: tuple[str, ...], code: Exit, calling: Any
) -> None:
    ended = calling(*words)
    assert ended.code == code
    assert ended.out == ""
    assert "Traceback" not in ended.err
    if code is not Exit.USAGE:
        assert ended.err.startswith("error: ")


def test_ctrl_c_leaves_the_run_alone_and_says_how_to_come_back(
    calling: Any, mine: str, server_process: Any, environment: dict[str, str]
) -> None:
    words = ("run", "sleepy", "-i", '{"seconds": 30}', "--run-id", mine, "-w")
    # A shell that starts the tests behind itself (`pytest &`) has them, and what they start, ignore
    # Ctrl-C: here it is to mean what it does at a terminal.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    watching = subprocess.Popen(
        [sys.executable, "-m", "runwire", *words, "--server", server_process.grpc_address],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment | {"PYTHONUNBUFFERED": "1"},
    )
    signal.signal(signal.SIGINT, before)
    with watching:
        assert watching.stdout is not None
        for line in watching.stdout:
            if "sleep:1" in line:
                break
        watching.send_signal(signal.SIGINT)
        out, err = watching.communicate(timeout=20)
    assert watching.returncode == Exit.DETACHED
    assert f"Detached; the run goes on. Come back with: runwire runs watch {mine} --from" in out
    assert err == ""
    assert calling("runs", "get", mine, "--json").document["status"] == "running"
    calling("runs", "cancel", mine)


def test_graphs_are_listed_and_described(calling: Any) -> None:
    listed = calling("graphs", "list", "--json").document
    assert {"approval", "three_nodes", "sleepy"} <= {each["graph_id"] for each in listed}
    described = calling("graphs", "get", "three_nodes").out
    assert "START → first" in described
    assert "third → END" in described
    assert calling("graphs", "get", "three_nodes", "--json").document["input_schema"]
    assert calling("graphs", "tools").code == Exit.OK
    wrong = calling("graphs", "create", '{"graph_id": "x", "nodes": {"a": {"tool": "nothing"}}}')
    assert wrong.code == Exit.INVALID
    assert "nothing" in wrong.err


def test_an_artifact_goes_up_and_comes_back(calling: Any, tmp_path: Path) -> None:
    content = bytes(range(256)) * 5000
    (tmp_path / "data.bin").write_bytes(content)
    artifact_id = calling("artifacts", "put", "data.bin").out.strip()
    described = calling("artifacts", "get", artifact_id, "--json").document
    assert described["filename"] == "data.bin"
    assert described["size_bytes"] == len(content)
    assert calling("artifacts", "get", artifact_id, "-o", "back.bin").code == Exit.OK
    assert (tmp_path / "back.bin").read_bytes() == content
    assert artifact_id in calling("artifacts", "list").out
    assert calling("artifacts", "delete", artifact_id).code == Exit.OK
    assert calling("artifacts", "get", artifact_id).code == Exit.NOT_FOUND


def test_an_artifact_can_be_poured_into_a_pipe(calling: Any, tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("many words\n")
    artifact_id = calling("artifacts", "put", "text.txt").out.strip()
    assert calling("artifacts", "get", artifact_id).out == "many words\n"


def test_a_file_becomes_an_input(calling: Any, tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("words")
    ended = calling("run", "echo", "--artifact", "text=text.txt", "-w", "--json")
    artifact_id = ended.lines[-1]["run"]["input"]["text"]
    assert calling("artifacts", "get", artifact_id).out == "words"


@pytest.mark.parametrize("option", ["--priority", "--concurrency-limit"])
def test_a_number_that_no_message_holds_is_refused(option: str, calling: Any) -> None:
    ended = calling("run", "three_nodes", option, "99999999999")
    assert ended.code == Exit.USAGE
    assert option in ended.err

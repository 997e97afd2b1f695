"""The examples through a real server, by the client and by the command line."""

import csv
import io
import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runwire_client import Client, Invalid, Run, RunStatus

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
ORDERS = EXAMPLES / "data_quality/orders.csv"
WAIT_SECONDS = 60


@pytest.fixture
def client(example_server: Any) -> Iterator[Client]:
    with Client(example_server.grpc_address) as connected:
        yield connected


def ended(client: Client, graph_id: str, given: object) -> Run:
    """Run a graph to its end, watching it."""
    watch = client.runs.create_and_watch(graph_id, given)
    sequences = [event.sequence for event in watch]
    assert watch.run is not None
    assert sequences == list(range(1, watch.run.last_sequence + 1))
    return client.runs.get(watch.run.run_id)


def runwire(example_server: Any, *words: str, exit_code: int = 0) -> str:
    """Call the command line, and return what it prints."""
    command = [sys.executable, "-m", "runwire", *words, "--server", example_server.grpc_address]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=WAIT_SECONDS,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == exit_code, done.stdout + done.stderr
    return done.stdout


def test_the_graphs_load_for_the_installed_command_too():
    """Unlike `python -m`, it does not have the current directory on its path by itself."""
    table = tomllib.loads((ROOT / "runwire.toml").read_text())
    references = [each for each in table["graphs"].values() if ":" in each]
    source = f"from runwire.engine.loading import load_graphs; load_graphs({references})"
    paths = os.pathsep.join(str(ROOT / each) for each in ("server", "clients/python"))
    done = subprocess.run(
        [sys.executable, "-P", "-c", source],
        capture_output=True,
        text=True,
        timeout=WAIT_SECONDS,
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": paths},
    )
    assert done.returncode == 0, done.stderr


def test_a_table_is_uploaded_mended_and_reported_on(client: Client):
    table = client.artifacts.upload(ORDERS, content_type="text/csv")
    run = ended(client, "data_quality", {"table": table.artifact_id})
    assert run.status is RunStatus.SUCCEEDED, run.error
    assert run.output["anomaly_count"] == 0
    assert run.output["row_count"] == 120
    cleaned = client.artifacts.download_bytes(run.output["cleaned"]).decode()
    assert len(list(csv.DictReader(io.StringIO(cleaned)))) == 120
    page = client.artifacts.download_bytes(run.output["report"]).decode()
    assert page.count("<svg") > 5
    filenames = {each.filename for each in client.artifacts.list(run_id=run.run_id)}
    assert {"cleaned.csv", "report.html", "table-1.csv", "profile-0.json"} <= filenames


def test_the_execution_log_shows_every_round(client: Client):
    table = client.artifacts.upload(ORDERS)
    run = ended(client, "data_quality", {"table": table.artifact_id, "max_rounds": 1})
    steps = [step.step_id for step in client.runs.steps(run.run_id)]
    assert steps == [
        "profile:1", "detect:1", "derive:1", "apply:1", "profile:2", "detect:2", "report:1",
    ]  # fmt: skip
    assert run.output["anomaly_count"] > 0
    assert len(run.output["rounds"]) == 1


def test_a_table_that_is_good_enough_is_only_reported_on(client: Client):
    table = client.artifacts.upload(b"a,b\n1,x\n2,\n", filename="small.csv")
    run = ended(client, "data_quality", {"table": table.artifact_id, "threshold": 5})
    assert run.output["anomaly_count"] == 1
    assert [step.node for step in client.runs.steps(run.run_id)] == ["profile", "detect", "report"]


def test_a_real_dataset_comes_by_its_name(client: Client):
    pytest.importorskip("vega_datasets")
    run = ended(client, "data_quality", {"dataset": "seattle-weather"})
    assert run.status is RunStatus.SUCCEEDED, run.error
    assert run.output["row_count"] == 1461


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "no table: pass the artifact id of a CSV"),
        ({"dataset": "no-such"}, "BadTable"),
        ({"table": "no-such"}, "no-such"),
    ],
)
def test_without_a_table_the_run_fails_and_says_why(client: Client, given: object, words: str):
    run = ended(client, "data_quality", given)
    assert run.status is RunStatus.FAILED
    assert run.error is not None
    assert words in run.error.message


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"table": 7}, "spec.input.table"),
        ({"current": "x"}, "spec.input.current"),
        ({"threshold": -1}, "spec.input.threshold"),
    ],
)
def test_input_that_does_not_fit_is_refused_by_field(client: Client, given: object, field: str):
    with pytest.raises(Invalid) as refused:
        client.runs.create("data_quality", given)
    assert [violation.field for violation in refused.value.violations] == [field]


@pytest.mark.parametrize(("approved", "node"), [(True, "pay"), (False, "decline")])
def test_a_run_waits_for_approval_and_goes_where_the_answer_leads(
    client: Client, approved: bool, node: str
):
    run = client.runs.create("approval", {"amount": 250, "purpose": "a bicycle"})
    for event in client.runs.watch(run.run_id):
        if event.kind == "interrupt_raised":
            assert event.data["interrupt"].value["question"] == "Spend 250 on a bicycle?"
        if event.kind == "status_changed" and event.data["to_status"] is RunStatus.INTERRUPTED:
            break
    with pytest.raises(Invalid):
        client.runs.resume(run.run_id, {"approved": "perhaps"})
    client.runs.resume(run.run_id, {"approved": approved})
    run = client.runs.wait(run.run_id, timeout_seconds=WAIT_SECONDS)
    assert run.status is RunStatus.SUCCEEDED
    assert run.output["approved"] is approved
    assert [step.node for step in client.runs.steps(run.run_id)] == ["ask", node]
    if approved:
        assert run.output["receipt"] == f"{run.run_id}/pay:1"


def test_texts_are_counted_in_parallel_steps(client: Client):
    texts = ["A rose is a rose", "is a ROSE", "l'été, don't", ""]
    run = ended(client, "map_reduce", {"texts": texts})
    assert run.output["most_frequent"][:3] == [["a", 3], ["rose", 3], ["is", 2]]
    assert run.output["word_count"] == 10
    counted = [step for step in client.runs.steps(run.run_id) if step.node == "count"]
    assert len(counted) == len(texts)
    assert len({step.superstep for step in counted}) == 1


def test_no_texts_are_no_words(client: Client):
    run = ended(client, "map_reduce", {"texts": []})
    assert run.status is RunStatus.SUCCEEDED, run.error
    assert run.output["word_count"] == 0


@pytest.mark.parametrize(
    ("given", "summary", "seen"),
    [
        ({"value": 40, "limit": 5}, "At most 5 after 3 halvings.", [20, 10, 5]),
        ({"value": 3}, "At most 1 after 2 halvings.", [1.5, 0.75]),
        ({"value": -1}, "At most 1 after 0 halvings.", []),
    ],
)
def test_a_graph_in_json_loops_until_it_is_done(
    client: Client, given: object, summary: str, seen: list[float]
):
    run = ended(client, "halving", given)
    assert run.status is RunStatus.SUCCEEDED, run.error
    assert run.output["summary"] == summary
    assert run.output["seen"] == seen
    assert {step.tool for step in client.runs.steps(run.run_id)} <= {"halve", "announce"}


def test_a_graph_in_json_is_sent_while_the_server_runs(client: Client):
    definition = json.loads((EXAMPLES / "json_graph/graph.json").read_text())
    created = client.graphs.create(definition)
    assert client.graphs.create(definition).version == created.version
    twice = {"tool": "halve", "arguments": {"value": "${state.value}"}}
    client.graphs.create(
        {"graph_id": "quartering", "nodes": {"a": twice, "b": twice}, "edges": [["a", "b"]]}
    )
    assert ended(client, "quartering", {"value": 12}).output["value"] == 3


def test_a_graph_in_json_over_unknown_tools_is_refused_by_place(client: Client):
    nodes = {"a": {"tool": "halves"}}
    with pytest.raises(Invalid) as refused:
        client.graphs.create({"graph_id": "wrong", "nodes": nodes}, validate_only=True)
    [violation] = refused.value.violations
    assert violation.field == "definition.nodes.a.tool"
    assert "did you mean 'halve'?" in violation.description


def test_the_command_line_of_the_readme_works(example_server: Any, tmp_path: Path):
    printed = runwire(
        example_server, "run", "data_quality", "--artifact", f"table={ORDERS}", "--watch", "--json"
    )
    run = json.loads(printed.splitlines()[-1])["run"]
    assert run["status"] == "succeeded"
    report = tmp_path / "report.html"
    runwire(example_server, "artifacts", "get", run["output"]["report"], "--output", str(report))
    assert report.read_text().startswith("<!doctype html>")


def test_the_command_line_asks_for_approval(example_server: Any):
    words = ("run", "approval", "--input", '{"amount": 5}', "--watch", "--json")
    printed = runwire(example_server, *words, exit_code=7)
    run = json.loads(printed.splitlines()[-1])["run"]
    answer = ('{"approved": true}', "--watch", "--json")
    printed = runwire(example_server, "runs", "resume", run["run_id"], *answer)
    assert json.loads(printed.splitlines()[-1])["run"]["status"] == "succeeded"

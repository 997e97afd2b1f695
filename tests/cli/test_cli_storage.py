import pytest
from tests.cli.conftest import Runwire

from runwire_client import Client


def finished(client: Client, graph: str = "echo") -> str:
    run = client.runs.create(graph, {"n": 1})
    return client.runs.wait(run.run_id).run_id


def test_storage_is_a_table_for_people(calling: Runwire, sync_client: Client) -> None:
    finished(sync_client)
    shown = calling("storage")
    assert shown.code == 0, shown.err
    head, *rows = shown.out.splitlines()
    assert head.split() == [
        *("GRAPH", "RUNS", "UNFINISHED", "RUN", "DATA", "EVENTS", "CHECKPOINTS", "ARTIFACTS"),
        *("KEPT", "FOR"),
    ]
    assert any(row.startswith("echo ") for row in rows)
    assert rows[-1].startswith("database ")


def test_storage_is_json_for_programs(calling: Runwire, sync_client: Client) -> None:
    finished(sync_client)
    found = calling("storage", "--json").document
    echo = next(graph for graph in found["graphs"] if graph["graph_id"] == "echo")
    done = next(each for each in echo["statuses"] if each["status"] == "succeeded")
    assert done["runs"] >= 1
    assert done["run_bytes"] > done["event_bytes"] > 0
    assert found["database_bytes"] > found["free_bytes"] >= 0


def test_prune_shows_what_would_go_then_deletes_it(calling: Runwire, sync_client: Client) -> None:
    ids = {finished(sync_client, "three_nodes") for _ in range(2)}
    words = ("prune", "--older-than", "0s", "--graph", "three_nodes")
    dry = calling(*words, "--dry-run")
    assert dry.out.splitlines()[-1].split(" would go")[0].endswith("runs")
    assert ids <= {run.run_id for run in sync_client.runs.list(page_size=1000)}
    gone = calling(*words, "--json").document
    assert [each["graph_id"] for each in gone["graphs"]] == ["three_nodes"]
    assert not gone["dry_run"]
    assert gone["graphs"][0]["runs"] >= 2
    assert not ids & {run.run_id for run in sync_client.runs.list(page_size=1000)}
    assert calling(*words).out.startswith("nothing goes")


@pytest.mark.parametrize("age", ["soon", "7", "-1d", "d", "1y"])
def test_an_age_that_is_none_is_refused_with_the_remedy(calling: Runwire, age: str) -> None:
    ended = calling("prune", f"--older-than={age}")
    assert ended.code == 2
    assert "give 90s" in ended.err


def test_a_graph_nobody_knows_is_named(calling: Runwire) -> None:
    ended = calling("prune", "--graph", "nobody")
    assert ended.code == 3
    assert "no graph nobody" in ended.err

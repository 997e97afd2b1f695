"""A worker that is told to stop: LangGraph runs end at a superstep, and go on elsewhere."""

import json
from collections import Counter
from pathlib import Path

import pytest
from tests.langgraph import graphs
from tests.langgraph.served import Happened, serving

from runwire.domain.run import RunStatus
from runwire.domain.run_options import Durability

GRAPHS = {"ledger": graphs.ledger, "slow": graphs.slow}


@pytest.mark.parametrize("durability", list(Durability))
async def test_a_run_stops_between_two_supersteps_and_repeats_none(
    tmp_path: Path, durability: Durability
) -> None:
    ledger = tmp_path / "ledger"
    given = {"log": [], "ledger": str(ledger), "pause": 0.02}
    async with serving(tmp_path, GRAPHS) as served:
        modes = ("updates", "values")
        run_id = await served.create("ledger", given, stream_modes=modes, durability=durability)
        await served.until(run_id, "updates")
    async with serving(tmp_path, GRAPHS) as served:
        run = await served.ended(run_id)
    assert run.run.status is RunStatus.SUCCEEDED
    assert run.run.attempt == 1  # the worker was not lost, so it does not count
    assert "queued" in statuses(run)[1:]
    names = [f"node_{number:02}" for number in range(12)]
    assert [next(iter(each)) for each in run.told("updates")] == names
    assert [len(each["log"]) for each in run.told("values")] == list(range(13))
    assert Counter(ledger.read_text().split()) == dict.fromkeys(names, 1)
    assert json.loads(run.run.output.data)["log"] == names if run.run.output else False


async def test_what_does_not_stop_in_time_is_given_back(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    async with serving(tmp_path, GRAPHS) as served:
        given = {"log": [], "seconds": 20, "gate": str(gate), "threaded": True}
        run_id = await served.create("slow", given, stream_modes=("custom",))
        await served.until(run_id, "custom")
    gate.touch()
    async with serving(tmp_path, GRAPHS) as served:
        run = await served.ended(run_id)
    assert run.output == {
        "log": ["begun", "blocked"],
        "gate": str(gate),
        "seconds": 20,
        "threaded": True,
    }


async def test_as_many_nodes_as_there_are_threads_block_at_once(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    async with serving(tmp_path, GRAPHS) as served:
        given = {"log": [], "seconds": 20, "gate": str(gate), "threaded": True}
        ids = [await served.create("slow", given, stream_modes=("custom",)) for _ in range(40)]
        for run_id in ids:
            await served.until(run_id, "custom")
        gate.touch()
        for run_id in ids:
            assert (await served.ended(run_id)).run.status is RunStatus.SUCCEEDED


def statuses(run: Happened) -> list[str]:
    names = {1: "queued", 2: "running", 3: "interrupted", 5: "succeeded"}
    return [
        names.get(each.status_changed.to_status, "other")
        for each in run.events
        if each.HasField("status_changed")
    ]

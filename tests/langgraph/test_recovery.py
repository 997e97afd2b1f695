"""A worker that is killed with -9 while it executes a LangGraph graph: what was done stays done."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import ROOT, plain_environment

from runwire.domain.run_options import Durability

NODES = [f"node_{number:02}" for number in range(12)]
SUCCEEDED = 5


@dataclass
class Victim:
    """A process that executes one run, and what it said."""

    directory: Path
    events: list[dict[str, Any]] = field(default_factory=list)
    process: "subprocess.Popen[str] | None" = None

    def start(self, *words: str) -> Iterator[dict[str, Any]]:
        """Start it; yield the run's events."""
        environment = plain_environment()
        paths = [str(ROOT), *filter(None, [environment.get("PYTHONPATH")])]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.langgraph.victim", str(self.directory), *words],
            cwd=ROOT,
            env={**environment, "PYTHONPATH": os.pathsep.join(paths)},
            stdout=subprocess.PIPE,
            text=True,
        )
        self.events = []
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self.events.append(json.loads(line))
                yield self.events[-1]

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=30)

    def told(self, channel: str) -> list[Any]:
        return [
            each["told"][1] for each in self.events if each["told"] and each["told"][0] == channel
        ]


@pytest.fixture
def victim(tmp_path: Path) -> Iterator[Victim]:
    found = Victim(tmp_path)
    yield found
    if found.process is not None and found.process.poll() is None:
        found.kill()


@pytest.mark.parametrize("durability", [Durability.ASYNC, Durability.SYNC])
def test_kill_9_repeats_no_finished_node_and_tells_nothing_twice(
    victim: Victim, tmp_path: Path, durability: Durability
) -> None:
    ledger = tmp_path / "ledger"
    given = {"log": [], "ledger": str(ledger), "pause": 0.03}
    options = {"input": given, "stream_modes": ["updates", "values"], "durability": durability}
    beginning = ["ledger", json.dumps(options)]
    for stop_after in (2, 5, 8):
        for _ in victim.start(*beginning):
            if len(victim.told("updates")) == stop_after:
                break
        victim.kill()
        beginning = []
    assert [each["status"] for each in victim.start()][-1] == SUCCEEDED
    assert [next(iter(each)) for each in victim.told("updates")] == NODES
    assert [len(each["log"]) for each in victim.told("values")] == list(range(13))
    assert [each["sequence"] for each in victim.events] == list(range(1, len(victim.events) + 1))
    executed = Counter(ledger.read_text().split())
    assert set(executed) == set(NODES)
    # At each kill the node under way, and one whose end was on its way to the disk beside it.
    repeated = 3 * (1 if durability is Durability.SYNC else 2)
    assert sum(executed.values()) <= len(NODES) + repeated


def test_kill_9_in_a_superstep_repeats_only_its_unfinished_nodes(
    victim: Victim, tmp_path: Path
) -> None:
    ledger, gate = tmp_path / "ledger", tmp_path / "gate"
    given = {"log": [], "ledger": str(ledger), "gate": str(gate)}
    options = {"input": given, "stream_modes": ["updates", "tasks"]}
    for _ in victim.start("parallel", json.dumps(options)):
        if len(victim.told("updates")) == 2:
            break
    victim.kill()
    gate.touch()
    assert [each["status"] for each in victim.start()][-1] == SUCCEEDED
    told = [next(iter(each)) for each in victim.told("updates")]
    assert sorted(told[:2]) == ["quick", "quicker"]
    assert told[2:] == ["slow", "last"]
    executed = Counter(ledger.read_text().split())
    assert executed == {"quick": 1, "quicker": 1, "slow": 2, "last": 1}


def test_kill_9_of_a_run_that_saves_at_its_end_begins_again(victim: Victim, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    given = {"log": [], "ledger": str(ledger), "pause": 0.03}
    options = {"input": given, "stream_modes": ["updates"], "durability": "exit"}
    for _ in victim.start("ledger", json.dumps(options)):
        if len(victim.told("updates")) == 3:
            break
    victim.kill()
    assert [each["status"] for each in victim.start()][-1] == SUCCEEDED
    assert [next(iter(each)) for each in victim.told("updates")][-12:] == NODES
    assert Counter(ledger.read_text().split())["node_00"] == 2

"""T9: claims, renewals, results, cancellations and sweeps in schedules that only a seed decides.

To see a failure again: ``RUNWIRE_DRILL_SEED=<seed> pytest tests/faults/test_simulation.py``.
"""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from tests.faults.invariants import Invariants
from tests.faults.model_store import ModelStore, Op
from tests.faults.reporting import report, scaled
from tests.faults.twin import Twin
from tests.faults.world import World

STEPS = 60
SEED = os.environ.get("RUNWIRE_DRILL_SEED")


class Alone:
    """The model without a database beside it."""

    def __init__(self, now: Callable[[], datetime], invariants: Invariants) -> None:
        self.model = ModelStore(now, invariants.on_change)

    def do(self, op: Op) -> Any:
        return self.model.do(op)

    def burst(self, ops: Sequence[Op]) -> list[Any]:
        return self.model.burst(ops)


def seeds(short: int, at_length: int) -> Sequence[int]:
    return [int(SEED)] if SEED else range(scaled(short, at_length))


def play(seed: int, make_store: Callable[..., Any]) -> World:
    """Play one schedule; on failure tell its seed."""
    world = World(seed, make_store)
    try:
        world.run(STEPS)
    except Exception as error:
        error.add_note(f"seed {seed}: RUNWIRE_DRILL_SEED={seed} plays the same schedule again")
        raise
    return world


def test_no_schedule_breaks_an_invariant_or_leaves_a_run_stuck() -> None:
    began, ended, totals = time.perf_counter(), Counter[str](), Counter[str]()
    schedules = seeds(2_000, 120_000)
    for seed in schedules:
        world = play(seed, Alone)
        ended.update(run.status.name.lower() for run in world.model.all.runs.values())
        totals.update(world.told())
    seconds = time.perf_counter() - began
    if not SEED:
        assert min(ended[status] for status in ("succeeded", "failed", "cancelled")) > 0
        assert totals["stale_words"] > 0
        assert totals["repeated_words"] > 0
    report(
        "T9",
        variant="model",
        failures=0,
        schedules=len(schedules),
        schedules_per_second=len(schedules) / seconds,
        **totals,
        **ended,
    )


def test_one_seed_is_one_execution() -> None:
    first, again = play(11, Alone), play(11, Alone)
    assert first.model.all == again.model.all
    assert first.now == again.now


@pytest.fixture
def twin(tmp_path: Path) -> Iterator[Twin]:
    twin = Twin(tmp_path)
    yield twin
    twin.close()


def test_the_journal_answers_as_the_model_does(twin: Twin) -> None:
    began, calls = time.perf_counter(), 0
    schedules = seeds(25, 600)
    for seed in schedules:
        calls += play(seed, twin.begin).calls
        twin.compare()
    report(
        "T9",
        variant="journal on SQLite beside the model",
        failures=0,
        schedules=len(schedules),
        calls_compared=calls,
        schedules_per_second=len(schedules) / (time.perf_counter() - began),
    )

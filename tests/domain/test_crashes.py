"""A run that takes down its workers is parked with the evidence, and goes on when told to."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runwire.domain import crashes, moves
from runwire.domain.checkpoint import Checkpoint
from runwire.domain.errors import Conflict
from runwire.domain.event import InterruptRaised, LogEntry, NewEvent, StatusChanged, StepChanged
from runwire.domain.outcome import Interrupted
from runwire.domain.run import Interrupt, Run, RunId, RunStatus
from runwire.domain.step import Step
from runwire.domain.work import Lease, Progress

S = RunStatus
NOW = datetime(2026, 1, 1, tzinfo=UTC)
STEP = Step(
    run_id=RunId("r"),
    step_id="work:1",
    superstep=1,
    node="work",
    visit=1,
    attempt=1,
    status=S.RUNNING,
    started_at=NOW,
)
CHECKPOINT = Checkpoint(
    run_id=RunId("r"), number=1, superstep=1, nodes=(), next=(), visits={}, full=True, body=b"",
    created_at=NOW,
)  # fmt: skip


def a_run(**changes: object) -> Run:
    return Run(run_id=RunId("r"), graph_id="g", created_at=NOW, ready_at=NOW).but(**changes)


def lost(run: Run, worker: str, *, most: int = 3, seconds: int = 0) -> Run:
    move = crashes.lost(worker, [STEP], most)
    return move(run, NOW + timedelta(seconds=seconds)).run


def crashed(*workers: str, most: int = 3) -> Run:
    run = moves.claimed(a_run(), NOW).run
    for number, worker in enumerate(workers):
        run = lost(run, worker, most=most, seconds=number)
        if run.status is S.RUNNING:
            run = moves.claimed(run, NOW).run
    return run


def test_the_third_worker_in_a_row_parks_a_run() -> None:
    assert crashed("a", "b").status is S.RUNNING
    parked = crashed("a", "b", "c")
    assert parked.status is S.INTERRUPTED
    assert [crash.worker_id for crash in parked.crashes] == ["a", "b", "c"]
    [asked] = parked.open_interrupts
    assert (asked.node, asked.step_id) == ("work", "")
    told = json.loads(asked.value)
    assert told["reason"] == "WORKERS_CRASHED"
    assert told["crashes"][2] == {
        "worker_id": "c",
        "event_time": "2026-01-01T00:00:02+00:00",
        "nodes": ["work"],
    }


def test_the_events_tell_of_the_step_the_question_and_why() -> None:
    run = crashed("a", "b")
    change = crashes.lost("c", [STEP], 3)(run, NOW)
    step, asked, status = [event.detail for event in change.events]
    assert isinstance(step, StepChanged)
    assert step.to_status is S.INTERRUPTED
    assert isinstance(asked, InterruptRaised)
    assert isinstance(status, StatusChanged)
    assert status.reason.startswith("WORKERS_CRASHED")
    assert [item.status for item in change.steps] == [S.INTERRUPTED]


@given(st.lists(st.sampled_from("ab"), max_size=20))
def test_one_worker_many_times_is_one_worker(workers: list[str]) -> None:
    run = crashed(*workers)
    assert run.status is S.RUNNING
    assert len(run.crashes) == len(set(workers))


def test_a_worker_that_was_only_silent_says_nothing_more() -> None:
    run = crashed("a", "b")
    lease = Lease(run_id=run.run_id, epoch=run.epoch, worker_id="b")
    parked = lost(run, "c")
    with pytest.raises(Conflict):
        moves.progressed(lease, Progress())(parked, NOW)


@pytest.mark.parametrize(
    ("progress", "left"),
    [
        (Progress(checkpoints=(CHECKPOINT,)), 0),
        (Progress(steps=(replace(STEP, status=S.SUCCEEDED),)), 0),
        (Progress(steps=(STEP,)), 2),
        (Progress(events=(NewEvent(at=NOW, detail=LogEntry(severity=6, message="")),)), 2),
    ],
    ids=["a checkpoint", "a result", "a step that began", "an event"],
)
def test_progress_is_what_need_not_be_done_again(progress: Progress, left: int) -> None:
    run = crashed("a", "b")
    lease = Lease(run_id=run.run_id, epoch=run.epoch, worker_id="b")
    assert len(moves.progressed(lease, progress)(run, NOW).run.crashes) == left


def test_a_question_of_a_node_is_progress() -> None:
    run = crashed("a", "b")
    lease = Lease(run_id=run.run_id, epoch=run.epoch, worker_id="b")
    asked = Interrupt(
        interrupt_id="q", node="work", step_id="work:1", index=0, value=b"1", created_at=NOW
    )
    assert moves.settled(lease, Progress(), Interrupted((asked,)))(run, NOW).run.crashes == ()


def test_any_answer_gives_a_parked_run_as_many_tries_again() -> None:
    earlier = Interrupt(
        interrupt_id="q", node="work", step_id="work:1", index=0, value=b"1", created_at=NOW,
        answer=b"2",
    )  # fmt: skip
    run = crashed("a", "b").but(interrupts=(earlier,))
    parked = lost(run, "c")
    back = moves.resumed(interrupt_id="", answer=b"null", etag="")(parked, NOW).run
    assert back.status is S.QUEUED
    assert back.crashes == ()
    assert back.interrupts == (earlier,)  # what a node was told, it is told again


def test_a_parked_run_can_be_cancelled() -> None:
    move = moves.cancelled(reason="", etag="", grace_seconds=10)
    assert move(crashed("a", "b", "c"), NOW).run.status is S.CANCELLED

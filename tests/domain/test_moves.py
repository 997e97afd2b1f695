"""Whatever is asked of a run, in whatever order, it moves only by the table of arrows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runwire.domain import moves
from runwire.domain.errors import Conflict, Error, NotAllowed
from runwire.domain.event import StatusChanged
from runwire.domain.outcome import Cancelled, Failed, Interrupted, Outcome, Succeeded
from runwire.domain.run import ARROWS, Interrupt, Run, RunError, RunId, RunStatus
from runwire.domain.work import Lease, Progress

S = RunStatus
NOW = datetime(2026, 1, 1, tzinfo=UTC)
ASKED = Interrupt(
    interrupt_id="ask:1:0", node="ask", step_id="ask:1", index=0, value=b"1", created_at=NOW
)
OUTCOMES: list[Outcome] = [
    Succeeded(b"{}"),
    Failed(RunError(code=2, reason="NODE_FAILED", message="no")),
    Interrupted((ASKED,)),
    Cancelled(),
]


def a_run(**changes: object) -> Run:
    return Run(run_id=RunId("r"), graph_id="g", created_at=NOW, ready_at=NOW).but(**changes)


def lease(run: Run, age: int = 0) -> Lease:
    return Lease(run_id=run.run_id, epoch=run.epoch - age, worker_id="w")


asks = st.one_of(
    st.just(("claim",)),
    st.tuples(st.just("settle"), st.sampled_from(OUTCOMES), st.integers(0, 1)),
    st.tuples(st.just("progress"), st.integers(0, 1)),
    st.tuples(st.just("release"), st.integers(0, 1)),
    st.tuples(st.just("cancel"), st.sampled_from([0.0, 60.0])),
    st.just(("sweep",)),
    st.just(("resume",)),
    st.just(("label",)),
)


def move_of(run: Run, ask: tuple[object, ...]) -> moves.Move:
    match ask:
        case ("claim",):
            return moves.claimed
        case ("settle", outcome, int(age)):
            return moves.settled(lease(run, age), Progress(), outcome)  # type: ignore[arg-type]
        case ("progress", int(age)):
            return moves.progressed(lease(run, age), Progress())
        case ("release", int(age)):
            return moves.released(lease(run, age), "drain")
        case ("cancel", float(seconds)):
            return moves.cancelled(reason="why", etag="", grace_seconds=seconds)
        case ("sweep",):
            return moves.cancel_overdue
        case ("resume",):
            return moves.resumed(interrupt_id="", answer=b"true", etag="")
        case _:
            return moves.labelled(labels={"a": "b"}, mask=["labels"], etag="")


@given(st.lists(asks, max_size=30))
def test_a_run_moves_only_by_arrows_and_never_after_its_end(
    story: list[tuple[object, ...]],
) -> None:
    run, now = a_run(), NOW
    for ask in story:
        now += timedelta(seconds=1)
        before = run
        try:
            change = move_of(run, ask)(run, now)
        except Error:
            continue  # refused: nothing happened
        run = change.run
        at = before.status
        for event in change.events:
            if isinstance(event.detail, StatusChanged):
                assert event.detail.from_status is at
                assert event.detail.to_status in ARROWS[at] or (at, run.status) == (S.RUNNING,) * 2
                at = event.detail.to_status
        assert at is run.status
        assert run.epoch >= before.epoch
        assert run.status.final == (run.ended_at is not None)
        assert (run.status is S.SUCCEEDED) == (run.output is not None)
        assert (run.status is S.FAILED) == (run.error is not None)
        assert run.attempt >= 0
        if before.status.final:
            assert run.status is before.status
            assert not change.events


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_nothing_counts_under_an_older_lease(outcome: Outcome) -> None:
    run = a_run(status=S.RUNNING, epoch=3, attempt=2)
    with pytest.raises(Conflict) as caught:
        moves.settled(lease(run, 1), Progress(), outcome)(run, NOW)
    assert caught.value.reason == "LEASE_LOST"


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_a_run_that_is_being_cancelled_ends_cancelled_whatever_came_of_it(outcome: Outcome) -> None:
    run = a_run(status=S.CANCELLING, epoch=1, cancel_by=NOW, cancel_reason="enough")
    change = moves.settled(lease(run), Progress(), outcome)(run, NOW)
    assert change.run.status is S.CANCELLED
    assert change.run.epoch == 2


def test_answers_of_a_step_that_asks_again_are_kept_for_it() -> None:
    first = replace(ASKED, answer=b"1")
    second = replace(ASKED, interrupt_id="ask:1:1", index=1)
    other = replace(ASKED, interrupt_id="else:1:0", step_id="else:1", answer=b"2")
    run = a_run(status=S.RUNNING, epoch=1, interrupts=(first, other))
    change = moves.settled(lease(run), Progress(), Interrupted((second,)))(run, NOW)
    assert change.run.interrupts == (first, second)
    assert change.run.open_interrupts == (second,)


@pytest.mark.parametrize("status", [S.SUCCEEDED, S.FAILED])
def test_what_has_ended_cannot_be_cancelled(status: RunStatus) -> None:
    with pytest.raises(NotAllowed):
        moves.cancelled(reason="", etag="", grace_seconds=1)(a_run(status=status), NOW)

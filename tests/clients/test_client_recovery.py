"""When a break is gone on from, after which pause, and when it is given up."""

import pytest

from runwire_client import Backoff, Exhausted, Internal, NotFound, Unavailable, Unknown
from runwire_client._recovery import Recovery


class Clock:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def recovery(give_up_seconds: float | None = None) -> tuple[Recovery, Clock]:
    clock = Clock()
    made = Recovery(
        backoff=Backoff(),
        give_up_seconds=give_up_seconds,
        now=clock,
        uniform=lambda _, limit: limit,
    )
    return made, clock


def test_pauses_grow_from_a_tenth_of_a_second_to_thirty() -> None:
    made, _ = recovery()
    pauses = [made.pause_seconds(Unavailable("")) for _ in range(12)]
    assert pauses[:4] == pytest.approx([0.1, 0.2, 0.4, 0.8])
    assert pauses[9:] == [30.0] * 3


def test_pauses_are_random_from_nothing_on() -> None:
    asked = []
    Backoff().delay_seconds(3, uniform=lambda low, high: asked.append((low, high)) or 0.0)
    assert asked == [(0.0, pytest.approx(0.4))]


def test_progress_begins_anew() -> None:
    made, _ = recovery()
    for _ in range(5):
        made.pause_seconds(Unavailable(""))
    made.progressed()
    assert made.pause_seconds(Unavailable("")) == pytest.approx(0.1)


def test_the_server_may_ask_for_a_longer_pause() -> None:
    made, _ = recovery()
    assert made.pause_seconds(Unavailable("", retry_after_seconds=7.0)) == 7.0


def test_giving_up_counts_from_the_first_failure_without_progress() -> None:
    made, clock = recovery(give_up_seconds=10)
    made.pause_seconds(Unavailable(""))
    clock.seconds += 9
    made.progressed()
    made.pause_seconds(Unavailable(""))
    clock.seconds += 9
    made.pause_seconds(Unavailable(""))
    clock.seconds += 1
    with pytest.raises(Unavailable, match="last"):
        made.pause_seconds(Unavailable("last"))


@pytest.mark.parametrize(
    "error",
    [
        NotFound("no run"),
        Exhausted("quota", reason="QUOTA_EXCEEDED"),
        Internal("bug", reason="INTERNAL"),
        Internal("Exception deserializing response!"),
        Unknown("bug", reason="INTERNAL"),
    ],
    ids=str,
)
def test_what_another_try_would_not_mend_is_raised(error: Exception) -> None:
    made, _ = recovery()
    with pytest.raises(type(error)):
        made.pause_seconds(error)

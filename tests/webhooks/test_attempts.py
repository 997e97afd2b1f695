"""What follows from an attempt."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runwire.domain.attempts import (
    MAX_RETRY_AFTER_SECONDS,
    Answer,
    Patience,
    delay_seconds,
    retry_after_seconds,
    settled,
)
from runwire.domain.webhook import DeliveryStatus

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
USUAL = Patience()


def test_the_usual_patience_is_eight_attempts_in_about_a_day() -> None:
    waits = [delay_seconds(USUAL, tries, 0.5) for tries in range(1, USUAL.attempts)]
    assert waits == [5, 25, 125, 625, 3125, 15_625, 72_000]
    assert 24 * 3600 < sum(waits) < 26 * 3600


@given(st.integers(1, 10**9), st.floats(0, 1))
def test_a_wait_is_near_its_middle_and_never_over_the_longest(tries: int, chance: float) -> None:
    middle = delay_seconds(USUAL, tries, 0.5)
    assert 0.8 * middle <= delay_seconds(USUAL, tries, chance) <= 1.2 * middle + 1e-9
    assert 5 <= middle <= USUAL.max_seconds


@given(st.integers(1, 100), st.floats(0, 1))
def test_waits_never_become_shorter(tries: int, chance: float) -> None:
    assert delay_seconds(USUAL, tries, chance) <= delay_seconds(USUAL, tries + 1, chance)


@given(st.integers(0, 999), st.integers(1, 20), st.floats(0, 1), st.text(max_size=40))
def test_every_answer_has_an_outcome(code: int, tries: int, chance: float, after: str) -> None:
    answer = Answer(code=code, retry_after=after, error="" if code else "cannot connect")
    found = settled(USUAL, answer, tries=tries, chance=chance, now=NOW)
    if 200 <= code < 300:
        assert found.status is DeliveryStatus.DELIVERED
        assert not found.error_message
    else:
        last = code == 410 or tries >= USUAL.attempts
        assert (found.status is DeliveryStatus.FAILED) == last
        assert found.error_message
    assert bool(found.pause_reason) == (code == 410)
    waits = found.status is DeliveryStatus.PENDING
    assert (0 < found.delay_seconds <= 1.2 * USUAL.max_seconds) == waits


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("", 0),
        ("-5", 0),
        ("1.5", 0),
        ("soon", 0),
        ("٣", 0),
        ("9" * 400, MAX_RETRY_AFTER_SECONDS),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90),
        (format_datetime(NOW - timedelta(days=1), usegmt=True), 0),
        (format_datetime(NOW + timedelta(days=400), usegmt=True), MAX_RETRY_AFTER_SECONDS),
    ],
)
def test_an_endpoint_may_ask_for_a_wait_within_bounds(text: str, seconds: float) -> None:
    assert retry_after_seconds(text, NOW) == seconds


def test_an_endpoint_cannot_ask_for_a_shorter_wait_than_usual() -> None:
    answer = Answer(code=503, retry_after="1")
    assert settled(USUAL, answer, tries=4, chance=0.5, now=NOW).delay_seconds == 625

"""What follows from an attempt to deliver: whether it counts, and when the next one is due."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from runwire.domain.webhook import DeliveryStatus, Settled

FIRST_DELAY_SECONDS: Final = 5.0
GROWTH: Final = 5.0
MAX_DELAY_SECONDS: Final = 72_000.0
"""Twenty hours: eight attempts take about 25 hours."""
SPREAD: Final = 0.2
MAX_RETRY_AFTER_SECONDS: Final = 21_600.0
MAX_ATTEMPTS: Final = 8
GONE: Final = 410
GONE_REASON: Final = "the endpoint has answered 410 Gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How an attempt ended: an HTTP status, or 0 and why there is none."""

    code: int = 0
    retry_after: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How often a delivery is attempted, and how long is waited in between."""

    attempts: int = MAX_ATTEMPTS
    first_seconds: float = FIRST_DELAY_SECONDS
    max_seconds: float = MAX_DELAY_SECONDS


def delay_seconds(patience: Patience, tries: int, chance: float) -> float:
    """Return how long to wait after so many tries; `chance`, from 0 to 1, spreads the waits."""
    # Not the power of any number of tries, which overflows.
    grown = patience.first_seconds
    for _ in range(min(tries, 64) - 1):
        grown = min(grown * GROWTH, patience.max_seconds)
    return min(grown, patience.max_seconds) * (1 - SPREAD + 2 * SPREAD * chance)


def settled(
    patience: Patience, answer: Answer, *, tries: int, chance: float, now: datetime
) -> Settled:
    """Return what follows from the answer to the attempt that was so many tries."""
    if 200 <= answer.code < 300:
        return Settled(status=DeliveryStatus.DELIVERED, response_code=answer.code)
    error = answer.error or f"HTTP {answer.code}"
    if answer.code == GONE or tries >= patience.attempts:
        return Settled(
            status=DeliveryStatus.FAILED,
            response_code=answer.code,
            error_message=error,
            pause_reason=GONE_REASON if answer.code == GONE else "",
        )
    asked = retry_after_seconds(answer.retry_after, now)
    return Settled(
        status=DeliveryStatus.PENDING,
        response_code=answer.code,
        error_message=error,
        delay_seconds=max(delay_seconds(patience, tries, chance), asked),
    )


def retry_after_seconds(text: str, now: datetime) -> float:
    """Return the wait that a Retry-After asks for, seconds or a date, within bounds; 0 for none."""
    if text.isascii() and text.isdigit():
        seconds = float(text[:12])
    else:
        try:
            at = parsedate_to_datetime(text)
            seconds = (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds()
        except (ValueError, TypeError, OverflowError):
            return 0.0
    return min(max(seconds, 0.0), MAX_RETRY_AFTER_SECONDS)

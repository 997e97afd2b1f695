"""Webhooks: who is told of which turns of runs, and how far each telling has come.

A `Turn` is what a webhook can be told of; a delivery is one telling of one turn to one webhook.
Urls and secrets never show in a text that is made of these values.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType

from runwire.domain.run import Run, RunId, RunStatus

WebhookId = NewType("WebhookId", str)
DeliveryId = NewType("DeliveryId", str)

MAX_WEBHOOKS: Final = 100
"""So many a namespace can have."""


class Turn(StrEnum):
    """What a run can come to that webhooks are told of."""

    QUEUED = "run.queued"
    STARTED = "run.started"
    INTERRUPTED = "run.interrupted"
    SUCCEEDED = "run.succeeded"
    FAILED = "run.failed"
    CANCELLED = "run.cancelled"


USUAL_TURNS: Final = (Turn.INTERRUPTED, Turn.SUCCEEDED, Turn.FAILED, Turn.CANCELLED)
"""What a webhook is told of that names nothing."""

_ENTERED: Final = {
    RunStatus.INTERRUPTED: Turn.INTERRUPTED,
    RunStatus.SUCCEEDED: Turn.SUCCEEDED,
    RunStatus.FAILED: Turn.FAILED,
    RunStatus.CANCELLED: Turn.CANCELLED,
}


def turn_of(before: Run | None, run: Run) -> Turn | None:
    """Return the turn that a run has taken by one change, None for none."""
    if before is None:
        return Turn.QUEUED
    if before.status is run.status:
        return None
    if run.status is RunStatus.RUNNING:
        return Turn.STARTED if before.started_at is None else None
    return _ENTERED.get(run.status)


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An address that is told about runs of its namespace.

    ``pause_reason`` says why the server has paused it; it is empty if a caller did.
    """

    webhook_id: WebhookId
    namespace: str
    display_name: str = ""
    url: str = field(repr=False)
    events: tuple[Turn, ...] = ()
    filter: str = ""
    paused: bool = False
    pause_reason: str = ""
    created_at: datetime


class DeliveryStatus(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One telling of one turn to one webhook; ``attempts`` counts all that were begun."""

    delivery_id: DeliveryId
    webhook_id: WebhookId
    run_id: RunId
    event: Turn
    status: DeliveryStatus
    attempts: int
    response_code: int
    error_message: str
    event_at: datetime
    last_attempt_at: datetime | None
    next_attempt_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """An attempt that is this sender's to make.

    ``attempts`` is the number of this attempt, by which its outcome is known to be the newest;
    ``tries`` counts only since the delivery was made or replayed.
    """

    delivery_id: DeliveryId
    webhook_id: WebhookId
    url: str = field(repr=False)
    secret: str = field(repr=False)
    body: bytes = field(repr=False)
    attempts: int
    tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A webhook that deliveries wait for; ``failing`` if the last attempt of any has failed."""

    webhook_id: WebhookId
    seconds: float
    """Until the first is due; not positive if it is."""
    failing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What became of an attempt, and what follows."""

    status: DeliveryStatus
    response_code: int = 0
    error_message: str = ""
    delay_seconds: float = 0.0
    """Until the next attempt, while PENDING."""
    pause_reason: str = ""
    """Why the webhook shall be sent nothing more, empty if it shall."""


def in_order(events: Sequence[Turn]) -> tuple[Turn, ...]:
    """Return what a webhook is told of, each once; the usual if nothing is named."""
    return tuple(turn for turn in Turn if turn in (events or USUAL_TURNS))

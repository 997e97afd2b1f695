"""Webhooks and their deliveries as their callers see them."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from runwire_client._payloads import time_of
from runwire_client.v1 import webhook_pb2


class WebhookEvent(StrEnum):
    """What a webhook can be told of; the values are those of `type` in what it is sent."""

    UNKNOWN = "unknown"
    QUEUED = "run.queued"
    STARTED = "run.started"
    INTERRUPTED = "run.interrupted"
    SUCCEEDED = "run.succeeded"
    FAILED = "run.failed"
    CANCELLED = "run.cancelled"


class DeliveryStatus(StrEnum):
    """Where a delivery stands."""

    UNKNOWN = "unknown"
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True)
class Webhook:
    """An address that is told about runs; `pause_reason` says why the server has paused it.

    `secret` is known in the answer to its creation only, and empty everywhere else.
    """

    webhook_id: str
    display_name: str
    url: str
    events: tuple[WebhookEvent, ...]
    filter: str
    paused: bool
    pause_reason: str
    created_at: datetime
    secret: str = field(default="", repr=False)


@dataclass(frozen=True)
class Delivery:
    """One telling of one event; its id is the header `webhook-id` of every attempt."""

    delivery_id: str
    webhook_id: str
    run_id: str
    event: WebhookEvent
    status: DeliveryStatus
    attempts: int
    response_code: int
    error_message: str
    event_at: datetime
    last_attempt_at: datetime | None
    next_attempt_at: datetime | None


def webhook_from_message(message: webhook_pb2.Webhook, secret: str = "") -> Webhook:
    """Return the webhook that a message describes."""
    return Webhook(
        webhook_id=message.webhook_id,
        display_name=message.display_name,
        url=message.url,
        events=tuple(_event(number) for number in message.events),
        filter=message.filter,
        paused=message.paused,
        pause_reason=message.pause_reason,
        created_at=time_of(message.create_time),
        secret=secret,
    )


def delivery_from_message(message: webhook_pb2.Delivery) -> Delivery:
    """Return the delivery that a message describes."""
    tried = message.HasField("last_attempt_time")
    waits = message.HasField("next_attempt_time")
    status = _name(webhook_pb2.DeliveryStatus, "DELIVERY_STATUS_", message.status)
    return Delivery(
        delivery_id=message.delivery_id,
        webhook_id=message.webhook_id,
        run_id=message.run_id,
        event=_event(message.event),
        status=DeliveryStatus.__members__.get(status, DeliveryStatus.UNKNOWN),
        attempts=message.attempts,
        response_code=message.response_code,
        error_message=message.error_message,
        event_at=time_of(message.event_time),
        last_attempt_at=time_of(message.last_attempt_time) if tried else None,
        next_attempt_at=time_of(message.next_attempt_time) if waits else None,
    )


def event_number(event: WebhookEvent) -> webhook_pb2.WebhookEvent.ValueType:
    """Return the number that stands for an event."""
    return webhook_pb2.WebhookEvent.Value(f"WEBHOOK_EVENT_RUN_{event.name}")


def status_number(status: DeliveryStatus) -> webhook_pb2.DeliveryStatus.ValueType:
    """Return the number that stands for a status."""
    return webhook_pb2.DeliveryStatus.Value(f"DELIVERY_STATUS_{status.name}")


def _event(number: int) -> WebhookEvent:
    name = _name(webhook_pb2.WebhookEvent, "WEBHOOK_EVENT_RUN_", number)
    return WebhookEvent.__members__.get(name, WebhookEvent.UNKNOWN)


def _name(enum: object, prefix: str, number: int) -> str:
    found = enum.DESCRIPTOR.values_by_number.get(number)  # type: ignore[attr-defined]
    return found.name.removeprefix(prefix) if found else ""

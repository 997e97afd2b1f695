"""Webhooks and deliveries, domain ↔ wire, and the bodies that webhooks are sent."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from google.protobuf.json_format import MessageToDict
from google.protobuf.timestamp_pb2 import Timestamp

from runwire.app.webhooks import Wish
from runwire.domain.namespace import local_id, namespace_of
from runwire.domain.run import Run
from runwire.domain.webhook import Delivery, DeliveryStatus, Turn, Webhook
from runwire.rpc.convert_runs import run_to_wire
from runwire.rpc.convert_times import fill_time, time_to_wire
from runwire.v1 import run_pb2
from runwire.v1 import webhook_pb2 as wire

MAX_ERROR_CHARACTERS: Final = 2000
MAX_INTERRUPTS: Final = 16
MAX_CRASHES: Final = 16

TURN_TO_WIRE: Final[Mapping[Turn, wire.WebhookEvent.ValueType]] = {
    turn: wire.WebhookEvent.Value(f"WEBHOOK_EVENT_RUN_{turn.name}") for turn in Turn
}
TURN_FROM_WIRE: Final[Mapping[int, Turn]] = {number: turn for turn, number in TURN_TO_WIRE.items()}
STATUS_TO_WIRE: Final[Mapping[DeliveryStatus, wire.DeliveryStatus.ValueType]] = {
    status: wire.DeliveryStatus.Value(f"DELIVERY_STATUS_{status.name}") for status in DeliveryStatus
}
STATUS_FROM_WIRE: Final[Mapping[int, DeliveryStatus]] = {
    number: status for status, number in STATUS_TO_WIRE.items()
}


def encode_telling(run: Run, turn: Turn, at: datetime) -> bytes:
    """Return the body that says what has happened to a run, without anything its nodes have made.

    The run is as REST shows it in its BASIC view, but for the values of open questions, and for
    what would make the body long.
    """
    message = run_to_wire(run, full=False)
    message.run_id = local_id(message.run_id)
    message.spec.graph_id = local_id(message.spec.graph_id)
    message.spec.thread_id = local_id(message.spec.thread_id)
    message.spec.concurrency.key = local_id(message.spec.concurrency.key)
    if not message.spec.concurrency.key:
        message.spec.ClearField("concurrency")
    message.forked_from_run_id = local_id(message.forked_from_run_id)
    _shorten(message)
    happened = Timestamp()
    fill_time(happened, at)
    told = {
        "type": turn.value,
        "event_time": MessageToDict(happened),
        "namespace": namespace_of(run.run_id),
        "run": MessageToDict(message),
    }
    return json.dumps(told, separators=(",", ":"), ensure_ascii=False).encode()


def wish_from_wire(message: wire.Webhook) -> Wish:
    """Return what a caller wants of a webhook."""
    return Wish(
        webhook_id=message.webhook_id,
        display_name=message.display_name,
        url=message.url,
        events=tuple(TURN_FROM_WIRE[number] for number in message.events),
        filter=message.filter,
        paused=message.paused,
    )


def webhook_to_wire(webhook: Webhook) -> wire.Webhook:
    """Return a webhook."""
    return wire.Webhook(
        webhook_id=local_id(webhook.webhook_id),
        display_name=webhook.display_name,
        url=webhook.url,
        events=[TURN_TO_WIRE[turn] for turn in webhook.events],
        filter=webhook.filter,
        paused=webhook.paused,
        create_time=time_to_wire(webhook.created_at),
        pause_reason=webhook.pause_reason,
    )


def delivery_to_wire(delivery: Delivery) -> wire.Delivery:
    """Return a delivery."""
    message = wire.Delivery(
        delivery_id=delivery.delivery_id,
        webhook_id=local_id(delivery.webhook_id),
        run_id=local_id(delivery.run_id),
        event=TURN_TO_WIRE[delivery.event],
        status=STATUS_TO_WIRE[delivery.status],
        attempts=delivery.attempts,
        response_code=delivery.response_code,
        error_message=delivery.error_message,
        event_time=time_to_wire(delivery.event_at),
        last_attempt_time=time_to_wire(delivery.last_attempt_at),
    )
    if delivery.status is DeliveryStatus.PENDING:
        fill_time(message.next_attempt_time, delivery.next_attempt_at)
    return message


def _shorten(message: run_pb2.Run) -> None:
    if message.HasField("error"):
        message.error.message = message.error.message[:MAX_ERROR_CHARACTERS]
        if message.error.ByteSize() > 4 * MAX_ERROR_CHARACTERS:
            message.error.ClearField("details")
    del message.interrupts[MAX_INTERRUPTS:], message.crashes[MAX_CRASHES:]
    for asked in message.interrupts:
        asked.ClearField("value")
        asked.ClearField("answer_schema")

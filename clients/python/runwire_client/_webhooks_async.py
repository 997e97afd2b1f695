"""What a client can do with webhooks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from grpc import aio

from runwire_client._calls_async import AsyncCalls
from runwire_client.v1 import webhook_pb2, webhook_service_pb2, webhook_service_pb2_grpc
from runwire_client.webhooks import (
    Delivery,
    DeliveryStatus,
    Webhook,
    WebhookEvent,
    delivery_from_message,
    event_number,
    status_number,
    webhook_from_message,
)


class AsyncWebhooks:
    """Has other services told what becomes of runs.

    Timeouts, retries and the errors that every verb raises are as with runs.
    """

    def __init__(self, channel: aio.Channel, calls: AsyncCalls) -> None:
        self._stub = webhook_service_pb2_grpc.WebhookServiceStub(channel)
        self._calls = calls

    async def create(
        self,
        url: str,
        *,
        events: Sequence[WebhookEvent] = (),
        filter: str = "",  # noqa: A002 - what it is called everywhere
        display_name: str = "",
        paused: bool = False,
        webhook_id: str = "",
        timeout_seconds: float | None = None,
    ) -> Webhook:
        """Make a webhook and return it with its secret, which is told in this answer only.

        `events` are the three ends and INTERRUPTED if none are named; `filter` asks for graph_id,
        thread_id and labels. The call is not tried again by itself: a secret could be lost. Raises
        Invalid for a url that may not be used, and Exhausted where there are too many.
        """
        request = webhook_service_pb2.CreateWebhookRequest(
            webhook=webhook_pb2.Webhook(
                webhook_id=webhook_id,
                display_name=display_name,
                url=url,
                events=map(event_number, events),
                filter=filter,
                paused=paused,
            )
        )
        response = await self._calls.unary(
            self._stub.CreateWebhook, request, timeout_seconds=timeout_seconds, once=True
        )
        return webhook_from_message(response.webhook, response.secret)

    async def get(self, webhook_id: str, *, timeout_seconds: float | None = None) -> Webhook:
        """Return a webhook. Raises NotFound."""
        request = webhook_service_pb2.GetWebhookRequest(webhook_id=webhook_id)
        response = await self._calls.unary(
            self._stub.GetWebhook, request, timeout_seconds=timeout_seconds
        )
        return webhook_from_message(response.webhook)

    async def list(self, *, page_size: int = 0) -> AsyncIterator[Webhook]:
        """Yield every webhook, newest first, page by page."""
        request = webhook_service_pb2.ListWebhooksRequest(page_size=page_size)
        async for page in self._calls.pages(self._stub.ListWebhooks, request):
            for message in page.webhooks:
                yield webhook_from_message(message)

    async def update(
        self,
        webhook_id: str,
        *,
        url: str | None = None,
        events: Sequence[WebhookEvent] | None = None,
        filter: str | None = None,  # noqa: A002 - what it is called everywhere
        display_name: str | None = None,
        paused: bool | None = None,
        timeout_seconds: float | None = None,
    ) -> Webhook:
        """Change what is not None, and return the webhook. Raises NotFound."""
        request = webhook_service_pb2.UpdateWebhookRequest()
        wanted = request.webhook
        wanted.webhook_id = webhook_id
        for name, value in (
            ("url", url),
            ("filter", filter),
            ("display_name", display_name),
            ("paused", paused),
        ):
            if value is not None:
                setattr(wanted, name, value)
                request.update_mask.paths.append(name)
        if events is not None:
            wanted.events.extend(map(event_number, events))
            request.update_mask.paths.append("events")
        response = await self._calls.unary(
            self._stub.UpdateWebhook, request, timeout_seconds=timeout_seconds
        )
        return webhook_from_message(response.webhook)

    async def delete(self, webhook_id: str, *, timeout_seconds: float | None = None) -> None:
        """Delete a webhook with its deliveries. Raises NotFound."""
        request = webhook_service_pb2.DeleteWebhookRequest(webhook_id=webhook_id)
        await self._calls.unary(self._stub.DeleteWebhook, request, timeout_seconds=timeout_seconds)

    async def deliveries(
        self, webhook_id: str, *, statuses: Sequence[DeliveryStatus] = (), page_size: int = 0
    ) -> AsyncIterator[Delivery]:
        """Yield what was sent to a webhook, and what waits, newest first. Raises NotFound."""
        request = webhook_service_pb2.ListDeliveriesRequest(
            webhook_id=webhook_id, page_size=page_size, statuses=map(status_number, statuses)
        )
        async for page in self._calls.pages(self._stub.ListDeliveries, request):
            for message in page.deliveries:
                yield delivery_from_message(message)

    async def replay(
        self, webhook_id: str, delivery_id: str, *, timeout_seconds: float | None = None
    ) -> Delivery:
        """Have a delivery sent again, whatever became of it. Raises NotFound."""
        request = webhook_service_pb2.ReplayDeliveryRequest(
            webhook_id=webhook_id, delivery_id=delivery_id
        )
        response = await self._calls.unary(
            self._stub.ReplayDelivery, request, timeout_seconds=timeout_seconds
        )
        return delivery_from_message(response.delivery)

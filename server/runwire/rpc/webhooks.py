"""WebhookService: decode, call the app, encode."""

from collections.abc import Collection
from typing import Final

from runwire.app.webhooks import FIELDS, Webhooks
from runwire.domain.caller import Caller
from runwire.domain.destination import MAX_URL_CHARACTERS
from runwire.domain.parse import MAX_CHARACTERS
from runwire.rpc.checks import Faults, chosen
from runwire.rpc.convert_webhooks import (
    STATUS_FROM_WIRE,
    delivery_to_wire,
    webhook_to_wire,
    wish_from_wire,
)
from runwire.v1 import webhook_pb2
from runwire.v1 import webhook_service_pb2 as wire
from runwire.v1 import webhook_service_pb2_grpc as service

MAX_EVENTS: Final = 16
_EVENTS: Final = webhook_pb2.WebhookEvent.DESCRIPTOR
_STATUSES: Final = webhook_pb2.DeliveryStatus.DESCRIPTOR


class WebhookServicer(service.WebhookServiceServicer):
    """Who is told about runs."""

    def __init__(self, webhooks: Webhooks) -> None:
        self._webhooks = webhooks

    async def CreateWebhook(
        self, request: wire.CreateWebhookRequest, caller: Caller
    ) -> wire.CreateWebhookResponse:
        faults = Faults()
        if not chosen(request, "webhook"):
            faults.add("webhook", "is required")
        _check(faults, request.webhook, FIELDS)
        faults.id("webhook.webhook_id", request.webhook.webhook_id, required=False)
        faults.done()
        webhook, secret = await self._webhooks.create(caller, wish_from_wire(request.webhook))
        return wire.CreateWebhookResponse(webhook=webhook_to_wire(webhook), secret=secret)

    async def GetWebhook(
        self, request: wire.GetWebhookRequest, caller: Caller
    ) -> wire.GetWebhookResponse:
        _named(request.webhook_id).done()
        webhook = await self._webhooks.get(caller, request.webhook_id)
        return wire.GetWebhookResponse(webhook=webhook_to_wire(webhook))

    async def ListWebhooks(
        self, request: wire.ListWebhooksRequest, caller: Caller
    ) -> wire.ListWebhooksResponse:
        faults = Faults()
        faults.page(request)
        faults.done()
        page = await self._webhooks.find(caller, request.page_size, request.page_token)
        return wire.ListWebhooksResponse(
            webhooks=map(webhook_to_wire, page.items), next_page_token=page.next_page_token
        )

    async def UpdateWebhook(
        self, request: wire.UpdateWebhookRequest, caller: Caller
    ) -> wire.UpdateWebhookResponse:
        faults = Faults()
        faults.id("webhook.webhook_id", request.webhook.webhook_id)
        mask = _mask(faults, request)
        _check(faults, request.webhook, mask)
        faults.done()
        webhook = await self._webhooks.update(caller, wish_from_wire(request.webhook), mask)
        return wire.UpdateWebhookResponse(webhook=webhook_to_wire(webhook))

    async def DeleteWebhook(
        self, request: wire.DeleteWebhookRequest, caller: Caller
    ) -> wire.DeleteWebhookResponse:
        _named(request.webhook_id).done()
        await self._webhooks.delete(caller, request.webhook_id)
        return wire.DeleteWebhookResponse()

    async def ListDeliveries(
        self, request: wire.ListDeliveriesRequest, caller: Caller
    ) -> wire.ListDeliveriesResponse:
        faults = _named(request.webhook_id)
        faults.page(request)
        faults.choices("statuses", request.statuses, _STATUSES)
        faults.done()
        page = await self._webhooks.deliveries(
            caller,
            request.webhook_id,
            [STATUS_FROM_WIRE[number] for number in request.statuses],
            request.page_size,
            request.page_token,
        )
        return wire.ListDeliveriesResponse(
            deliveries=map(delivery_to_wire, page.items), next_page_token=page.next_page_token
        )

    async def ReplayDelivery(
        self, request: wire.ReplayDeliveryRequest, caller: Caller
    ) -> wire.ReplayDeliveryResponse:
        faults = _named(request.webhook_id)
        faults.id("delivery_id", request.delivery_id)
        faults.done()
        delivery = await self._webhooks.replay(caller, request.webhook_id, request.delivery_id)
        return wire.ReplayDeliveryResponse(delivery=delivery_to_wire(delivery))


def _named(webhook_id: str) -> Faults:
    faults = Faults()
    faults.id("webhook_id", webhook_id)
    return faults


def _check(faults: Faults, webhook: webhook_pb2.Webhook, mask: Collection[str]) -> None:
    """Note the shape of what shall change; events always, since all of them are decoded."""
    if "display_name" in mask:
        faults.text("webhook.display_name", webhook.display_name)
    if "url" in mask:
        faults.text("webhook.url", webhook.url, required=True, max_characters=MAX_URL_CHARACTERS)
    if "filter" in mask:
        faults.text("webhook.filter", webhook.filter, max_characters=MAX_CHARACTERS)
    if len(webhook.events) > MAX_EVENTS:
        faults.add("webhook.events", f"has more than {MAX_EVENTS} entries")
    else:
        faults.choices("webhook.events", webhook.events, _EVENTS)


def _mask(faults: Faults, request: wire.UpdateWebhookRequest) -> Collection[str]:
    paths = list(request.update_mask.paths)
    if not paths:
        faults.add("update_mask", f"is required: some of {', '.join(FIELDS)}")
    for index, path in enumerate(paths[: len(FIELDS) + 1]):
        if path not in FIELDS:
            faults.add(f"update_mask.paths[{index}]", f"must be one of {', '.join(FIELDS)}")
    if len(paths) > len(FIELDS):
        faults.add("update_mask", f"has more than {len(FIELDS)} paths")
    return paths

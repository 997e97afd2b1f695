"""What callers can do with webhooks."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from runwire.domain.caller import Caller
from runwire.domain.destination import destination_of
from runwire.domain.matching import parse_match
from runwire.domain.namespace import whole_id
from runwire.domain.paging import Page, page_size_of
from runwire.domain.ports import Clock
from runwire.domain.signing import new_secret
from runwire.domain.webhook import (
    MAX_WEBHOOKS,
    Delivery,
    DeliveryId,
    DeliveryStatus,
    Turn,
    Webhook,
    WebhookId,
    in_order,
)
from runwire.domain.webhook_ports import DeliveryStore, WebhookStore

FIELDS: Final = ("display_name", "url", "events", "filter", "paused")
"""What of a webhook a caller may change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a caller wants of a webhook."""

    webhook_id: str = ""
    display_name: str = ""
    url: str = field(default="", repr=False)
    events: tuple[Turn, ...] = ()
    filter: str = ""
    paused: bool = False


class Webhooks:
    """Webhooks of the caller's namespace; those of others are not there."""

    def __init__(
        self,
        *,
        webhooks: WebhookStore,
        deliveries: DeliveryStore,
        now: Clock,
        new_id: Callable[[], str],
        random: Callable[[int], bytes],
        allow_private: bool,
    ) -> None:
        self._webhooks = webhooks
        self._deliveries = deliveries
        self._now = now
        self._new_id = new_id
        self._random = random
        self._allow_private = allow_private

    async def create(self, caller: Caller, wish: Wish) -> tuple[Webhook, str]:
        """Make a webhook, and return it with its secret, which is never told again."""
        values = self._checked(wish, FIELDS)
        secret = new_secret(self._random)
        webhook = Webhook(
            webhook_id=_whole(caller, wish.webhook_id or self._new_id()),
            namespace=caller.namespace,
            created_at=self._now(),
            **values,
        )
        return await self._webhooks.add(webhook, secret, MAX_WEBHOOKS), secret

    async def get(self, caller: Caller, webhook_id: str) -> Webhook:
        """Return a webhook or raise NotFound."""
        return await self._webhooks.get(_whole(caller, webhook_id))

    async def find(self, caller: Caller, page_size: int, page_token: str) -> Page[Webhook]:
        """Return one page, newest first."""
        return await self._webhooks.find(caller.namespace, page_size_of(page_size), page_token)

    async def update(self, caller: Caller, wish: Wish, mask: Collection[str]) -> Webhook:
        """Change what the mask names; raise NotFound."""
        values = self._checked(wish, mask)
        if "paused" in values:
            values["pause_reason"] = ""
        return await self._webhooks.update(
            _whole(caller, wish.webhook_id), lambda before: replace(before, **values)
        )

    async def delete(self, caller: Caller, webhook_id: str) -> None:
        """Delete a webhook with its deliveries; raise NotFound."""
        await self._webhooks.delete(_whole(caller, webhook_id))

    async def deliveries(
        self,
        caller: Caller,
        webhook_id: str,
        statuses: Sequence[DeliveryStatus],
        page_size: int,
        page_token: str,
    ) -> Page[Delivery]:
        """Return one page of a webhook's deliveries, newest first; raise NotFound."""
        webhook = await self.get(caller, webhook_id)
        size = page_size_of(page_size)
        return await self._deliveries.find(webhook.webhook_id, statuses, size, page_token)

    async def replay(self, caller: Caller, webhook_id: str, delivery_id: str) -> Delivery:
        """Have a delivery sent again, whatever became of it; raise NotFound."""
        webhook = await self.get(caller, webhook_id)
        return await self._deliveries.replay(webhook.webhook_id, DeliveryId(delivery_id))

    def _checked(self, wish: Wish, mask: Collection[str]) -> dict[str, Any]:
        """Return the new values that the mask names; raise Invalid for what cannot be."""
        if "url" in mask:
            destination_of(wish.url, allow_private=self._allow_private, name="webhook.url")
        if "filter" in mask:
            parse_match(wish.filter, name="webhook.filter")
        values = {name: getattr(wish, name) for name in FIELDS if name in mask}
        if "events" in values:
            values["events"] = in_order(wish.events)
        return values


def _whole(caller: Caller, webhook_id: str) -> WebhookId:
    return WebhookId(whole_id(caller.namespace, webhook_id))

"""What webhooks need from the outside: where they and their deliveries rest."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from runwire.domain.paging import Page
from runwire.domain.run import Run
from runwire.domain.webhook import (
    Delivery,
    DeliveryId,
    DeliveryStatus,
    Due,
    Settled,
    Turn,
    Waiting,
    Webhook,
    WebhookId,
)

EncodeTelling = Callable[[Run, Turn, datetime], bytes]
"""(a run, the turn it has taken, when) → the body that webhooks are sent."""


class WebhookStore(Protocol):
    """Webhooks at rest. What an answer says counts on every server from then on."""

    async def add(self, webhook: Webhook, secret: str, max_count: int) -> Webhook:
        """Store a webhook; raise AlreadyExists, or Exhausted if its namespace has so many."""

    async def get(self, webhook_id: WebhookId) -> Webhook:
        """Return a webhook or raise NotFound."""

    async def find(self, namespace: str, page_size: int, page_token: str) -> Page[Webhook]:
        """Return one page of a namespace's webhooks, newest first."""

    async def update(self, webhook_id: WebhookId, change: Callable[[Webhook], Webhook]) -> Webhook:
        """Change a webhook and return it; unpausing forgets how long it has failed."""

    async def delete(self, webhook_id: WebhookId) -> None:
        """Delete a webhook with its deliveries; raise NotFound."""


class DeliveryStore(Protocol):
    """Deliveries, as callers see them."""

    async def find(
        self,
        webhook_id: WebhookId,
        statuses: Sequence[DeliveryStatus],
        page_size: int,
        page_token: str,
    ) -> Page[Delivery]:
        """Return one page of a webhook's deliveries, newest first."""

    async def replay(self, webhook_id: WebhookId, delivery_id: DeliveryId) -> Delivery:
        """Make a delivery due again, with all its tries before it; raise NotFound."""


class Outbox(Protocol):
    """Deliveries, as senders see them. Only the database's clock counts."""

    async def waiting(self, limit: int) -> Sequence[Waiting]:
        """Return webhooks that deliveries wait for: those that answer first, then the longest."""

    async def claim(
        self, wanted: Mapping[WebhookId, int], *, lease_seconds: float, max_tries: int
    ) -> Sequence[Due]:
        """Take so many due deliveries of each webhook, for nobody else to send meanwhile.

        One that has used up its tries without any outcome is given up instead.
        """

    async def settle(self, due: Due, settled: Settled) -> None:
        """Record what became of an attempt, unless another has been begun since."""

    async def release(self, due: Due) -> None:
        """Give an attempt back that was not made to its end; it is due at once."""

    async def abandon(self) -> None:
        """End the leases of senders that are known to be gone."""

    async def prune(self, older_than_seconds: float, limit: int) -> int:
        """Delete deliveries for which nothing has been due for so long; return how many."""

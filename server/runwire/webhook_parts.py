"""What a server consists of for webhooks, made and put together."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from runwire.app.new_ids import NewIds
from runwire.app.webhooks import Webhooks
from runwire.clock import now
from runwire.config import Settings
from runwire.delivery.sender import Bounds, Sender, lazily
from runwire.domain.attempts import Patience
from runwire.domain.errors import invalid
from runwire.domain.ports import Bus
from runwire.stores.database import Database
from runwire.stores.outbox import SqlOutbox
from runwire.stores.webhooks import SqlDeliveryStore, SqlWebhookStore

LOOK_SECONDS = 60.0
"""This process knows of whatever becomes due, if no other writes."""
LOOK_FOR_OTHERS_SECONDS = 2.0
_VARIABLE = re.compile(r"\$\{\{\s*env\.([A-Za-z_][A-Za-z0-9_]*)\s*\}\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookParts:
    """What the edges serve, and the loop that sends."""

    webhooks: Webhooks
    sender: Sender


async def webhook_parts(
    settings: Settings, database: Database, bus: Bus, new_ids: NewIds
) -> WebhookParts:
    """Return the parts, over a database that is open."""
    return WebhookParts(
        webhooks=_webhooks(settings, database, new_ids),
        sender=await _sender(settings, database, bus),
    )


def _webhooks(settings: Settings, database: Database, new_ids: NewIds) -> Webhooks:
    return Webhooks(
        webhooks=SqlWebhookStore(database),
        deliveries=SqlDeliveryStore(database),
        now=now,
        new_id=new_ids.uuid,
        random=os.urandom,
        allow_private=settings.webhook_allow_private,
    )


async def _sender(settings: Settings, database: Database, bus: Bus) -> Sender:
    outbox = SqlOutbox(database)
    if database.alone:
        await outbox.abandon()
    return Sender(
        outbox=outbox,
        bus=bus,
        new_posting=lazily(
            timeout_seconds=settings.webhook_timeout_seconds,
            allow_private=settings.webhook_allow_private,
        ),
        patience=Patience(attempts=settings.webhook_attempts),
        bounds=Bounds(
            places=settings.webhook_concurrency,
            timeout_seconds=settings.webhook_timeout_seconds,
            look_seconds=LOOK_SECONDS if database.alone else LOOK_FOR_OTHERS_SECONDS,
            keep_seconds=settings.webhook_retention_seconds,
        ),
        now=now,
        run_headers=run_webhook_headers(settings, os.environ),
    )


def run_webhook_headers(settings: Settings, environment: Mapping[str, str]) -> Mapping[str, str]:
    """Return the headers of what is posted to where runs say, ``${{ env.NAME }}`` filled in.

    Raises Invalid for a variable that is not set, or does not begin as those that may be used do.
    """
    said = settings.langgraph_webhooks
    if said is None:
        return {}

    def filled(found: re.Match[str]) -> str:
        name = found[1]
        if not name.startswith(said.env_prefix) or name not in environment:
            raise invalid(
                "langgraph_webhooks",
                f"headers name the variable {name}, which must be set and begin with"
                f" {said.env_prefix}",
            )
        return environment[name]

    return {name.lower(): _VARIABLE.sub(filled, text) for name, text in said.headers.items()}

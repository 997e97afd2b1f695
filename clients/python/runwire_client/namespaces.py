"""Namespaces as the client gives them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from runwire_client._payloads import time_of
from runwire_client.v1 import namespace_pb2


@dataclass(frozen=True, slots=True)
class Quotas:
    """Limits of a namespace; 0 is none."""

    stored_bytes: int = 0
    running_runs: int = 0
    queued_runs: int = 0


@dataclass(frozen=True, slots=True)
class Usage:
    """What a namespace holds now."""

    stored_bytes: int = 0
    running_runs: int = 0
    queued_runs: int = 0


@dataclass(frozen=True, slots=True)
class Namespace:
    """A tenant: runs, graphs and artifacts that only its own callers see."""

    namespace: str
    display_name: str = ""
    quotas: Quotas = field(default_factory=Quotas)
    usage: Usage = field(default_factory=Usage)
    created_at: datetime | None = None


def namespace_from_message(message: namespace_pb2.Namespace) -> Namespace:
    """Return a namespace."""
    quotas, usage = message.quotas, message.usage
    return Namespace(
        namespace=message.namespace,
        display_name=message.display_name,
        quotas=Quotas(quotas.stored_bytes, quotas.running_runs, quotas.queued_runs),
        usage=Usage(usage.stored_bytes, usage.running_runs, usage.queued_runs),
        created_at=time_of(message.create_time) if message.HasField("create_time") else None,
    )


def quotas_message(quotas: Quotas) -> namespace_pb2.Quotas:
    """Return quotas as they are sent."""
    return namespace_pb2.Quotas(
        stored_bytes=quotas.stored_bytes,
        running_runs=quotas.running_runs,
        queued_runs=quotas.queued_runs,
    )

"""What authentication and the audit log need from elsewhere."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from runwire.domain.audit import AuditEntry
from runwire.domain.filter import Filter
from runwire.domain.key import Grant, Key, KeyId
from runwire.domain.paging import Page


class KeyStore(Protocol):
    """API keys and the hashes of their secrets."""

    async def add(self, key: Key, secret_hash: bytes) -> None:
        """Keep a new key."""

    async def get(self, key_id: KeyId) -> tuple[Key, bytes]:
        """Return a key and the hash of its secret, or raise NotFound."""

    async def find(self, *, namespace: str, page_size: int, page_token: str) -> Page[Key]:
        """Return keys, newest first; of one namespace unless that is empty."""

    async def revoke(self, key_id: KeyId, at: datetime) -> Key:
        """Revoke a key unless it is already, and return it, or raise NotFound."""

    async def used(self, uses: Mapping[KeyId, datetime]) -> None:
        """Note when keys were used last; never an earlier time than is noted."""


class AuditStore(Protocol):
    """The audit log at rest."""

    async def add(self, entries: Sequence[AuditEntry]) -> None:
        """Write entries."""

    async def find(
        self, where: Filter, *, namespace: str, page_size: int, page_token: str
    ) -> Page[AuditEntry]:
        """Return entries, newest first; of one namespace unless that is empty."""

    async def prune(self, before: datetime) -> int:
        """Delete some of the entries older than a time; return how many, 0 at the end."""


class Tokens(Protocol):
    """Who can tell what a signed token grants."""

    def known(self, token: str) -> Grant | None:
        """Return what a token grants that was found right a moment ago, None for any other."""

    async def grant_of(self, token: str) -> Grant:
        """Return what it grants; raise Unauthenticated if it does not count."""

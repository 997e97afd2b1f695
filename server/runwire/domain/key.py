"""API keys, and what any kind of credentials grants to whoever shows them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, NewType

from runwire.domain.caller import Caller, Role
from runwire.domain.namespace import DEFAULT_NAMESPACE

KeyId = NewType("KeyId", str)

EVERYWHERE: Final = "*"
"""Stands for all namespaces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """An API key, without its secret."""

    key_id: KeyId
    display_name: str
    role: Role
    namespace: str
    created_at: datetime
    graphs: tuple[str, ...] = ()
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None
    calls_per_second: float = 0.0
    burst_calls: int = 0

    def expired(self, at: datetime) -> bool:
        """Whether it has ceased to count by a time."""
        return self.expires_at is not None and self.expires_at <= at

    @property
    def grant(self) -> "Grant":
        """What its bearer may do."""
        return Grant(
            name=f"key:{self.display_name}",
            role=self.role,
            namespace=self.namespace,
            graphs=self.graphs,
            key_id=self.key_id,
            calls_per_second=self.calls_per_second,
            burst_calls=self.burst_calls,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What credentials grant. `namespace` is `*` for all; rates of 0 are the server's own."""

    name: str
    role: Role
    namespace: str = DEFAULT_NAMESPACE
    graphs: tuple[str, ...] = ()
    key_id: str = ""
    calls_per_second: float = 0.0
    burst_calls: int = 0

    @property
    def everywhere(self) -> bool:
        """Whether all namespaces are meant."""
        return self.namespace == EVERYWHERE

    def caller(self, *, peer: str, request_id: str) -> Caller:
        """Return who makes a call that names no namespace."""
        return Caller(
            name=self.name,
            namespace=DEFAULT_NAMESPACE if self.everywhere else self.namespace,
            role=self.role,
            graphs=self.graphs,
            everywhere=self.everywhere,
            peer=peer,
            request_id=request_id,
            key_id=self.key_id,
        )

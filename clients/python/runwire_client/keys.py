"""API keys, who a caller is, and what callers changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from google.protobuf.message import Message

from runwire_client._payloads import time_of
from runwire_client.v1 import audit_pb2, key_pb2


class Role(StrEnum):
    """What a caller may do; `unknown` for one that a newer server has."""

    READER = "reader"
    RUNNER = "runner"
    ADMIN = "admin"
    WORKER = "worker"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Key:
    """An API key, without its secret; `namespace` is `*` for all, `graphs` empty for all."""

    key_id: str
    display_name: str
    role: Role
    namespace: str
    graphs: tuple[str, ...]
    created_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    calls_per_second: float
    burst_calls: int


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was made just now, with what its bearer sends: nobody can ask for that again."""

    key: Key
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the server takes the caller to be; not `authenticated`: it asks nobody."""

    name: str
    role: Role
    namespace: str
    graphs: tuple[str, ...]
    everywhere: bool
    authenticated: bool


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One change that a caller made, or tried to make; a `code` of 0 is success."""

    number: int
    at: datetime | None
    caller: str
    peer: str
    namespace: str
    method: str
    subject: Mapping[str, str] = field(hash=False)
    code: int
    reason: str
    request_id: str


def key_from_message(message: key_pb2.Key) -> Key:
    """Return a key."""
    return Key(
        key_id=message.key_id,
        display_name=message.display_name,
        role=role_from_number(message.role),
        namespace=message.namespace,
        graphs=tuple(message.graphs),
        created_at=_at(message, "create_time"),
        expires_at=_at(message, "expire_time"),
        revoked_at=_at(message, "revoke_time"),
        last_used_at=_at(message, "last_use_time"),
        calls_per_second=message.calls_per_second,
        burst_calls=message.burst_calls,
    )


def identity_from_message(message: key_pb2.Identity) -> Identity:
    """Return an identity."""
    return Identity(
        name=message.name,
        role=role_from_number(message.role),
        namespace=message.namespace,
        graphs=tuple(message.graphs),
        everywhere=message.everywhere,
        authenticated=message.authenticated,
    )


def entry_from_message(message: audit_pb2.AuditEntry) -> AuditEntry:
    """Return an entry of the audit log."""
    return AuditEntry(
        number=message.number,
        at=_at(message, "event_time"),
        caller=message.caller,
        peer=message.peer,
        namespace=message.namespace,
        method=message.method,
        subject=dict(message.subject),
        code=message.code,
        reason=message.reason,
        request_id=message.request_id,
    )


def role_from_number(number: int) -> Role:
    """Return a role."""
    try:
        return Role(key_pb2.Role.Name(number).removeprefix("ROLE_").lower())  # type: ignore[arg-type]
    except ValueError:
        return Role.UNKNOWN


def role_to_number(role: Role | str) -> "key_pb2.Role.ValueType":
    """Return the number of a role."""
    return key_pb2.Role.Value(f"ROLE_{Role(role).name}")


def _at(message: Message, field: str) -> datetime | None:
    return time_of(getattr(message, field)) if message.HasField(field) else None

"""What a caller may send, how slowly, and what the answers look like."""

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from httprule.backend import Call


@dataclass(frozen=True, slots=True, kw_only=True)
class Resuming:
    """How a stream of one method is resumed (server-sent events).

    `position` names the field of a response that says where a new stream would go on: it becomes
    the `id` of the event. `request` names the field that takes it from `Last-Event-ID`; empty if a
    stream of the method cannot be resumed by asking for it again.
    """

    position: str
    request: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranges:
    """How part of the content of one method is had (`Range: bytes=…`).

    `offset` and `limit` are fields of the request; the others are paths into the first response:
    how many bytes the whole content has, its file name, and a word that changes with it.
    """

    offset: str
    limit: str
    size: str
    filename: str = ""
    etag: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """What one HTTP edge takes and gives; by method means by a method's full name."""

    domain: str = "httprule"
    """Of the ErrorInfo in failures made here."""
    max_body_bytes: int = 8 * 1024 * 1024
    """Of a body that becomes a message; a body that is streamed has no limit here."""
    silence_seconds: float = 30.0
    """How long the next piece of a body may take."""
    min_bytes_per_second: int = 16 * 1024
    """How fast a body that becomes a message must come, after the first `silence_seconds`."""
    heartbeat_seconds: float = 15.0
    """After so much silence a stream of server-sent events gets a comment."""
    gzip_bytes: int = 1024
    """Answers smaller than this are not worth compressing."""
    resuming: Mapping[str, Resuming] = field(default_factory=dict)
    ranges: Mapping[str, Ranges] = field(default_factory=dict)
    known: Callable[[Call], Awaitable[None]] | None = None
    """Raises Failure for a caller of whom no large body need be read and kept."""
    adapt: Callable[[Any], None] | None = None
    """Changes a request in place before it is made."""
    new_request_id: Callable[[], str] = lambda: secrets.token_hex(8)
    passed_headers: frozenset[str] = frozenset()
    """Headers of requests, in lower case, that are metadata under their own names."""
    headers: Sequence[tuple[bytes, bytes]] = ((b"x-content-type-options", b"nosniff"),)
    """Of every answer."""

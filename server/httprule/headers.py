"""HTTP headers into gRPC metadata and back, as grpc-gateway names them.

1. `Authorization` and what traces go by keep their names; `Grpc-Metadata-X` is `x`; the permanent
   headers of HTTP are `grpcgateway-x`; no other header is passed on that is not asked for.
2. Nobody sets `grpc-*` or a pseudo-header from outside.
3. All of it is bounded, in number and in bytes.
"""

import base64
import binascii
import math
import re
from collections.abc import Collection, Iterable
from typing import Any, Final

from google.protobuf.message import DecodeError
from google.rpc import code_pb2, error_details_pb2, status_pb2

from httprule.failures import failure, invalid_argument
from httprule.faults import Invalid
from httprule.options import DOMAIN

PREFIX: Final = "grpc-metadata-"
STATUS_TRAILER: Final = "grpc-status-details-bin"
MAX_ENTRIES: Final = 64
MAX_BYTES: Final = 16 * 1024

_KEPT: Final = frozenset(
    {"authorization", "traceparent", "tracestate", "x-request-id", "x-api-key"}
)
_PERMANENT: Final = frozenset(
    {
        *("accept", "accept-charset", "accept-language", "accept-ranges", "cache-control"),
        *("content-type", "cookie", "date", "expect", "from", "host", "if-match"),
        *("if-modified-since", "if-none-match", "if-schedule-tag-match", "if-unmodified-since"),
        *("max-forwards", "origin", "pragma", "referer", "user-agent", "via", "warning"),
    }
)
_NAME: Final = re.compile(r"[0-9a-z_.-]{1,256}")
_PRINTABLE: Final = re.compile(r"[\x20-\x7e]*")
_GRPC_TIMEOUT: Final = re.compile(r"([0-9]{1,8})([HMSmun])")
_SECONDS: Final = {"H": 3600.0, "M": 60.0, "S": 1.0, "m": 1e-3, "u": 1e-6, "n": 1e-9}
_SERVER_TIMEOUT: Final = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")


def metadata_of(
    headers: Iterable[tuple[str, str]],
    *,
    domain: str = DOMAIN,
    passed: Collection[str] = (),
) -> list[tuple[str, str | bytes]]:
    """Return the metadata that the headers of a request stand for.

    `passed` are further headers, in lower case, that keep their names.
    """
    metadata: list[tuple[str, str | bytes]] = []
    for header, value in headers:
        key = _key(header.lower(), passed)
        if key is None:
            continue
        try:
            metadata += _values(key, value.strip(" \t"))
        except Invalid as fault:
            if key.startswith("grpcgateway-"):
                # Nobody asked for these, so what does not fit is left out.
                continue
            raise invalid_argument(Invalid(fault.problem, header[:100]), domain) from None
    size = sum(len(key) + len(value) for key, value in metadata)
    if len(metadata) > MAX_ENTRIES or size > MAX_BYTES:
        message = f"more than {MAX_ENTRIES} headers or {MAX_BYTES} bytes to pass on"
        code, reason = code_pb2.RESOURCE_EXHAUSTED, "HEADERS_TOO_LARGE"
        raise failure(code, message, reason=reason, domain=domain, http_status=431)
    return metadata


def timeout_seconds(headers: Iterable[tuple[str, str]], *, domain: str = DOMAIN) -> float | None:
    """Return how long the caller waits: the shortest of Grpc-Timeout and X-Server-Timeout."""
    waits = []
    for header, value in headers:
        try:
            read = _TIMEOUTS.get(header.lower())
            if read is not None:
                waits.append(read(value.strip()))
        except Invalid as fault:
            raise invalid_argument(Invalid(fault.problem, header), domain) from None
    return min(waits, default=None)


def headers_of(
    trailers: Iterable[tuple[str, str | bytes]], status: Any = None
) -> list[tuple[str, str]]:
    """Return the headers for an answer's metadata and, of a failure, its status.

    Without a status, the one in the trailers counts.
    """
    headers = []
    challenge = "Bearer"
    for key, value in trailers:
        if key == STATUS_TRAILER:
            status = _status(value) if status is None else status
        elif key == "www-authenticate" and isinstance(value, str):
            challenge = value
        elif not key.startswith(("grpc-", ":")) and _NAME.fullmatch(key):
            headers += _header(f"Grpc-Metadata-{key}", value)
    if status is not None:
        headers += _header("Retry-After", _retry_after(status))
        if status.code == code_pb2.UNAUTHENTICATED:
            headers += _header("WWW-Authenticate", challenge)
    return headers


def _key(header: str, passed: Collection[str]) -> str | None:
    """Return the name a header has as metadata, if it is passed on."""
    if header in _KEPT or header in passed:
        return header
    if header in _PERMANENT:
        return f"grpcgateway-{header}"
    key = header.removeprefix(PREFIX)
    if key == header or key.startswith("grpc-") or not _NAME.fullmatch(key):
        return None
    return key


def _values(key: str, value: str) -> Iterable[tuple[str, str | bytes]]:
    if not key.endswith("-bin"):
        if not _PRINTABLE.fullmatch(value):
            raise Invalid("only printable ASCII may stand in metadata; others go into `-bin`")
        return [(key, value)]
    return [(key, _binary(part.strip())) for part in value.split(",")]


def _binary(text: str) -> bytes:
    bare = text.rstrip("=")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise Invalid("expected base64") from None


def _grpc_timeout(value: str) -> float:
    found = _GRPC_TIMEOUT.fullmatch(value)
    if found is None:
        raise Invalid("expected up to 8 digits and one of H, M, S, m, u, n: 5S is five seconds")
    return int(found[1]) * _SECONDS[found[2]]


def _server_timeout(value: str) -> float:
    if not _SERVER_TIMEOUT.fullmatch(value):
        raise Invalid("expected seconds like 2.5")
    return float(value)


_TIMEOUTS: Final = {"grpc-timeout": _grpc_timeout, "x-server-timeout": _server_timeout}


def _status(value: str | bytes) -> Any:
    try:
        return status_pb2.Status.FromString(value if isinstance(value, bytes) else value.encode())
    except DecodeError:
        return None


def _retry_after(status: Any) -> str | None:
    retry = error_details_pb2.RetryInfo()
    for detail in status.details:
        try:
            if detail.Unpack(retry):
                delay = retry.retry_delay
                return str(max(0, math.ceil(delay.seconds + delay.nanos / 1e9)))
        except DecodeError:
            continue
    return None


def _header(name: str, value: str | bytes | None) -> list[tuple[str, str]]:
    if isinstance(value, bytes):
        value = base64.b64encode(value).decode()
    # A line break would be another header; what cannot be a header is left out.
    return [] if value is None or not _PRINTABLE.fullmatch(value) else [(name, value)]

"""One HTTP answer: its head, what every answer has, and failures as google.rpc.Status."""

import asyncio
import gzip
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final

from google.rpc import error_details_pb2, status_pb2

from httprule.backend import Metadata
from httprule.bodies import ClientGone
from httprule.failures import Failure, failure_json
from httprule.headers import headers_of
from httprule.limits import Edge

JSON: Final = "application/json"
REQUEST_ID: Final = "x-request-id"
GZIP_LEVEL: Final = 5
OFF_LOOP_BYTES: Final = 64 * 1024
"""Larger answers are compressed on a thread: nobody else shall wait for it."""

Head = Iterable[tuple[str, str]]


class Reply:
    """What one request is answered with."""

    def __init__(
        self,
        edge: Edge,
        send: Callable[[Any], Awaitable[None]],
        *,
        request_id: str,
        headers: Mapping[str, str],
        bodiless: bool,
    ) -> None:
        self._edge = edge
        self._send = send
        self._headers = headers
        self.request_id = request_id
        self.bodiless = bodiless
        """Whether only the head is wanted (HEAD)."""
        self.status = 0
        """What was answered, 0 while nothing was."""

    async def start(self, status: int, headers: Head) -> None:
        """Send the head."""
        self.status = status
        lines = [
            (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers
        ]
        lines += self._edge.headers
        lines.append((b"x-request-id", self.request_id.encode("latin-1")))
        await self._put({"type": "http.response.start", "status": status, "headers": lines})

    async def more(self, data: bytes) -> None:
        """Send part of the body; return once the client can be sent more."""
        await self._put({"type": "http.response.body", "body": data, "more_body": True})

    async def finish(self, data: bytes = b"") -> None:
        """Send the rest of the body."""
        await self._put({"type": "http.response.body", "body": data, "more_body": False})

    async def whole(self, status: int, content_type: str, data: bytes, headers: Head = ()) -> None:
        """Send an answer that is there as a whole, compressed where that is wanted and pays."""
        lines = [("content-type", content_type)] if content_type else []
        lines += headers
        if content_type == JSON and len(data) >= self._edge.gzip_bytes:
            lines.append(("vary", "accept-encoding"))
            if accepts_gzip(self._headers.get("accept-encoding", "")):
                lines.append(("content-encoding", "gzip"))
                data = await _compressed(data)
        lines.append(("content-length", str(len(data))))
        await self.start(status, lines)
        await self.finish(b"" if self.bodiless else data)

    async def fail(self, failure: Failure, headers: Head = ()) -> None:
        """Send a failure in place of an answer."""
        lines = [*trailing(failure.metadata, failure.status), *headers]
        if failure.allow:
            lines.append(("allow", allowed(failure.allow)))
        if failure.http_status == 408:
            lines.append(("connection", "close"))  # nobody waits for the rest of that body
        await self.whole(failure.http_status, JSON, self.told(failure), lines)

    def told(self, failure: Failure) -> bytes:
        """Return a failure as JSON, with the id under which the log has it."""
        return failure_json(with_request(failure.status, self.request_id))

    async def _put(self, message: Any) -> None:
        try:
            await self._send(message)
        except OSError:  # how some servers say that nobody is there
            raise ClientGone from None


def trailing(trailers: Metadata, status: Any = None) -> list[tuple[str, str]]:
    """Return the headers for trailing metadata; the request id has a header of its own."""
    return headers_of((each for each in trailers if each[0] != REQUEST_ID), status)


def allowed(methods: Iterable[str]) -> str:
    """Return an Allow header: what a path takes, and what every path does."""
    more = ("HEAD", "OPTIONS") if "GET" in methods else ("OPTIONS",)
    return ", ".join(sorted({*methods, *more}))


def with_request(status: Any, request_id: str) -> Any:
    """Return a status with a RequestInfo, its own if it has one."""
    if any(detail.Is(error_details_pb2.RequestInfo.DESCRIPTOR) for detail in status.details):
        return status
    more = status_pb2.Status()
    more.CopyFrom(status)
    more.details.add().Pack(error_details_pb2.RequestInfo(request_id=request_id))
    return more


def accepts_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding header takes gzip."""
    return accepts("gzip", accepted)


def accepts(coding: str, accepted: str) -> bool:
    """Whether an Accept-Encoding header takes a coding; what it says of `*` is of all others."""
    said = (each.partition(";") for each in accepted.lower().split(","))
    weights = {name.strip(): weight.replace(" ", "") for name, _, weight in said}
    return weights.get(coding, weights.get("*", "q=0")) not in ("q=0", "q=0.0", "q=0.00", "q=0.000")


async def _compressed(data: bytes) -> bytes:
    if len(data) < OFF_LOOP_BYTES:
        return gzip.compress(data, GZIP_LEVEL, mtime=0)
    return await asyncio.to_thread(gzip.compress, data, GZIP_LEVEL, mtime=0)

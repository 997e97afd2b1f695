"""One way to make calls: metadata, deadlines, retries, errors by our names."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any, Protocol, TypeVar
from weakref import WeakSet

from grpc import aio

from runwire_client import _wait_async as wait
from runwire_client._channel import Caller, Metadata
from runwire_client._recovery import Backoff, Recovery
from runwire_client.errors import Cancelled, DataLoss, Unavailable

Request = TypeVar("Request")
Response = TypeVar("Response")


class Asking(Protocol):
    """A request for a page."""

    page_token: str


class Page(Protocol):
    """A page."""

    next_page_token: str


PageRequest = TypeVar("PageRequest", bound=Asking)
PageResponse = TypeVar("PageResponse", bound=Page)


class AsyncCalls:
    """Makes the calls of one client."""

    def __init__(self, *, caller: Caller, timeout_seconds: float, backoff: Backoff) -> None:
        self.timeout_seconds = timeout_seconds
        self.backoff = backoff
        self._caller = caller
        self._closed = False
        self._streams: WeakSet[wait.Stream[Any]] = WeakSet()

    async def unary(
        self,
        method: aio.UnaryUnaryMultiCallable[Request, Response],
        request: Request,
        *,
        timeout_seconds: float | None = None,
        once: bool = False,
    ) -> Response:
        """Return the answer, tried again while the server is unavailable and time is left.

        `once` forbids trying again, for calls that would then do their work twice.
        """
        limit = self.timeout_seconds if timeout_seconds is None else timeout_seconds
        deadline = time.monotonic() + limit
        recovery = Recovery(backoff=self.backoff, give_up_seconds=None)
        while True:
            try:
                return await wait.ask(
                    method,
                    request,
                    timeout_seconds=deadline - time.monotonic(),
                    metadata=self._call_metadata(),
                )
            except Unavailable as error:
                pause = recovery.pause_seconds(error)
                if once or time.monotonic() + pause >= deadline:
                    raise
            await wait.sleep(pause)

    async def pages(
        self,
        method: aio.UnaryUnaryMultiCallable[PageRequest, PageResponse],
        request: PageRequest,
    ) -> AsyncIterator[PageResponse]:
        """Yield page after page; each is asked for when the one before was looked through."""
        while True:
            page = await self.unary(method, request)
            yield page
            if not page.next_page_token:
                return
            if page.next_page_token == request.page_token:
                raise DataLoss("the server gives the same page again", reason="PAGE_REPEATED")
            request.page_token = page.next_page_token

    def stream(
        self, method: aio.UnaryStreamMultiCallable[Request, Response], request: Request
    ) -> wait.Stream[Response]:
        """Return a stream without a deadline."""
        stream = wait.Stream(method(request, metadata=self._call_metadata()))
        self._streams.add(stream)
        return stream

    async def send(
        self,
        method: aio.StreamUnaryMultiCallable[Request, Response],
        requests: AsyncIterator[Request],
        *,
        timeout_seconds: float,
    ) -> Response:
        """Return the answer to a stream of requests."""
        metadata = self._call_metadata()
        return await wait.send(method, requests, timeout_seconds=timeout_seconds, metadata=metadata)

    def close(self) -> None:
        """Let no call begin any more, and cancel the streams: older channels leave them open."""
        self._closed = True
        for stream in list(self._streams):
            stream.cancel()

    def _call_metadata(self) -> Metadata:
        if self._closed:
            raise Cancelled("the client is closed", reason="CLIENT_CLOSED")
        return self._caller.call_metadata()

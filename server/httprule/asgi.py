"""An ASGI application that offers over HTTP what a backend answers over gRPC.

1. The head of an answer goes out with the first response, so what fails before has its own status.
2. `send` is awaited within the backend's write: a client that reads slowly slows its call down.
3. A client that goes away cancels its call; so does one that wants no more of it (HEAD).
4. Nothing raised here reaches a client but as a Failure; the log has the rest, by request id.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any, Final

from google.protobuf.message import Message
from google.rpc import code_pb2

from httprule.backend import Backend, Call
from httprule.bodies import ClientGone
from httprule.content import Content, Facts
from httprule.events import Events, resume, wants_events
from httprule.failures import Failure, failure
from httprule.headers import timeout_seconds
from httprule.limits import Edge, Ranges
from httprule.presence import Presence, break_off
from httprule.ranges import Part, Tail, wanted
from httprule.replies import allowed
from httprule.requests import Receive, Request, Send, certificate_of
from httprule.sinks import Cut, Enough, Lines, Single, Sink
from httprule.transcoder import Found, Transcoder

OFF_LOOP_BYTES: Final = 128 * 1024
"""Larger bodies are read on a thread: nobody else shall wait for it."""

_log = logging.getLogger(__name__)
_access = logging.getLogger("httprule.access")


class Application:
    """Every route of a transcoder, over ASGI."""

    def __init__(self, transcoder: Transcoder, backend: Backend, edge: Edge) -> None:
        self._transcoder = transcoder
        self._backend = backend
        self._edge = edge

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(self._edge, scope, receive, send)
        try:
            await self._serve(request)
        except (ClientGone, Enough, Cut):
            return
        except Failure as failed:
            _refused(request, failed)
            await _last(request, failed)
        except Exception:  # noqa: BLE001 - the last boundary: the log has the rest
            _log.exception("a request failed", extra=request.facts)
            await _last(request, internal(self._edge, request.reply.request_id))

    async def _serve(self, request: Request) -> None:
        if request.http_method == "OPTIONS":
            await self._options(request)
            return
        found = self._transcoder.find(request.http_method, request.path)
        call = Call(
            method=found.method,
            metadata=request.metadata(),
            timeout_seconds=timeout_seconds(request.lines, domain=self._edge.domain),
            peer=request.peer,
            certificate=certificate_of(request.scope),
        )
        if found.method.client_streaming:
            await self._upload(request, found, call)
            return
        if self._edge.known is not None and request.body.large:
            await self._edge.known(call)
        body = await request.body.whole()
        given = request.query, request.headers.get("content-type", ""), body
        if len(body) > OFF_LOOP_BYTES:
            message = await asyncio.to_thread(found.request, *given)
        else:
            message = found.request(*given)
        if self._edge.adapt is not None:
            self._edge.adapt(message)
        await self._answer(request, call, message, await self._sink(request, found, call, message))

    async def _upload(self, request: Request, found: Found, call: Call) -> None:
        content_type = request.headers.get("content-type", "")
        async with aclosing(request.body.chunks()) as chunks:
            first = found.first(request.query, content_type, await anext(chunks))
            rest = _rest(found, first, chunks)
            await self._answer(request, call, rest, Single(found, request.reply))

    async def _answer(
        self,
        request: Request,
        call: Call,
        requests: Message | AsyncGenerator[Message, None],
        sink: Sink,
    ) -> None:
        presence = Presence(request.receive, lambda: request.body.complete)
        async with presence as tasks:
            if isinstance(sink, Events):
                beating = tasks.create_task(sink.beat(self._edge.heartbeat_seconds), name="beat")
            else:
                beating = None
            given = requests if isinstance(requests, Message) else _unbroken(requests, tasks)

            async def write(message: Message) -> None:
                try:
                    await sink.write(message)
                except (ClientGone, Enough, Cut) as stop:
                    await break_off(tasks, stop)

            try:
                trailers = await self._backend.call(call, given, write)
            except Failure as failed:
                await sink.fail(failed)
            else:
                await sink.end(trailers)
            finally:
                if beating is not None:
                    beating.cancel()

    async def _sink(self, request: Request, found: Found, call: Call, message: Message) -> Sink:
        method = found.method
        if not method.server_streaming:
            return Single(found, request.reply)
        if found.returns_raw:
            return await self._content(request, found, call, message)
        if not wants_events(request.headers.get("accept", "")):
            return Lines(found, request.reply)
        how = self._edge.resuming.get(method.full_name)
        position = request.headers.get("last-event-id", "")
        if position:
            resume(message, position, how, self._edge.domain)
        return Events(found, request.reply, how)

    async def _content(self, request: Request, found: Found, call: Call, message: Any) -> Content:
        how = self._edge.ranges.get(found.method.full_name)
        part = wanted(request.headers.get("range", "")) if how else None
        if how is not None and (isinstance(part, Tail) or "if-range" in request.headers):
            part = await self._settled(request, found, call, message, part)
        if how is not None and isinstance(part, Part):
            setattr(message, how.offset, part.first)
            setattr(message, how.limit, part.length)
        return Content(
            found,
            request.reply,
            how=how,
            request=message,
            part=part if isinstance(part, Part) else None,
            known=request.headers.get("if-none-match", ""),
        )

    async def _settled(
        self,
        request: Request,
        found: Found,
        call: Call,
        message: Any,
        part: Part | Tail | None,
    ) -> Part | None:
        """Return the part that is meant, now that the content is looked at."""
        how = self._edge.ranges[found.method.full_name]
        asked = type(message)()
        asked.CopyFrom(message)
        setattr(asked, how.offset, 0)
        setattr(asked, how.limit, 1)
        facts = await look(self._backend, call, asked, how)
        if request.headers.get("if-range", facts.etag) != facts.etag:
            return None
        return part.part(facts.size or 0) if isinstance(part, Tail) else part

    async def _options(self, request: Request) -> None:
        """Say which methods a path has; what is no path of ours fails as anywhere."""
        try:
            self._transcoder.find("OPTIONS", request.path)
        except Failure as failed:
            if not failed.allow:
                raise
            await request.reply.start(204, [("allow", allowed(failed.allow))])
            await request.reply.finish()


async def look(backend: Backend, call: Call, message: Message, how: Ranges) -> Facts:
    """Return what the first response to a request says of the content."""
    found: list[Facts] = []

    async def keep(first: Message) -> None:
        found.append(Facts(how, first))

    await backend.call(call, message, keep)
    return found[0] if found else Facts(None, message)


async def _rest(
    found: Found, first: Message, chunks: AsyncIterator[bytes]
) -> AsyncGenerator[Message, None]:
    yield first
    async for chunk in chunks:
        yield found.next(chunk)


async def _unbroken(
    requests: AsyncGenerator[Message, None], tasks: asyncio.TaskGroup
) -> AsyncGenerator[Message, None]:
    """Yield requests; what goes wrong with them ends the call, and not the handler's logic."""
    async with aclosing(requests):
        try:
            async for request in requests:
                yield request
        except (ClientGone, Failure) as broken:
            await break_off(tasks, broken)


async def _last(request: Request, failed: Failure) -> None:
    if request.reply.status:
        return  # too late: the connection is closed in the middle of an answer
    await request.reply.fail(failed)


def _refused(request: Request, failed: Failure) -> None:
    if _access.isEnabledFor(logging.INFO):
        code = code_pb2.Code.Name(failed.status.code)
        _access.info("refused", extra=request.facts | {"code": code, "http": failed.http_status})


def internal(edge: Edge, request_id: str) -> Failure:
    """Return what a client gets of an error that nobody expected."""
    return failure(
        code_pb2.INTERNAL,
        f"internal error; quote request id {request_id}",
        reason="INTERNAL",
        domain=edge.domain,
    )

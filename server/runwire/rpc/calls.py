"""What surrounds every call, outermost first.

1. Request id: the caller's own `x-request-id`, or a new one; returned in the trailing metadata.
2. Sight: one line of the log per call, from `runwire.access`; figures, and a span if traced.
3. Errors: what is raised becomes a status with details; cancellation passes through.
4. Caller: the guard says who calls before anything of the request is read, and whether they may
   before it is answered.
5. Time: a unary call without a deadline gets one, a stream's reader has 60 s for each message, and
   streams end when the server drains.

It is one object per call and no chain of interceptors, each of which would cost it 4 to 6 µs.
Initial metadata of ours would cost a call a write of its own, about 60 µs, so there is none.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from time import monotonic
from types import TracebackType
from typing import Any, Final, Self

from google.protobuf.message import Message
from grpc import StatusCode

from runwire.domain.caller import Caller
from runwire.domain.errors import Error, Exhausted
from runwire.domain.namespace import DEFAULT_NAMESPACE, speak
from runwire.domain.tallies import CallTally
from runwire.rpc.draining import Draining
from runwire.rpc.errors import failure_of, overdue
from runwire.rpc.framing import first_field
from runwire.rpc.guarding import Answered, Context, Guard, Open, Recorder
from runwire.rpc.methods import Method
from runwire.rpc.patience import Patience
from runwire.rpc.sight import Observer, Seen
from runwire.rpc.streams import closing
from runwire.spans import Tracer

MAX_MESSAGE_SECONDS: Final = 60.0
"""How long a reader may take for one message, and a writer to send the next."""

_log = logging.getLogger(__name__)
_POSITIONS: Final = ("next_sequence", "resume_token")


class Surroundings:
    """What the calls of one server share."""

    def __init__(
        self,
        *,
        draining: Draining,
        new_request_id: Callable[[], str],
        max_message_seconds: float = MAX_MESSAGE_SECONDS,
        guard: Guard | None = None,
        tally: CallTally | None = None,
        tracer: Tracer | None = None,
        record: Recorder | None = None,
    ) -> None:
        self.guard: Guard = guard or Open()
        self.record = record
        self.draining = draining
        self.observer = Observer(new_request_id=new_request_id, tally=tally, tracer=tracer)
        self.max_message_seconds = max_message_seconds

    def unary(self, method: Method) -> Callable[[bytes, Context], Any]:
        """Return what answers one request with one response."""

        async def call(data: bytes, context: Context) -> bytes:
            async with _Call(self, method, context) as around:
                caller = await around.caller()
                request = around.request = around.decode(data)
                async with around.deadline(method.deadline_seconds(request)):
                    await self.guard.allow(caller, method, request)
                    if not method.waits:
                        response: Message = await method.answer(request, caller)
                        return around.answered(response)
                    async with self.draining.stream():
                        response = await method.answer(request, caller)
                    return around.answered(response)

        return call

    def unary_stream(self, method: Method) -> Callable[[bytes, Context], Any]:
        """Return what answers one request with a stream."""

        async def call(data: bytes, context: Context) -> None:
            async with _Call(self, method, context) as around:
                caller = await around.caller()
                request = around.request = around.decode(data)
                await self.guard.allow(caller, method, request)
                await around.send(lambda: method.answer(request, caller))

        return call

    def stream_unary(self, method: Method) -> Callable[[AsyncIterator[bytes], Context], Any]:
        """Return what answers a stream with one response."""

        async def call(incoming: AsyncIterator[bytes], context: Context) -> bytes:
            async with (
                _Call(self, method, context) as around,
                aclosing(around.received(incoming)) as timely,
            ):
                caller = await around.caller()
                async with aclosing(around.decoded(timely, caller)) as requests:
                    response: Message = await method.answer(requests, caller)
                return around.answered(response)

        return call

    def stream_stream(self, method: Method) -> Callable[[AsyncIterator[bytes], Context], Any]:
        """Return what answers a stream with a stream."""

        async def call(incoming: AsyncIterator[bytes], context: Context) -> None:
            async with _Call(self, method, context) as around:
                caller = await around.caller()
                await around.send(lambda: method.answer(around.decoded(incoming, caller), caller))

        return call


class Surrounded(Seen):
    """One call, and what surrounds it; whoever leaves it has the drain know."""

    __slots__ = ("_caller", "_shared")

    def __init__(self, shared: Surroundings, method: Method, context: Any) -> None:
        super().__init__(shared.observer, method, context)
        self._shared = shared
        self._caller: Caller | None = None

    async def __aenter__(self) -> Self:
        self._arrive()
        self._shared.draining.enter()
        return self

    async def admit(self) -> Caller:
        """Return who calls, if they may; raise an Error of the guard's."""
        guard = self._shared.guard
        self._caller = await guard.admit(self._method, self._context, self._request_id)
        return self._caller


class _Call(Surrounded):
    """One call: entered when it arrives, left when it is answered."""

    __slots__ = (
        "_namespace",
        "_recorded",
        "_response",
        "_scope",
        "_seconds",
        "_written",
        "request",
    )

    def __init__(self, shared: Surroundings, method: Method, context: Context) -> None:
        super().__init__(shared, method, context)
        self._scope: asyncio.Timeout | None = None
        self._seconds = 0.0
        self._namespace = DEFAULT_NAMESPACE
        self._written: bytes | None = None
        self._response: Message | None = None
        self._recorded = False
        self.request: Any = None

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._shared.draining.leave()
        if error is None:
            self._tell(StatusCode.OK)
        elif isinstance(error, Exception):
            await self._fail(error)
        else:  # cancelled by the caller, its deadline or the server: never swallowed
            late = self._context.time_remaining() == 0
            self._tell(StatusCode.DEADLINE_EXCEEDED if late else StatusCode.CANCELLED)

    def deadline(self, seconds: float) -> asyncio.Timeout:
        """Return the limit of a call that came without a deadline, no limit for any other."""
        self._seconds = seconds
        self._scope = asyncio.timeout(seconds if self._context.time_remaining() is None else None)
        return self._scope

    async def caller(self) -> Caller:
        """Return who calls, from now on in the words of their namespace."""
        caller = await self.admit()
        self._namespace = caller.namespace
        return caller

    def answered(self, response: Message) -> bytes:
        """Return a response as it is sent."""
        self._response = response
        return response.SerializeToString()

    async def decoded(
        self, incoming: AsyncIterator[bytes], caller: Caller
    ) -> AsyncGenerator[Any, None]:
        """Yield requests, the first one if the caller may make it."""
        first = True
        async for data in incoming:
            request = self.decode(data)
            if first:
                self.request = request
                await self._shared.guard.allow(caller, self._method, request)
                first = False
            yield request

    async def received(self, incoming: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
        """Yield what comes; raise Exhausted if the next message is too long in coming."""
        source = aiter(incoming)
        while True:
            try:
                async with asyncio.timeout(self._shared.max_message_seconds):
                    data = await anext(source, None)
            except TimeoutError:
                raise self._slow("UPLOAD_TOO_SLOW", "nothing came") from None
            if data is None:
                return
            yield data

    async def send(self, answer: Callable[[], AsyncIterator[Message | bytes]]) -> None:
        """Write responses one by one, each after the one before has gone."""
        patience = Patience(self._shared.max_message_seconds)
        try:
            async with (
                self._shared.draining.stream(lasts=self._method.lasts) as scope,
                closing(answer()) as stream,
            ):
                with patience.watching(scope):
                    async for response in stream:
                        data = (
                            response
                            if isinstance(response, bytes)
                            else response.SerializeToString()
                        )
                        patience.since = monotonic()
                        await self._context.write(data)
                        patience.since = None
                        self._begun(data)
                        self._written = first_field(data)
                        del response, data  # nobody may wait with a large message in hand
        except TimeoutError:
            if patience.over:
                raise self._slow("WATCH_TOO_SLOW", "a message was not taken") from None
            raise

    async def _fail(self, error: Exception) -> None:
        if self._scope is not None and self._scope.expired() and isinstance(error, TimeoutError):
            failure = overdue(self._seconds, self._request_id)
        else:
            if isinstance(error, Error):
                error.metadata |= self._position()
                speak(error, self._namespace)
            else:
                _log.error("a call failed", extra=self._facts(), exc_info=error)
            failure = failure_of(error, self._request_id)
        self._tell(failure.code, error.reason if isinstance(error, Error) else "")
        await self._context.abort(failure.code, failure.status.message, failure.trailers)

    def _tell(self, code: StatusCode, error: str = "") -> None:
        self._record(code, error)
        super()._tell(code, error)

    def _begun(self, data: bytes) -> None:
        """Note the first message of a stream, if somebody records what was answered."""
        if self._shared.record is not None and not self._recorded:
            self._response = self._method.response.FromString(data)
            self._record(StatusCode.OK)

    def _record(self, code: StatusCode, reason: str = "") -> None:
        """Have it recorded what became of the call, once: of a stream that it has begun."""
        shared, caller = self._shared, self._caller
        if shared.record is None or caller is None or self._recorded:
            return
        self._recorded = True
        shared.record(Answered(caller, self._method, self.request, self._response, code, reason))
        self._response = self.request = None

    def _position(self) -> dict[str, str]:
        """Where a new stream goes on after the last message written."""
        if self._written is None:
            return {}
        message = self._method.response.FromString(self._written)  # of which this is the first
        names = [name for name in _POSITIONS if name in message.DESCRIPTOR.fields_by_name]
        return {name: str(getattr(message, name)) for name in names}

    def _slow(self, reason: str, what: str) -> Exhausted:
        seconds = self._shared.max_message_seconds
        return Exhausted(f"{what} for {seconds:g} s: go on from where it stopped", reason=reason)

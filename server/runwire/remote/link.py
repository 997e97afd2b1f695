"""Keeps a worker connected: one stream at a time, the next one as soon as it breaks.

1. Servers are tried in turn, with a growing pause after each round; what a server refuses for good
   (the hello, say) ends the link.
2. Something is sent at least every `renew_interval`, and answered. A server that answers nothing
   for half a lease is left for the next one: its connection may be half open.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

import grpc
from grpc import aio

from runwire.domain.errors import Error, Invalid, Unavailable
from runwire.remote.outbox import Outbox, parts_of
from runwire.rpc.checks import seconds_of
from runwire.spelling import is_loopback
from runwire.v1 import work_pb2
from runwire.v1 import worker_service_pb2 as wire

PATH: Final = "/runwire.v1.WorkerService/Work"
WELCOME_SECONDS: Final = 5.0
FIRST_PAUSE_SECONDS: Final = 0.05
MAX_PAUSE_SECONDS: Final = 1.0
HELLO_BYTES: Final = 1024 * 1024

OPTIONS: Final[Sequence[tuple[str, int]]] = (
    ("grpc.use_local_subchannel_pool", 1),  # a new try is one, without waiting out the last
    ("grpc.http2.bdp_probe", 0),
    ("grpc.http2.lookahead_bytes", 1024 * 1024),
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    ("grpc.keepalive_time_ms", 15_000),
    ("grpc.keepalive_timeout_ms", 5_000),
)
REFUSED: Final = (
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.FAILED_PRECONDITION,
    grpc.StatusCode.UNIMPLEMENTED,
    grpc.StatusCode.UNAUTHENTICATED,
    grpc.StatusCode.PERMISSION_DENIED,
)

logger = logging.getLogger("runwire.worker")


class Listener(Protocol):
    """Who is told what happens on the link."""

    def hello(self) -> work_pb2.WorkHello:
        """Return how the worker introduces itself now."""

    def connected(self, welcome: work_pb2.WorkWelcome) -> None:
        """Take note of a new stream."""

    def received(self, message: wire.WorkResponse) -> None:
        """Take a message."""

    def disconnected(self) -> None:
        """Take note that the stream is gone."""

    def ping(self) -> None:
        """Say something that is answered."""


class Link:
    """The way to one of several servers."""

    def __init__(
        self,
        servers: Sequence[str],
        *,
        listener: Listener,
        outbox: Outbox,
        credentials: grpc.ChannelCredentials | None = None,
        api_key: str = "",
        on_connected: Callable[[str], object] | None = None,
    ) -> None:
        exposed = [server for server in servers if not (credentials or is_loopback(server))]
        if api_key and exposed:
            raise Invalid(
                f"the API key would go to {exposed[0]} in clear text: speak TLS (--tls)",
                reason="KEY_IN_CLEAR_TEXT",
            )
        self.server = servers[0]
        self._servers = servers
        self._listener = listener
        self._outbox = outbox
        self._credentials = credentials
        self._metadata = (("x-api-key", api_key),) if api_key else None
        self._on_connected = on_connected
        self._heard_at = 0.0
        self._told: set[str] = set()
        self._open: aio.Channel | None = None

    @property
    def way(self) -> tuple[aio.Channel, Sequence[tuple[str, str]] | None] | None:
        """The channel of the stream there is, and what calls say of this worker; None if none."""
        return None if self._open is None else (self._open, self._metadata)

    async def run(self) -> None:
        """Stay connected until cancelled; raise Error if a server refuses the worker for good."""
        pause_seconds = FIRST_PAUSE_SECONDS
        while True:
            for server in self._servers:
                if await self._try(server):
                    pause_seconds = FIRST_PAUSE_SECONDS
            await asyncio.sleep(pause_seconds * (0.5 + random.random()))  # noqa: S311
            pause_seconds = min(pause_seconds * 2, MAX_PAUSE_SECONDS)

    async def _try(self, server: str) -> bool:
        """Talk to a server as long as it lasts; return whether it began."""
        self.server = server
        try:
            async with self._channel(server) as channel:
                await self._talk(channel, server)
        except Exception as raised:  # noqa: BLE001 - however a stream ends, there is the next one
            self._note(server, _first(raised))
        began, self._open = self._open is not None, None
        if began:
            logger.warning("the stream to %s is gone; connecting again", server)
            self._listener.disconnected()
            self._outbox.clear()
        return began

    def _note(self, server: str, error: BaseException) -> None:
        """Log how a stream has ended; raise Error if there is no use in trying again."""
        if isinstance(error, Invalid):
            raise error
        if isinstance(error, aio.AioRpcError) and error.code() in REFUSED:
            raise _refused(server, error) from None
        if isinstance(error, aio.AioRpcError | TimeoutError | Unavailable):
            # Once is enough until there is one again: it is tried every second.
            known = self._open is not None or server in self._told
            level = logging.DEBUG if known else logging.WARNING
            self._told.add(server)
            logger.log(level, "no stream to %s, trying again: %s", server, _said(error))
        else:
            logger.error("the stream to %s has failed", server, exc_info=error)

    def _channel(self, server: str) -> aio.Channel:
        if self._credentials is None or server.startswith("unix:"):
            return aio.insecure_channel(server, options=list(OPTIONS))
        return aio.secure_channel(server, self._credentials, options=list(OPTIONS))

    async def _talk(self, channel: aio.Channel, server: str) -> None:
        call: Any = channel.stream_stream(PATH)(metadata=self._metadata)
        hello = wire.WorkRequest(hello=self._listener.hello()).SerializeToString()
        async with asyncio.timeout(WELCOME_SECONDS):
            for part in parts_of(hello, HELLO_BYTES):
                await _send(call, part)
            first = await _read(call)
        welcome = first.welcome
        self._open = channel
        self._told.clear()
        self._heard_at = asyncio.get_running_loop().time()
        self._outbox.clear()
        self._listener.connected(welcome)
        logger.info("connected", extra={"server": server})
        if self._on_connected is not None:
            self._on_connected(server)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._write(call, welcome.max_message_bytes))
            tasks.create_task(self._watch(welcome))
            await self._listen(call, first)

    async def _listen(self, call: Any, message: wire.WorkResponse) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._listener.received(message)
            if message.HasField("draining"):
                await asyncio.sleep(min(seconds_of(message.draining), MAX_PAUSE_SECONDS))
                raise Unavailable("the server goes away")
            message = await _read(call)
            self._heard_at = loop.time()

    async def _write(self, call: Any, max_bytes: int) -> None:
        while True:
            for message in await self._outbox.take():
                for part in parts_of(message, max_bytes):
                    await _send(call, part)

    async def _watch(self, welcome: work_pb2.WorkWelcome) -> None:
        """Say something now and then; raise Unavailable if the server says nothing."""
        silence_seconds = seconds_of(welcome.lease) / 2
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(min(seconds_of(welcome.renew_interval), silence_seconds / 2))
            if loop.time() - self._heard_at > silence_seconds:
                raise Unavailable(f"nothing was heard for {silence_seconds:g} s")
            self._listener.ping()


async def _send(call: Any, part: bytes) -> None:
    try:
        await call.write(part)
    except asyncio.InvalidStateError:  # what grpc.aio says of a stream that has ended already
        raise await _end_of(call) from None


async def _read(call: Any) -> wire.WorkResponse:
    """Return the next message; raise what the stream has failed with, Unavailable at its end."""
    data = await call.read()
    if data is aio.EOF:
        raise await _end_of(call)
    return wire.WorkResponse.FromString(data)


async def _end_of(call: Any) -> Error:
    """Return what a stream that has ended ended with."""
    code, details = await call.code(), await call.details()
    if code in REFUSED:
        return _refused(
            "the server", aio.AioRpcError(code, aio.Metadata(), aio.Metadata(), details)
        )
    return Unavailable(f"the stream has ended: {details or code.name}")


def _said(error: BaseException) -> str:
    if isinstance(error, aio.AioRpcError):
        return error.details() or error.code().name
    return str(error) or "no answer in time"


def _first(error: BaseException) -> BaseException:
    """Return the first error inside groups of them."""
    found = error
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found


def _refused(server: str, error: Any) -> Error:
    hint = (
        ": it does not take workers; see its setting worker_service"
        if (error.code() is grpc.StatusCode.UNIMPLEMENTED)
        else f": {error.details()}"
    )
    return Invalid(f"{server} refuses this worker{hint}", reason="WORKER_REFUSED")

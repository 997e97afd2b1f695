"""The HTTP server: uvicorn, started and stopped by whoever serves.

1. A port in use stops the start, and no other program can share it.
2. Signals are the program's; uvicorn is told when to leave.
3. On the way out it stops listening at once, lets what is under way finish, and cancels the rest
   when the time is over.
"""

import asyncio
import logging
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from typing import Any, Final

import uvicorn

from runwire.http.connection import STALLED_SECONDS, Socket, connections
from runwire.http.room import room_for
from runwire.listening import in_use

KEEP_ALIVE_SECONDS: Final = 75
PING_SECONDS: Final = 20.0
MAX_SOCKET_MESSAGE_BYTES: Final = 1024 * 1024 + 64 * 1024
"""Of what a client says over a WebSocket: a command with as large an input as a run may have."""
BACKLOG: Final = 2048
MAX_CONNECTIONS: Final = 10_000
UNIX: Final = "unix:"
_ON_PURPOSE: Final = frozenset(
    {
        # A stream that broke off is closed so on purpose; the log has why.
        "ASGI callable returned without completing response.",
        # It was completed, by a refusal: uvicorn notices when the client has closed.
        "ASGI callable returned without completing handshake.",
    }
)

logging.getLogger("uvicorn.error").addFilter(
    lambda record: record.levelno > logging.INFO and record.getMessage() not in _ON_PURPOSE
)


class HttpServer:
    """An ASGI application on one address."""

    def __init__(
        self,
        app: Any,
        address: str,
        *,
        tls: ssl.SSLContext | None = None,
        setting: str = "",
        max_connections: int = MAX_CONNECTIONS,
    ) -> None:
        """Take the address; raise AddressInUse."""
        self._listener = listen(address, setting)
        self.address = _bound(address, self._listener)
        config = uvicorn.Config(
            app,
            http=connections(room_for(max_connections)),
            ws=Socket,
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            backlog=BACKLOG,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            ws_ping_interval=PING_SECONDS,
            ws_ping_timeout=PING_SECONDS,
            ws_max_size=MAX_SOCKET_MESSAGE_BYTES,
            ws_per_message_deflate=False,  # a watcher's compressor would cost more than it
            ssl_context_factory=None if tls is None else lambda *_: tls,
        )
        self._server = _Server(config)
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        """Serve until `stop`."""
        try:
            await self._server.serve(sockets=[self._listener])
        finally:
            self._listener.close()
            _forget(self.address)
            self._stopped.set()

    async def stop(self, grace_seconds: float) -> None:
        """Stop listening; what is under way has so long to finish."""
        self._server.config.timeout_graceful_shutdown = max(1, ceil(grace_seconds))
        self._server.should_exit = True
        await self._stopped.wait()


class _Server(uvicorn.Server):
    """uvicorn's server, which leaves signals alone."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listen(address: str, setting: str) -> socket.socket:
    """Return a socket that is bound to ``host:port`` or ``unix:path``; raise AddressInUse."""
    if address.startswith(UNIX):
        return _listen_unix(address, setting)
    host, _, port = address.rpartition(":")
    try:
        family, kind, _, _, where = socket.getaddrinfo(
            host.strip("[]"), int(port), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind)
    except OSError:
        raise in_use(address, setting) from None
    try:
        # So that a server can be started again at once; others still cannot share the port.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            # The last of an answer may wait in the kernel, where no timer of ours sees it.
            milliseconds = int(STALLED_SECONDS * 1000)
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
        listener.bind(where)
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise in_use(address, setting) from None
    return listener


def tls_context(*, certificate: Path, key: Path, client_ca: Path | None = None) -> ssl.SSLContext:
    """Return how to speak TLS; with `client_ca`, callers must show a certificate it signed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    context.set_alpn_protocols(["http/1.1"])
    if client_ca is not None:
        context.load_verify_locations(client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def _listen_unix(address: str, setting: str) -> socket.socket:
    path = Path(address.removeprefix(UNIX))
    listener = socket.socket(socket.AF_UNIX)
    try:
        if path.is_socket() and not _answers(path):
            path.unlink()  # left behind by a process that was killed
        listener.bind(str(path))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise in_use(address, setting) from None
    return listener


def _forget(address: str) -> None:
    if address.startswith(UNIX):
        Path(address.removeprefix(UNIX)).unlink(missing_ok=True)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(path))
        except OSError:
            return False
        return True


def _bound(address: str, listener: socket.socket) -> str:
    if address.startswith(UNIX):
        return address
    return f"{address.rpartition(':')[0]}:{listener.getsockname()[1]}"

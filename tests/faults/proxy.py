"""A TCP proxy that mistreats what passes through it, by seeded dice.

After so many bytes a connection is reset in the middle of them, closed, held up, or kept open
without anything coming through (half-open). It has several addresses, so that callers that share
connections to one address have several.
"""

import asyncio
import random
import socket
import struct
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

CHUNK_BYTES = 16 * 1024
LINGER_NOT = struct.pack("ii", 1, 0)
KINDS = ("reset", "drop", "delay", "half_open")


@dataclass
class Proxy:
    """Between callers and `target`, host:port; `calm` lets everything through from then on."""

    target: str
    dice: random.Random
    kinds: Sequence[str] = KINDS
    most_bytes: int = 60_000
    delay_seconds: float = 2.0
    half_open_seconds: float = 3.0
    calm: bool = False
    ports: int = 1
    addresses: list[str] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Proxy"]:
        """Accept connections while the block lasts."""
        servers = [
            await asyncio.start_server(self._accept, "127.0.0.1", 0) for _ in range(self.ports)
        ]
        bound = [server.sockets[0].getsockname() for server in servers]
        self.addresses = [f"{host}:{port}" for host, port in bound]
        try:
            yield self
        finally:
            for server in servers:
                server.close()
            for writer in list(self._open):
                writer.transport.abort()
            for server in servers:
                await server.wait_closed()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, _, port = self.target.rpartition(":")
        self._open.add(writer)
        try:
            there, back = await asyncio.open_connection(host, int(port))
        except OSError:  # the server is being started again
            self._open.discard(writer)
            writer.transport.abort()
            return
        self._open.add(back)
        connection = _Connection(self)
        try:
            async with asyncio.TaskGroup() as tasks:
                up = tasks.create_task(connection.pump(reader, back))
                down = tasks.create_task(connection.pump(there, writer))
                await asyncio.wait([up, down], return_when=asyncio.FIRST_COMPLETED)
                up.cancel()
                down.cancel()
        finally:
            for each in (writer, back):
                if connection.reset:
                    _reset(each)
                each.transport.abort() if connection.reset else each.close()
                self._open.discard(each)


class _Connection:
    """One connection's fate, or fates: it may be held up more than once."""

    def __init__(self, proxy: Proxy) -> None:
        self.reset = False
        self._proxy = proxy
        self._left = proxy.dice.randrange(1, proxy.most_bytes)

    async def pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass bytes on in one direction until the connection ends, or its fate comes."""
        with suppress(ConnectionError):
            while chunk := await reader.read(CHUNK_BYTES):
                if not self._proxy.calm and len(chunk) >= self._left:
                    writer.write(chunk[: self._left])
                    rest = chunk[self._left :]
                    if await self._fate():
                        return
                    chunk = rest
                self._left -= len(chunk)
                writer.write(chunk)
                await writer.drain()

    async def _fate(self) -> bool:
        """Let it happen; return whether the connection is over."""
        proxy = self._proxy
        kind = proxy.dice.choice(proxy.kinds)
        proxy.done[kind] += 1
        self._left = proxy.dice.randrange(1, proxy.most_bytes)
        match kind:
            case "delay":
                await asyncio.sleep(proxy.delay_seconds)
                return False
            case "half_open":
                self._left = 1  # for the other direction, too
                await asyncio.sleep(proxy.half_open_seconds)
        self.reset = kind != "drop"
        return True


def _reset(writer: asyncio.StreamWriter) -> None:
    """Make closing send a reset instead of an orderly end."""
    raw = writer.get_extra_info("socket")
    if raw is not None:
        with suppress(OSError):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)

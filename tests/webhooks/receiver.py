"""A real endpoint on loopback that keeps what it is sent, and answers as it is told."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks import Webhook as Verifier

OK = b"HTTP/1.1 204 No Content\r\n\r\n"


def status(code: int, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {code} Told", "content-length: 0", *headers, "", ""]
    return "\r\n".join(lines).encode()


@dataclass(frozen=True)
class Received:
    """One request."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    def verified(self, secret: str) -> Any:
        """Return what the body says, by a library that is not ours."""
        return Verifier(secret).verify(self.body, self.headers)


@dataclass
class Receiver:
    """What an endpoint has received, and what it answers: the next of `answers`, else `usual`.

    An answer is bytes, or None for one that never comes, or something that writes by itself.
    """

    port: int = 0
    received: list[Received] = field(default_factory=list)
    answers: list[Any] = field(default_factory=list)
    usual: Any = OK
    most_at_once: int = 0
    _open: int = 0
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?team=risk"

    async def wait_for(self, count: int, seconds: float = 20) -> list[Received]:
        """Return what has come as soon as it is so much."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(lambda: len(self.received) >= count)
        return self.received

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        self.most_at_once = max(self.most_at_once, self._open)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._serve(reader, writer)
        finally:
            self._open -= 1
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line, *rest = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(each.lower().split(": ", 1) for each in rest if each)
        # Values as they are: signatures have capitals.
        headers = {
            key: next(each for each in rest if each.lower().startswith(f"{key}: "))[len(key) + 2 :]
            for key in headers
        }
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        async with self._changed:
            self.received.append(Received(line, headers, body))
            self._changed.notify_all()
        answer = self.answers.pop(0) if self.answers else self.usual
        if answer is None:
            await reader.read()  # until the other side gives up
        elif callable(answer):
            await answer(writer)
        else:
            writer.write(answer)
            await writer.drain()


@asynccontextmanager
async def receiving(
    *, port: int = 0, tls: ssl.SSLContext | None = None, **how: Any
) -> AsyncIterator[Receiver]:
    """Have an endpoint until the block ends."""
    receiver = Receiver(**how)
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", port, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()


Writes = Callable[[asyncio.StreamWriter], Any]

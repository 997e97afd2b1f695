"""What stands between a server and PostgreSQL, and can lose a commit or the answer to it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Proxy:
    """Passes bytes on, in both directions."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.lose_next_commit = False
        """The next commit reaches the database; its answer does not come back."""
        self.drop_next_commit = False
        """The next commit does not reach the database."""
        self.late_next_commit: asyncio.Event | None = None
        """The next commit reaches the database when this is set; the connection breaks at once."""
        self.lost = 0
        self.port = 0
        self._writers: list[asyncio.StreamWriter] = []

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Proxy"]:
        listening = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = listening.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            listening.close()
            for writer in self._writers:
                writer.close()
                with suppress(OSError):
                    await writer.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        with suppress(OSError):
            behind, ahead = await asyncio.open_connection("127.0.0.1", self.target)
            self._writers.append(ahead)
            deaf = asyncio.Event()
            await asyncio.gather(
                self._upwards(reader, writer, ahead, deaf), _downwards(behind, writer, deaf)
            )
            ahead.close()
        writer.close()

    async def _upwards(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        ahead: asyncio.StreamWriter,
        deaf: asyncio.Event,
    ) -> None:
        while data := await reader.read(65536):
            commits = b"COMMIT" in data or b"runwire_batch" in data  # the latter is a transaction
            if commits and self.drop_next_commit:
                self.drop_next_commit = False
                self.lost += 1
                break
            if commits and self.lose_next_commit:
                self.lose_next_commit = False
                self.lost += 1
                deaf.set()
            if commits and self.late_next_commit is not None:
                late, self.late_next_commit = self.late_next_commit, None
                self.lost += 1
                deaf.set()
                writer.close()
                await late.wait()
            ahead.write(data)
            await ahead.drain()
        if not deaf.is_set():
            ahead.close()


async def _downwards(
    behind: asyncio.StreamReader, writer: asyncio.StreamWriter, deaf: asyncio.Event
) -> None:
    while data := await behind.read(65536):
        if deaf.is_set():
            break
        writer.write(data)
        await writer.drain()
    writer.close()

"""Wakes across servers, by NOTIFY.

1. Own wakes go straight to those who wait here; NOTIFY is for the other servers.
2. It is a hint: whoever waits looks by itself after a while, so losing all of it costs time only.
3. Commits that notify wait for each other in the whole database. So topics are gathered and sent on
   a connection of their own, at most every ``GATHER_SECONDS``, never with what is written.
4. A connection that breaks is opened again, and then everybody is woken, here or there.
"""

import asyncio
import logging
import secrets
import threading
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Final

import psycopg

from runwire.bus.memory import Flag, MemoryBus

CHANNEL: Final = "runwire"
GATHER_SECONDS: Final = 0.010
MAX_PAYLOAD_BYTES: Final = 7900  # PostgreSQL takes 7999
MAX_PAYLOADS: Final = 4
EVERYTHING: Final = "*"
CHECK_SECONDS: Final = 15.0
FIRST_PAUSE_SECONDS: Final = 0.1
LONGEST_PAUSE_SECONDS: Final = 10.0

Connection = psycopg.AsyncConnection[tuple[object, ...]]
logger = logging.getLogger("runwire.bus")


class PostgresBus:
    """A bus for all servers on one database; `run` carries wakes to and from the others."""

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._local = MemoryBus()
        self._origin = secrets.token_hex(4)
        self._loop = asyncio.get_running_loop()
        self._guard = threading.Lock()
        self._topics: set[str] = set()
        self._due = Flag()
        self._heard: Callable[[Collection[str] | None], None] | None = None

    def wake_all(self, topics: Iterable[str]) -> None:
        topics = set(topics)
        self._local.wake_all(topics)
        with self._guard:
            first = not self._topics
            self._topics |= topics
        if first:
            try:
                self._loop.call_soon_threadsafe(self._due.raise_)
            except RuntimeError:
                return  # The loop is closed: the server has ended.

    def waiting(self, topic: str) -> AbstractContextManager[Flag]:
        return self._local.waiting(topic)

    async def run(self, heard: Callable[[Collection[str] | None], None]) -> None:
        """Notify and listen until cancelled, however often the database is lost.

        `heard` is told what others have woken (None: anything), before anybody here is.
        """
        self._heard = heard
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._forever(self._notify), name="notify")
            tasks.create_task(self._forever(self._listen), name="listen")

    async def _forever(
        self, talk: Callable[[Connection, Callable[[], None]], Awaitable[None]]
    ) -> None:
        pause = FIRST_PAUSE_SECONDS

        def reached() -> None:
            nonlocal pause
            pause = FIRST_PAUSE_SECONDS

        while True:
            try:
                async with await Connection.connect(self._conninfo, autocommit=True) as connection:
                    await talk(connection, reached)
            except psycopg.Error as error:
                logger.warning("wakes between servers are interrupted: %s", error)
            except Exception:  # the server goes on without them, only later
                logger.exception("wakes between servers are interrupted")
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def _notify(self, connection: Connection, reached: Callable[[], None]) -> None:
        # Nobody waits for the disk on account of a hint.
        await connection.execute("SET synchronous_commit = off")
        await self._send(connection, [EVERYTHING])
        reached()
        while True:
            await self._due.wait(CHECK_SECONDS)
            await self._send(connection, self._take())
            await asyncio.sleep(GATHER_SECONDS)

    async def _send(self, connection: Connection, payloads: Iterable[str]) -> None:
        messages = [f"{self._origin} {payload}" for payload in payloads]
        await connection.execute(
            "SELECT pg_notify(%s, message) FROM unnest(%s::text[]) AS message", (CHANNEL, messages)
        )

    def _take(self) -> list[str]:
        with self._guard:
            topics, self._topics = self._topics, set()
        payloads = list(_packed(topics))
        return payloads if len(payloads) <= MAX_PAYLOADS else [EVERYTHING]

    async def _listen(self, connection: Connection, reached: Callable[[], None]) -> None:
        await connection.execute(f"LISTEN {CHANNEL}")
        reached()
        self._wake_everyone()
        while True:
            async for notify in connection.notifies(timeout=CHECK_SECONDS):
                self._hear(notify.payload)
            await connection.execute("SELECT 1")  # is it still there?

    def _hear(self, payload: str) -> None:
        origin, *topics = payload.split()
        if origin == self._origin:
            return
        if EVERYTHING in topics:
            self._wake_everyone()
            return
        if self._heard is not None:
            self._heard(topics)
        self._local.wake_all(topics)

    def _wake_everyone(self) -> None:
        if self._heard is not None:
            self._heard(None)
        self._local.wake_everyone()


def _packed(topics: Iterable[str]) -> Iterator[str]:
    """Yield topics in as few payloads as hold them; no topic has a space."""
    words: list[str] = []
    size = 0
    for topic in topics:
        if size + len(topic) + 1 > MAX_PAYLOAD_BYTES:
            yield " ".join(words)
            words, size = [], 0
        words.append(topic)
        size += len(topic) + 1
    if words:
        yield " ".join(words)

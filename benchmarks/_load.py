"""Runs created and watched, again and again, by processes that only do that."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Final

import uvloop
from _wire import CREATE, CREATE_AND_WATCH, WATCH, Connection, connected, is_ended, messages

CONNECTIONS: Final = 4
WARM_UP: Final = 20


@dataclass
class Driven:
    """What a generator has seen."""

    milliseconds: list[float] = field(default_factory=list)
    messages: int = 0
    lasted: float = 0.0
    cpu_seconds: float = 0.0


class Generator:
    """Does work again and again, so many at the same time, until an instant."""

    def __init__(self, connections: list[Connection], shape: str, request: bytes) -> None:
        self._connections = connections
        self._begin = {
            "create": self._create,
            "create_then_watch": self._create_then_watch,
            "create_and_watch": self._create_and_watch,
        }[shape]
        self._request = request

    async def run(self, concurrency: int, *, seconds: float = 0.0, count: int = 0) -> Driven:
        """Work for some seconds, or a count of times."""
        self._found, self._live = Driven(), 0
        self._left, self._end = count, time.perf_counter() + seconds
        self._over = asyncio.get_running_loop().create_future()
        cpu, began = time.process_time(), time.perf_counter()
        for slot in range(concurrency):
            self._live += 1
            self._next(self._connections[slot % len(self._connections)])
        await asyncio.wait(
            [self._over, *(one.lost for one in self._connections)],
            return_when=asyncio.FIRST_COMPLETED,
        )
        for one in self._connections:
            if one.lost.done():
                one.lost.result()
        self._found.lasted = time.perf_counter() - began
        self._found.cpu_seconds = time.process_time() - cpu
        return self._found

    def _next(self, connection: Connection) -> None:
        self._left -= 1
        began = time.perf_counter()
        if began >= self._end and self._left < 0:
            self._live -= 1
            if not self._live:
                self._over.set_result(None)
            return

        def done() -> None:
            self._found.milliseconds.append((time.perf_counter() - began) * 1000)
            self._next(connection)

        self._begin(connection, done)

    def _create(self, connection: Connection, done: Callable[[], None]) -> None:
        def created(body: bytes) -> None:
            self._found.messages += 1
            done()

        connection.call(CREATE, self._request, created)

    def _create_then_watch(self, connection: Connection, done: Callable[[], None]) -> None:
        def created(body: bytes) -> None:
            self._found.messages += 1
            # Behind the prefix: field 1, its length, and in it field 1, the run's id, first.
            place = body.index(b"\n", 6)
            connection.call(WATCH, body[place : place + 2 + body[place + 1]], self._ended(done))

        connection.call(CREATE, self._request, created)

    def _create_and_watch(self, connection: Connection, done: Callable[[], None]) -> None:
        connection.call(CREATE_AND_WATCH, self._request, self._ended(done))

    def _ended(self, done: Callable[[], None]) -> Callable[[bytes], None]:
        def finished(body: bytes) -> None:
            found = list(messages(body))
            self._found.messages += len(found)
            if not (found and is_ended(found[-1])):
                raise RuntimeError(f"the watch ended before the run: {found[-1:]!r}")
            done()

        return finished


async def driven(
    address: str, shape: str, request: bytes, *, concurrency: int, seconds: float, count: int = 0
) -> Driven:
    """Do work for some seconds, or a count of times, and say what was seen."""
    wanted = min(CONNECTIONS, concurrency)
    connections = [await connected(address) for _ in range(wanted)]
    generator = Generator(connections, shape, request)
    await generator.run(1, count=WARM_UP)
    found = await generator.run(concurrency, seconds=seconds, count=count)
    for one in connections:
        one.close()
    return found


def _run(address: str, shape: str, request: bytes, concurrency: int, seconds: float) -> Driven:
    return uvloop.run(driven(address, shape, request, concurrency=concurrency, seconds=seconds))


class Generators:
    """Processes that generate load together."""

    def __init__(self, processes: int = 1) -> None:
        self._count = processes
        self._pool = ProcessPoolExecutor(processes, mp_context=get_context("spawn"))

    def __enter__(self) -> "Generators":
        # Started before anything is measured.
        for one in [self._pool.submit(time.sleep, 0.1) for _ in range(self._count)]:
            one.result()
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    def drive(
        self, address: str, shape: str, request: bytes, *, concurrency: int, seconds: float
    ) -> Driven:
        """Let all of them work at the same time, and sum up what they saw."""
        shares = [concurrency // self._count] * self._count
        parts = [
            part.result()
            for part in [
                self._pool.submit(_run, address, shape, request, share, seconds) for share in shares
            ]
        ]
        return Driven(
            milliseconds=[one for part in parts for one in part.milliseconds],
            messages=sum(part.messages for part in parts),
            lasted=max(part.lasted for part in parts),
            cpu_seconds=sum(part.cpu_seconds for part in parts),
        )

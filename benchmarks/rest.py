"""The same calls over gRPC and over REST, in one run: how many a second, and what each costs."""

import asyncio
import re
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import uvloop
from _calls import CREATE, SPEC
from _figures import machine, middle, number, ratio, write
from _setting import Options, Running, options_from, server
from _wire import Call, connected

from runwire.http.payloads import PayloadCodec
from runwire.v1 import run_service_pb2 as wire

CONCURRENCY: Final = 32
CONNECTIONS: Final = 4
GOAL: Final = 40
BODY: Final = b'{"spec":{"graphId":"three_nodes","input":%b}}' % PayloadCodec().write(SPEC.input)


class Connection(Protocol):
    """Makes one call, and calls back with its answer."""

    def ask(self, done: Callable[[bytes], None]) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class Measured:
    """What a round has seen."""

    per_second: float
    server_microseconds: float


class Rest(asyncio.Protocol):
    """One kept connection that asks the same again and again: the leanest client there is."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        self._buffer = b""
        self._done: Callable[[bytes], None] | None = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def ask(self, done: Callable[[bytes], None]) -> None:
        self._done = done
        self._transport.write(self._request)

    def close(self) -> None:
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        place = head.index(b"content-length: ") + 16
        if len(body) < int(head[place : (head + b"\r\n").index(b"\r\n", place)]):
            return
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(self._buffer.decode())
        self._buffer, done = b"", self._done
        assert done is not None  # noqa: S101 - it was asked
        done(body)


class Grpc:
    """One caller on a connection that many share."""

    def __init__(self, connection: Any, call: Call, request: bytes) -> None:
        self._connection = connection
        self._call = call
        self._request = request

    def ask(self, done: Callable[[bytes], None]) -> None:
        self._connection.call(self._call, self._request, done)

    def close(self) -> None:
        """Others may use it still."""


async def measure(running: Running, callers: Sequence[Connection], seconds: float) -> Measured:
    """Let callers ask again and again for some seconds."""
    count, live = 0, len(callers)
    over = asyncio.get_running_loop().create_future()

    def ask(one: Connection) -> None:
        def answered(_: bytes) -> None:
            nonlocal count, live
            count += 1
            if time.perf_counter() < end:
                one.ask(answered)
                return
            live -= 1
            if not live:
                over.set_result(None)

        one.ask(answered)

    cpu, began = running.cpu_seconds(), time.perf_counter()
    end = began + seconds
    for one in callers:
        ask(one)
    await over
    lasted = time.perf_counter() - began
    return Measured(count / lasted, (running.cpu_seconds() - cpu) / count * 1e6)


def http(method: str, path: str, body: bytes = b"") -> bytes:
    """Return a request as bytes."""
    lines = [f"{method} {path} HTTP/1.1", "host: localhost"]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "\r\n"]).encode() + body


async def rounds(running: Running, web: str, how: Options) -> dict[str, list[list[Measured]]]:
    """Measure each kind of call by each way, one after the other, again and again."""
    first = await connected(running.address)
    made: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
    first.call(Call("/runwire.v1.RunService/CreateRun"), CREATE, made.set_result)
    run_id = wire.CreateRunResponse.FromString((await made)[5:]).run.run_id
    get = wire.GetRunRequest(run_id=run_id).SerializeToString()
    shapes = {
        "GetRun": (get, http("GET", f"/v1/runs/{run_id}")),
        "CreateRun": (CREATE, http("POST", "/v1/runs", BODY)),
    }
    found: dict[str, list[list[Measured]]] = {name: [[], []] for name in shapes}
    host, _, port = web.rpartition(":")
    shared = [await connected(running.address) for _ in range(CONNECTIONS)]
    for _ in range(how.rounds):
        for name, (message, request) in shapes.items():
            call = Call(f"/runwire.v1.RunService/{name}")
            by_grpc = [Grpc(shared[n % CONNECTIONS], call, message) for n in range(CONCURRENCY)]
            by_rest = []
            for _ in range(CONCURRENCY):
                loop = asyncio.get_running_loop()
                _, one = await loop.create_connection(lambda: Rest(request), host, int(port))  # noqa: B023
                by_rest.append(one)
            for way, callers in enumerate((by_grpc, by_rest)):
                await measure(running, callers, min(how.seconds, 0.5))
                found[name][way].append(await measure(running, callers, how.seconds))
            for one in by_rest:
                one.close()
    for each in (first, *shared):
        each.close()
    return found


def main(how: Options) -> None:
    """Measure, and write the figures down."""
    with server("--http-address", "127.0.0.1:0", "--no-worker") as running:
        web = re.findall(r" and http://(127\.0\.0\.1:\d+)", "".join(running.lines))[0]
        found = uvloop.run(rounds(running, web, how))
    lines = [
        f"{machine()}. {CONCURRENCY} callers, lean clients for both in one process; medians of"
        f" {how.rounds} rounds of {how.seconds:g} s, taken in turn. CPU is the server's. Mark: REST"
        f" reaches {GOAL} % of gRPC.",
        "",
        "| call | gRPC per s | REST per s | REST / gRPC | gRPC µs CPU | REST µs CPU |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, ways in found.items():
        rates = [[each.per_second for each in way] for way in ways]
        costs = [statistics.median(each.server_microseconds for each in way) for way in ways]
        share = ratio(statistics.median(rates[1]), statistics.median(rates[0]))
        lines.append(
            f"| {name} | {middle(rates[0])} | {middle(rates[1])} | {share} |"
            f" {number(costs[0])} | {number(costs[1])} |"
        )
    write("REST", lines)


if __name__ == "__main__":
    main(options_from(__doc__))

"""Ten thousand connections that say nothing, or say it slowly: nobody else notices."""

import http.client
import json
import resource
import select
import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import grpc
import pytest
from tests.conftest import GRAPHS, ServerProcess

from runwire.v1.run_service_pb2 import GetRunRequest
from runwire.v1.run_service_pb2_grpc import RunServiceStub

WANTED, LEAST = 10_000, 5_000
OTHERS = 300
"""Files that the tests need for other things."""
HEAD_SECONDS = 20.0
SLOWEST_SECONDS = 1.0
PER_CONNECTION_BYTES = 24 * 1024
BEGUN = (b"", b"GET /v1/runs HTTP/1.1\r\nHost: x\r\n", b"POST /v1/runs HTTP/1.1\r\nX-Foo: ")


@contextmanager
def many_files() -> Iterator[int]:
    """Allow this process as many files as the machine lets it; say how many can be connections."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    hard = before[1] if before[1] != resource.RLIM_INFINITY else 2 * WANTED
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 2 * WANTED), before[1]))
    try:
        yield min(WANTED, min(hard, 2 * WANTED) - OTHERS)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


@contextmanager
def crowd(address: str, count: int) -> Iterator[list[socket.socket]]:
    """Open connections, a third of each kind of slowness."""
    host, _, port = address.rpartition(":")
    lines: list[socket.socket] = []
    try:
        for number in range(count):
            line = socket.create_connection((host, int(port)), timeout=20)
            line.sendall(BEGUN[number % len(BEGUN)])
            line.setblocking(False)
            lines.append(line)
        yield lines
    finally:
        for line in lines:
            line.close()


def memory_bytes(process: ServerProcess) -> int:
    assert process.process is not None
    status = Path(f"/proc/{process.process.pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024


def slowest(durations: list[float]) -> float:
    """Return the 99th of a hundred."""
    return sorted(durations)[int(len(durations) * 0.99) - 1]


def timed(ask: object, times: int) -> list[float]:
    found = []
    for _ in range(times):
        begun = time.monotonic()
        ask()  # type: ignore[operator]
        found.append(time.monotonic() - begun)
    return found


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    running = ServerProcess(
        tmp_path_factory.mktemp("crowded"), (GRAPHS,), http_address="127.0.0.1:0"
    )
    running.start()
    yield running
    assert running.stop() == 0


class Client:
    """Somebody who only wants to see a run, over either transport."""

    def __init__(self, process: ServerProcess) -> None:
        self.process = process
        spec = {"graphId": "three_nodes", "input": {"json": {"n": 1}}}
        body = json.dumps({"runId": "seen", "spec": spec})
        with closing(self.connected()) as line:
            line.request("POST", "/v1/runs", body, {"Content-Type": "application/json"})
            assert line.getresponse().status == 200

    def connected(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self.process.http_address, timeout=10)

    def ask(self, line: http.client.HTTPConnection) -> None:
        line.request("GET", "/v1/runs/seen")
        answer = line.getresponse()
        assert (answer.status, b'"seen"' in answer.read()) == (200, True)

    def ask_anew(self) -> None:
        with closing(self.connected()) as line:
            self.ask(line)


def test_ten_thousand_slow_connections_cost_a_bounded_bit(process: ServerProcess) -> None:
    client = Client(process)
    with many_files() as count:
        if count < LEAST:
            pytest.skip(f"this machine lets a process have {count} connections only")
        before = memory_bytes(process)
        with closing(client.connected()) as kept, crowd(process.http_address, count) as lines:
            client.ask_anew()  # everybody before is accepted by now
            spent = memory_bytes(process) - before
            assert spent < count * PER_CONNECTION_BYTES, f"{spent / count:.0f} each"
            assert slowest(timed(lambda: client.ask(kept), 200)) < SLOWEST_SECONDS
            assert slowest(timed(client.ask_anew, 200)) < SLOWEST_SECONDS
            with grpc.insecure_channel(process.grpc_address) as channel:
                get, wanted = RunServiceStub(channel).GetRun, GetRunRequest(run_id="seen")
                assert slowest(timed(lambda: get(wanted, timeout=10), 200)) < SLOWEST_SECONDS
            trickle(lines)
            assert left_after(lines, HEAD_SECONDS + 10) == 0
            client.ask_anew()


def trickle(lines: list[socket.socket]) -> None:
    """Go on with what was begun, which must not win time."""
    for line in lines[2::30]:
        try:
            line.send(b"a")
        except OSError:
            continue


def left_after(lines: list[socket.socket], seconds: float) -> int:
    """Wait until the server has closed all of them; return how many it has not."""
    poll, until = select.epoll(), time.monotonic() + seconds
    try:
        for line in lines:
            poll.register(line, select.EPOLLIN | select.EPOLLRDHUP)
        left = {line.fileno() for line in lines}
        while left and (wait := until - time.monotonic()) > 0:
            for number, _ in poll.poll(wait):
                poll.unregister(number)
                left.discard(number)
        return len(left)
    finally:
        poll.close()


def test_beyond_the_limit_those_who_wait_make_room(tmp_path: Path) -> None:
    settings = {"RUNWIRE_HTTP_MAX_CONNECTIONS": "20"}
    process = ServerProcess(tmp_path, (GRAPHS,), http_address="127.0.0.1:0", settings=settings)
    process.start()
    try:
        client = Client(process)
        with crowd(process.http_address, 50) as lines:
            for _ in range(10):
                client.ask_anew()
            assert left_after(lines, 2) <= 20
        with watching(process, 20) as (watches, last):
            # All of them are used: nobody is sent away, and the newcomer is told.
            with closing(client.connected()) as refused:
                refused.request("GET", "/healthz")
                answer = refused.getresponse()
                assert (answer.status, answer.getheader("retry-after")) == (503, "1")
                assert b"CONNECTIONS_EXHAUSTED" in answer.read()
            assert left_after([each.sock for each in watches], 0.2) == len(watches)
            last.close()
        client.ask_anew()
    finally:
        process.stop()


@contextmanager
def watching(
    process: ServerProcess, count: int
) -> Iterator[tuple[list[http.client.HTTPConnection], http.client.HTTPConnection]]:
    lines = []
    for _ in range(count):
        line = http.client.HTTPConnection(process.http_address, timeout=10)
        line.request("GET", "/v1/runs:watch", headers={"Accept": "text/event-stream"})
        lines.append(line)
    for line in lines:
        line.answer = line.getresponse()  # type: ignore[attr-defined]
        assert line.answer.readline()  # type: ignore[attr-defined]
    try:
        yield lines, lines[-1]
    finally:
        for line in lines:
            line.close()

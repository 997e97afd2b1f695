"""A server with auth on, and raw connections to it."""

import re
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import pytest
from tests.auth.doors import Door, opened

SECONDS = 5.0


@dataclass(frozen=True)
class Heard:
    """All that came over a raw connection."""

    data: bytes
    closed: bool

    @property
    def statuses(self) -> list[int]:
        """The statuses of the answers, in their order."""
        found = re.findall(rb"HTTP/1\.1 (\d{3}) ", self.data)
        return [int(each) for each in found if each != b"100"]

    @property
    def reason(self) -> str:
        """The reason of the last of them."""
        found = re.findall(rb'"reason":"([A-Z_]+)"', self.data)
        return found[-1].decode() if found else ""


def connection(door: Door) -> socket.socket:
    host, _, port = door.server.http_address.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=SECONDS)


def said(door: Door, *pieces: bytes, seconds: float = SECONDS) -> Heard:
    """Send bytes and one plain request that asks to close; hear all until the server does.

    That request shows no credentials: whatever it is answered with, it is not the first's.
    """
    last = b"GET /v1/keys HTTP/1.1\r\nHost: last\r\nConnection: close\r\n\r\n"
    return heard(door, *pieces, last, seconds=seconds)


def heard(door: Door, *pieces: bytes, seconds: float = SECONDS) -> Heard:
    """Send bytes; hear all until the server closes, or is silent for so long."""
    data, until = b"", time.monotonic() + seconds
    with connection(door) as line:
        try:
            # A server that has said no takes nothing more; what it said can be read all the same.
            with suppress(ConnectionResetError, BrokenPipeError):
                for piece in pieces:
                    line.sendall(piece)
            while more := _received(line, until):
                data += more
        except TimeoutError:
            return Heard(data, closed=False)
        except (ConnectionResetError, BrokenPipeError):
            pass
    return Heard(data, closed=True)


def _received(line: socket.socket, until: float) -> bytes:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    line.settimeout(left)
    return line.recv(65536)


def words(*lines: str | bytes) -> bytes:
    """Return the head of a request."""
    spelled = (line if isinstance(line, bytes) else line.encode() for line in lines)
    return b"\r\n".join((*spelled, b"", b""))


@pytest.fixture(scope="package")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with opened(tmp_path_factory.mktemp("attacked")) as found:
        yield found

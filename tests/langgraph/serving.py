"""Servers that host a folder with a langgraph.json, as processes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import ServerProcess


@contextmanager
def serving(
    project: Path, directory: Path, *arguments: str, **settings: str
) -> Iterator[ServerProcess]:
    """Serve a project while the block lasts, its data in a directory; gRPC and HTTP."""
    server = ServerProcess(
        directory, arguments, http_address="127.0.0.1:0", settings=settings, place=project
    )
    server.start()
    try:
        yield server
    finally:
        if server.process is not None:
            server.kill()


def url_of(server: ServerProcess) -> str:
    """Return the address of a server's HTTP side."""
    return f"http://{server.http_address}"

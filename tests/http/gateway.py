"""The HTTP edge before a server in another process, on a thread of this one."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Queue

from httprule.channel import ChannelBackend, open_channel
from runwire.http import docs
from runwire.http.app import new_app, new_transcoder
from runwire.http.openapi import document
from runwire.http.server import HttpServer
from runwire.http.watches import SERVICES

SECONDS = 30


@contextmanager
def gateway(target: str) -> Iterator[str]:
    """Serve HTTP before a gRPC server; yield the URL."""
    told: Queue[tuple[str, asyncio.AbstractEventLoop, HttpServer]] = Queue()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(target, told)), daemon=True)
    thread.start()
    address, loop, server = told.get(timeout=SECONDS)
    yield f"http://{address}"
    asyncio.run_coroutine_threadsafe(server.stop(1), loop).result(SECONDS)
    thread.join(SECONDS)
    assert not thread.is_alive()


async def _serve(
    target: str, told: "Queue[tuple[str, asyncio.AbstractEventLoop, HttpServer]]"
) -> None:
    async def ready() -> str:
        return ""

    async with open_channel(target) as channel:
        app = new_app(
            ChannelBackend(channel),
            transcoder=new_transcoder(),
            ready=ready,
            new_request_id=lambda: "a-test",
            max_body_bytes=1024 * 1024,
            routes=docs.routes(document(SERVICES)),
        )
        server = HttpServer(app, "127.0.0.1:0")
        told.put((server.address, asyncio.get_running_loop(), server))
        await server.run()

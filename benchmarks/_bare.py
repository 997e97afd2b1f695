"""The limit: a grpc.aio server that answers the calls of a run with prepared bytes, and no more.

It sends what the real server sends for a three-node run: the same messages, of the same sizes. What
it reaches with the same load generator is what grpc.aio leaves for a run server to reach here.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

import grpc
import uvloop
from grpc import aio


class Prepared(grpc.GenericRpcHandler):
    """CreateRun, WatchRun and CreateAndWatchRun, each with its answer in bytes."""

    def __init__(self, created: bytes, watched: list[bytes]) -> None:
        self._created = created
        self._watched = watched

    def service(self, handler_call_details: Any) -> Any:
        """Return the handler of a call."""
        if handler_call_details.method.endswith("/CreateRun"):
            return grpc.unary_unary_rpc_method_handler(self._create)
        return grpc.unary_stream_rpc_method_handler(self._watch)

    async def _create(self, _: bytes, __: Any) -> bytes:
        return self._created

    async def _watch(self, _: bytes, __: Any) -> AsyncIterator[bytes]:
        for message in self._watched:
            yield message


async def main(say: Callable[[str], object]) -> None:
    """Serve what the first lines of standard input spell in hex, until it is closed."""
    created, *watched = (bytes.fromhex(word) for word in sys.stdin.readline().split())
    server = aio.server(handlers=(Prepared(created, watched),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    say(f"serves gRPC at 127.0.0.1:{port}")
    await asyncio.to_thread(sys.stdin.readline)
    await server.stop(0)


if __name__ == "__main__":
    uvloop.run(main(lambda line: print(line, flush=True)))

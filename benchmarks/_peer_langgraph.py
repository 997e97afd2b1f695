"""Three no-op nodes of LangGraph over its HTTP API; run by the Python of `langgraph dev`'s venv.

Arguments: the server's address, how many at once, seconds, and what to do: `wait` (`/runs/wait`;
the time until its answer) or `stream` (`/runs/stream`; the time until its first event). Prints one
JSON line.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import uvloop

BODY = {"assistant_id": "three_nodes", "input": {"n": 1}}
Work = Callable[[aiohttp.ClientSession], Awaitable[float]]


async def wait(client: aiohttp.ClientSession) -> float:
    """Return the milliseconds until a run has ended."""
    start = time.perf_counter()
    async with client.post("/runs/wait", json=BODY) as answer:
        answer.raise_for_status()
        found = await answer.json()
    if found != {"n": 4}:
        raise RuntimeError(found)
    return (time.perf_counter() - start) * 1000


async def stream(client: aiohttp.ClientSession) -> float:
    """Return the milliseconds until the first event of a run; read it to its end."""
    start, first, last = time.perf_counter(), 0.0, b""
    async with client.post("/runs/stream", json=BODY) as answer:
        answer.raise_for_status()
        async for line in answer.content:
            if line.startswith(b"event:") and not first:
                first = (time.perf_counter() - start) * 1000
            if line.startswith(b"data:"):
                last = line
    if b"4" not in last:
        raise RuntimeError(last)
    return first


WORKS: dict[str, Work] = {"wait": wait, "stream": stream}


async def main(address: str, at_once: int, seconds: float, work: Work) -> dict[str, Any]:
    """Do the work again and again for some seconds, so many at the same time."""
    taken = []
    # Not httpx: with 64 connections it takes more CPU than either server.
    connector = aiohttp.TCPConnector(limit=at_once)
    async with aiohttp.ClientSession(address, connector=connector) as client:
        for _ in range(3):
            await work(client)
        cpu, began = time.process_time(), time.perf_counter()

        async def caller() -> None:
            while time.perf_counter() < began + seconds:
                taken.append(await work(client))

        async with asyncio.TaskGroup() as tasks:
            for _ in range(at_once):
                tasks.create_task(caller())
        lasted = time.perf_counter() - began
    return {"ms": taken, "lasted": lasted, "cpu": time.process_time() - cpu}


if __name__ == "__main__":
    what = WORKS[sys.argv[4] if len(sys.argv) > 4 else "wait"]
    print(json.dumps(uvloop.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), what))))

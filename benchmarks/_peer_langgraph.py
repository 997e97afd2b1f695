"""Three no-op nodes on `langgraph dev`, by `/runs/wait`; run by the Python of its own venv.

Arguments: the server's address, how many at once, seconds. Prints one JSON line.
"""

import asyncio
import json
import sys
import time
from typing import Any

import httpx
import uvloop

BODY = {"assistant_id": "three_nodes", "input": {"n": 1}}


async def main(address: str, at_once: int, seconds: float) -> dict[str, Any]:
    """Do the work again and again for some seconds, so many at the same time."""
    taken = []
    limits = httpx.Limits(max_connections=at_once, max_keepalive_connections=at_once)
    async with httpx.AsyncClient(base_url=address, limits=limits, timeout=60) as client:

        async def work() -> None:
            answer = await client.post("/runs/wait", json=BODY)
            if answer.raise_for_status().json() != {"n": 4}:
                raise RuntimeError(answer.text)

        for _ in range(3):
            await work()
        cpu, began = time.process_time(), time.perf_counter()

        async def caller() -> None:
            while (start := time.perf_counter()) < began + seconds:
                await work()
                taken.append((time.perf_counter() - start) * 1000)

        async with asyncio.TaskGroup() as tasks:
            for _ in range(at_once):
                tasks.create_task(caller())
        lasted = time.perf_counter() - began
    return {"ms": taken, "lasted": lasted, "cpu": time.process_time() - cpu}


if __name__ == "__main__":
    print(json.dumps(uvloop.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))))

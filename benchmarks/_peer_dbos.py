"""Three no-op steps on DBOS, started in this process; run by the Python of DBOS's own venv.

Arguments: the database's URL, how many at once, seconds. Prints one JSON line.
"""

import asyncio
import json
import sys
import time
from typing import Any

import pysqlite3

# DBOS needs SQLite 3.42; the one of this Python may be older.
sys.modules["sqlite3"] = pysqlite3

from dbos import DBOS  # noqa: E402 - after the line above


@DBOS.step()
async def add(number: int) -> int:
    """Do next to nothing."""
    return number + 1


@DBOS.workflow()
async def three_steps(number: int) -> int:
    """Do next to nothing three times."""
    for _ in range(3):
        number = await add(number)
    return number


async def main(at_once: int, seconds: float) -> dict[str, Any]:
    """Do the work again and again for some seconds, so many at the same time."""
    taken = []
    for _ in range(5):
        await three_steps(1)
    cpu, began = time.process_time(), time.perf_counter()

    async def caller() -> None:
        while (start := time.perf_counter()) < began + seconds:
            if await three_steps(1) != 4:
                raise RuntimeError("a step was lost")
            taken.append((time.perf_counter() - start) * 1000)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(at_once):
            tasks.create_task(caller())
    lasted = time.perf_counter() - began
    return {"ms": taken, "lasted": lasted, "cpu": time.process_time() - cpu}


if __name__ == "__main__":
    DBOS(
        config={
            "name": "bench",
            "system_database_url": sys.argv[1],
            "run_admin_server": False,
            "log_level": "ERROR",
        }
    )
    DBOS.launch()
    print(json.dumps(asyncio.run(main(int(sys.argv[2]), float(sys.argv[3])))))
    DBOS.destroy()

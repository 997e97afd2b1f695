"""How much more worker processes do, on nodes that keep a core busy."""

import os
import statistics
import time
from collections.abc import Sequence
from typing import Final

import uvloop
from _figures import machine, middle, number, write
from _setting import Options, options_from, server
from _watchers import Watchers, begin

WORKERS: Final = (1, 2, 4)
ROUNDS_OF_ARITHMETIC: Final = 1_200_000
"""Some 70 ms of one core: creating and recording a run takes a few beside it."""
MARK: Final = 1.8


async def measure(address: str, runs: int) -> float:
    """Return how many runs a second end, from the first creation to the last end."""
    began = time.perf_counter()
    run_ids = await begin(address, runs, "burner", {"n": ROUNDS_OF_ARITHMETIC})
    async with Watchers(address) as watchers:
        await watchers.watch(run_ids)
        await watchers.ended(runs)
    return runs / (time.perf_counter() - began)


def rates(how: Options, counts: Sequence[int | None]) -> dict[int | None, list[float]]:
    """Return the rates of each number of worker processes, None for the server's own, in turns."""
    found: dict[int | None, list[float]] = {count: [] for count in counts}
    runs = 20 if how.quick else round(how.seconds * 20)
    for _ in range(how.rounds):
        for count in counts:
            with server(workers=count) as running:
                uvloop.run(measure(running.address, 8))
                found[count].append(uvloop.run(measure(running.address, runs)))
    return found


def main(how: Options) -> None:
    """Measure the server alone, and with one, two and four processes."""
    found = rates(how, (None, *WORKERS))
    one = statistics.median(found[1])
    lines = [
        f"{machine()}. Nodes of one thread's arithmetic; {os.cpu_count()} cores. Medians [range] of"
        f" {how.rounds} rounds. Mark on two cores: {MARK} times one process.",
        "",
        "| worker processes | runs/s | times one |",
        "| --- | --- | --- |",
        *(
            f"| {'none, the server itself' if count is None else count} | {middle(each)} |"
            f" {number(statistics.median(each) / one)} |"
            for count, each in found.items()
        ),
    ]
    write("Scale", lines)


if __name__ == "__main__":
    main(options_from(__doc__))

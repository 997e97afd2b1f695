"""Many watchers over few connections."""

import asyncio
from collections.abc import Sequence

from grpc import aio
from tests.faults.reporting import scaled

from runwire.cli.drill_watch import OPTIONS, Watcher

LONGEST_SECONDS = scaled(120, 3600)


async def watch_all(watchers: Sequence[Watcher], addresses: Sequence[str]) -> None:
    """Run all watchers to the end of their runs, over a connection to each address."""
    opened = [aio.insecure_channel(address, options=OPTIONS) for address in addresses]
    try:
        async with asyncio.timeout(LONGEST_SECONDS), asyncio.TaskGroup() as tasks:
            for number, watcher in enumerate(watchers):
                tasks.create_task(watcher.run(opened[number % len(opened)]))
    finally:
        for channel in opened:
            await channel.close()

"""The worker processes of a server: started, started again when they die, stopped with it.

They speak to the server as workers on other machines do, over a Unix socket that nobody else may
open; so node code uses every core, and what it does to its process it does not do to the server.
"""

import asyncio
import logging
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from runwire.config import Settings

LOCAL: Final = "local."
"""Prefix of the ids of workers that end with the server that has started them."""
FIRST_PAUSE_SECONDS: Final = 0.1
MAX_PAUSE_SECONDS: Final = 10.0
WELL_SECONDS: Final = 10.0
"""A process that lived so long is started again at once."""
LAST_SECONDS: Final = 5.0

logger = logging.getLogger("runwire.crew")


class Crew:
    """Worker processes, all alike."""

    def __init__(
        self, command: Sequence[str], *, count: int, stop_seconds: float, api_key: str
    ) -> None:
        self._command = command
        self._api_key = api_key
        self._count = count
        self._stop_seconds = stop_seconds

    async def run(self) -> None:
        """Keep the processes running until cancelled; then stop them."""
        async with asyncio.TaskGroup() as tasks:
            for _ in range(self._count):
                tasks.create_task(self._keep())

    async def _keep(self) -> None:
        loop, pause_seconds = asyncio.get_running_loop(), FIRST_PAUSE_SECONDS
        while True:
            began = loop.time()
            code = await self._live()
            lived_seconds = loop.time() - began
            if lived_seconds > WELL_SECONDS:
                pause_seconds = FIRST_PAUSE_SECONDS
            logger.warning(
                "a worker process has ended; starting another one",
                extra={"code": code, "lived_seconds": round(lived_seconds, 1)},
            )
            await asyncio.sleep(pause_seconds)
            pause_seconds = min(pause_seconds * 2, MAX_PAUSE_SECONDS)

    async def _live(self) -> int:
        """Run one process to its end; being cancelled stops it."""
        # Its standard input closes with this process, however that ends, and it follows.
        # Not the loop's way: uvloop forks, and under gRPC's threads one child in twenty crashes.
        process = subprocess.Popen(  # noqa: ASYNC220, S603 - a millisecond; the command is ours
            self._command, stdin=subprocess.PIPE, start_new_session=True
        )
        with process:
            # Command lines and environments are for others to see, and what nodes start inherits.
            _tell(process, self._api_key)
            ended = _end_of(process)
            try:
                await ended.wait()
            except asyncio.CancelledError:
                await asyncio.shield(self._stop(process, ended))
                raise
        return process.wait()

    async def _stop(self, process: subprocess.Popen[bytes], ended: asyncio.Event) -> None:
        process.terminate()
        try:
            async with asyncio.timeout(self._stop_seconds + LAST_SECONDS):
                await ended.wait()
        except TimeoutError:
            logger.warning("a worker process does not stop: killed", extra={"pid": process.pid})
            process.kill()
            await ended.wait()


def _tell(process: subprocess.Popen[bytes], api_key: str) -> None:
    """Write the key on the process's standard input; it waits for it there."""
    if process.stdin is not None:
        with suppress(BrokenPipeError):  # it has ended already, which is found out next
            process.stdin.write(f"{api_key}\n".encode())
            process.stdin.flush()


def _end_of(process: subprocess.Popen[bytes]) -> asyncio.Event:
    """Return what is set once a process has ended."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()

    def wait() -> None:
        process.wait()
        loop.call_soon_threadsafe(ended.set)

    threading.Thread(target=wait, name=f"wait-{process.pid}", daemon=True).start()
    return ended


def worker_command(settings: Settings, address: str) -> list[str]:
    """Return the command of a worker process that has the graphs of a server."""
    command = [sys.executable, "-m", "runwire", "worker", "--attached", "--server", address]
    for name, reference in settings.graphs.items():
        if not reference.endswith(".json"):
            command.append(reference if name == reference else f"{name}={reference}")
    for module in settings.tools:
        command += ["--tools", module]
    command += ["--queues", ",".join(settings.queues)]
    command += ["--max-runs", str(settings.max_runs)]
    command += ["--drain-seconds", str(settings.drain_seconds)]
    if settings.otel_endpoint:
        command += ["--otel-endpoint", settings.otel_endpoint]
    command += ["--log-level", settings.log_level, "--log-format", settings.log_format]
    return command

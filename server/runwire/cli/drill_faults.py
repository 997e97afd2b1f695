"""What a drill does to a deployment, because its operator said so."""

import asyncio
import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import typer

COMMAND_SECONDS = 120.0


class Fault(Protocol):
    """Something to do to a deployment."""

    async def strike(self) -> None:
        """Do it."""

    def __str__(self) -> str:
        """Say what was done, in the past tense."""


@dataclass(frozen=True, slots=True)
class Kill:
    """Ends a process as a crash would."""

    pid: int

    async def strike(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def __str__(self) -> str:
        return f"killed process {self.pid}"


@dataclass(frozen=True, slots=True)
class Pause:
    """Stops a process in its tracks, and lets it go on, unaware, some time later."""

    pid: int
    seconds: float

    async def strike(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)
        try:
            await asyncio.sleep(self.seconds)
        finally:
            with suppress(ProcessLookupError):  # somebody ended it meanwhile
                os.kill(self.pid, signal.SIGCONT)

    def __str__(self) -> str:
        return f"paused process {self.pid} for {self.seconds:g} s"


@dataclass(frozen=True, slots=True)
class Command:
    """Runs a command, without a shell; one that fails ends the drill."""

    words: tuple[str, ...]

    async def strike(self) -> None:
        process = await asyncio.create_subprocess_exec(
            *self.words, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL
        )
        try:
            async with asyncio.timeout(COMMAND_SECONDS):
                code = await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
            raise OSError(f"{self} did not end within {COMMAND_SECONDS:g} s") from None
        if code:
            raise OSError(f"{self} and it ended with exit code {code}")

    def __str__(self) -> str:
        return f"ran {' '.join(self.words)}"


def check_process(pid: int, option: str) -> None:
    """Raise BadParameter if there is no such process, or if it is not ours to signal."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        problem = f"there is no process {pid}"
    except PermissionError:
        problem = f"process {pid} belongs to somebody else"
    else:
        return
    raise typer.BadParameter(
        f"{problem}: give the id of a worker on this machine, or reach one elsewhere by "
        "--kill-command, such as 'ssh host pkill -9 -f runwire-worker'",
        param_hint=option,
    )


async def strike_all(faults: Sequence[Fault], *, every_seconds: float) -> None:
    """Do all of it, one after the other, with a pause before each."""
    for fault in faults:
        await asyncio.sleep(every_seconds)
        await fault.strike()

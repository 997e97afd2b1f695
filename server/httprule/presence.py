"""Whether somebody still waits for the answer.

A client that closes its connection cancels its call. To know it, something must listen to the
connection, which costs a task: answers that come at once do without.
"""

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Final, NoReturn

from httprule.bodies import ClientGone

LISTEN_AFTER_SECONDS: Final = 0.05


class Presence:
    """Interrupts a block, by raising ClientGone behind it, once the client has gone."""

    def __init__(self, receive: Callable[[], Awaitable[Any]], ready: Callable[[], bool]) -> None:
        self._receive = receive
        self._ready = ready
        self._handle: asyncio.TimerHandle | None = None
        self._listening: asyncio.Task[None] | None = None
        self._tasks = asyncio.TaskGroup()

    async def __aenter__(self) -> asyncio.TaskGroup:
        """Return the group of tasks that end with the block, once they are cancelled."""
        await self._tasks.__aenter__()
        self._listen_later()
        return self._tasks

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._handle is not None:
            self._handle.cancel()
        if self._listening is not None:
            self._listening.cancel()
        try:
            await self._tasks.__aexit__(kind, error, trace)
        except BaseExceptionGroup as group:
            raise _first(group) from None

    def _listen_later(self) -> None:
        loop = asyncio.get_running_loop()
        self._handle = loop.call_later(LISTEN_AFTER_SECONDS, self._listen)

    def _listen(self) -> None:
        if self._ready():
            self._listening = self._tasks.create_task(self._until_gone(), name="presence")
        else:
            self._listen_later()  # the body is still being read, which tells as well

    async def _until_gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        raise ClientGone


async def break_off(tasks: asyncio.TaskGroup, error: Exception) -> NoReturn:
    """End everything that a group of tasks surrounds, with an error that is no fault of theirs.

    What is between is cancelled, and so never sees the error.
    """

    async def end() -> None:
        raise error

    tasks.create_task(end(), name="break off")
    await asyncio.Event().wait()
    raise AssertionError("an event that nobody sets")


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the error that counts: a client that is gone needs no other."""
    gone = group.subgroup(ClientGone)
    error: BaseException = gone or group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error

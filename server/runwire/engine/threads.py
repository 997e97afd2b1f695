"""Threads for functions that are not async: bounded, reused, and never in the way of an exit.

1. A function has its thread to itself; when all are taken, the next one waits its turn.
2. A thread whose caller stopped waiting is given up: it ends when its function does, and another
   takes its place, so functions that hang starve nobody.
3. Threads are daemons: a hanging one does not keep the program alive.
"""

import asyncio
import contextvars
import logging
import threading
from collections import deque
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any, Final

MAX_THREADS: Final = 64
IDLE_SECONDS: Final = 30.0

logger = logging.getLogger(__name__)


class _Call:
    """One function on its way to a thread and its result on the way back."""

    def __init__(self, function: Callable[[], Any], loop: asyncio.AbstractEventLoop) -> None:
        self.function = function
        self.context = contextvars.copy_context()
        self.loop = loop
        self.future: asyncio.Future[Any] = loop.create_future()
        self.given_up = False

    def run(self) -> None:
        try:
            result, error = self.context.run(self.function), None
        except BaseException as raised:  # noqa: BLE001 - it travels to whoever waits
            result, error = None, raised
        self._tell(self._answer, result, error)

    def _tell(self, answer: Callable[..., None], *arguments: Any) -> None:
        try:
            self.loop.call_soon_threadsafe(answer, *arguments)
        except RuntimeError:  # the loop is closed, so nobody waits any more
            pass

    def _answer(self, result: Any, error: BaseException | None) -> None:
        if self.future.done():
            return
        if error is None:
            self.future.set_result(result)
        elif isinstance(error, StopIteration):  # a future refuses this one
            self.future.set_exception(RuntimeError("StopIteration"))
        else:
            self.future.set_exception(error)


class Threads:
    """Up to ``limit`` functions at once."""

    def __init__(self, limit: int = MAX_THREADS) -> None:
        self._limit = limit
        self._busy = 0
        self._guard = threading.Lock()
        self._idle: SimpleQueue[_Call] = SimpleQueue()
        self._idle_count = 0
        self._turns: deque[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = deque()

    async def call(self, function: Callable[[], Any]) -> Any:
        """Call a function on a thread, in a copy of the caller's context."""
        loop = asyncio.get_running_loop()
        await self._turn(loop)
        call = _Call(function, loop)
        try:
            self._start(call)
            return await call.future
        except asyncio.CancelledError:
            call.given_up = not call.future.done()
            raise
        finally:
            self._free()

    async def _turn(self, loop: asyncio.AbstractEventLoop) -> None:
        with self._guard:
            if self._busy < self._limit:
                self._busy += 1
                return
            turn = loop.create_future()
            self._turns.append((loop, turn))
        logger.info("all %d threads are taken, a function waits for its turn", self._limit)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._free()
            raise

    def _free(self) -> None:
        with self._guard:
            while self._turns:
                loop, turn = self._turns.popleft()
                if not turn.done() and not loop.is_closed():
                    loop.call_soon_threadsafe(self._grant, turn)
                    return  # the place goes on to the next in line
            self._busy -= 1

    def _grant(self, turn: "asyncio.Future[None]") -> None:
        if turn.done():
            self._free()
        else:
            turn.set_result(None)

    def _start(self, call: _Call) -> None:
        with self._guard:
            reuse = self._idle_count > 0
            self._idle_count -= reuse
        if reuse:
            self._idle.put(call)
            return
        threading.Thread(target=self._work, args=(call,), name="runwire-node", daemon=True).start()

    def _work(self, call: _Call) -> None:
        while True:
            call.run()
            if call.given_up:
                return
            with self._guard:
                self._idle_count += 1
            following = self._next()
            if following is None:
                return
            call = following

    def _next(self) -> _Call | None:
        try:
            return self._idle.get(timeout=IDLE_SECONDS)
        except Empty:
            pass
        with self._guard:
            if self._idle_count > 0:
                self._idle_count -= 1
                return None
        return self._idle.get()  # one was promised to this thread just now


THREADS: Final = Threads()

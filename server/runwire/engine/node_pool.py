"""The threads that the loop of nodes lends to whoever asks asyncio for one.

As `threads.py`, for what comes by way of an executor: LangGraph's nodes that are not async, and
`asyncio.to_thread` of authors.

1. A function has its thread to itself; when all are taken, the next one waits its turn.
2. A function that nobody waits for any more gives its place to another; its thread ends with it.
3. Threads are daemons: a hanging one keeps neither the loop nor the program alive.
"""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from runwire.engine.threads import IDLE_SECONDS, MAX_THREADS

P = ParamSpec("P")
T = TypeVar("T")


class _Call(Future[Any]):
    """A function on its way to a thread, and what comes of it."""

    def __init__(self, function: Callable[[], Any], pool: "NodePool") -> None:
        super().__init__()
        self.function = function
        self.given_up = False
        self._pool = pool

    def cancel(self) -> bool:
        """Cancel it, or give it up if it has begun."""
        if super().cancel():
            return True
        self._pool.give_up(self)
        return False

    def run(self) -> None:
        if not self.set_running_or_notify_cancel():
            return
        try:
            result = self.function()
        except BaseException as error:  # noqa: BLE001 - it travels to whoever waits
            self.set_exception(error)
        else:
            self.set_result(result)


class NodePool(ThreadPoolExecutor):
    """Up to so many functions at once; a ThreadPoolExecutor because asyncio takes nothing else."""

    def __init__(self, limit: int = MAX_THREADS, *, idle_seconds: float = IDLE_SECONDS) -> None:
        super().__init__(max_workers=limit)
        self._limit = limit
        self._idle_seconds = idle_seconds
        self._turns: deque[_Call] = deque()
        self._busy = 0
        self._idle = 0
        self._changed = threading.Condition()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Call a function on a thread."""
        call = _Call(lambda: fn(*args, **kwargs), self)
        with self._changed:
            self._turns.append(call)
            self._serve()
        return call

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002 - the library's signature
        """Let go of what waits for its turn; nothing is waited for."""
        with self._changed:
            left = list(self._turns)
            self._turns.clear()
        for call in left:
            call.cancel()

    def give_up(self, call: _Call) -> None:
        """Give the place of a function that nobody waits for to another."""
        with self._changed:
            if call.given_up or call.done():
                return
            call.given_up = True
            self._busy -= 1
            self._serve()

    def _serve(self) -> None:
        """See that somebody takes the next turn, if there is a place; under the guard."""
        if self._idle >= len(self._turns):
            self._changed.notify(len(self._turns))
        elif self._busy + self._idle < self._limit:
            self._busy += 1
            threading.Thread(target=self._work, name="runwire-node", daemon=True).start()

    def _work(self) -> None:
        while (call := self._following()) is not None:
            call.run()
            with self._changed:
                if call.given_up:
                    return

    def _following(self) -> _Call | None:
        """Return the next function; None if there is none for a while, or too many threads."""
        with self._changed:
            if not self._turns:
                self._busy -= 1
                self._idle += 1
                self._changed.wait_for(lambda: self._turns, self._idle_seconds)
                self._idle -= 1
                if not self._turns or self._busy >= self._limit:
                    return None
                self._busy += 1
            return self._turns.popleft()

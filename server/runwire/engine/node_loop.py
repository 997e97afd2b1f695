"""An event loop on a thread of its own, where node code runs.

A node that blocks its loop stops neither the server, which has another, nor the renewal of leases.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

from runwire.engine.node_pool import NodePool

T = TypeVar("T")


class NodeLoop:
    """Starts coroutines on its own thread."""

    def __init__(self, name: str = "runwire-nodes") -> None:
        # Not uvloop: it forks to start a process, and under gRPC's threads one child in twenty
        # crashes before it is what a node wanted to start.
        self._loop = asyncio.new_event_loop()
        self._ready: Future[None] = Future()
        self._over = asyncio.Event()
        self._tasks: asyncio.TaskGroup | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread; return when its loop runs."""
        self._thread.start()
        self._ready.result()

    def stop(self, seconds: float) -> None:
        """Let go of what still runs and end the thread, waiting for it a while at most."""
        self.call(self._end)
        self._thread.join(seconds)

    def call(self, function: Callable[..., object], *arguments: Any) -> None:
        """Call a function on the loop, from any thread."""
        try:
            self._loop.call_soon_threadsafe(function, *arguments)
        except RuntimeError:
            return  # The loop has ended, and all that ran on it.

    def spawn(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start a coroutine; on the loop's own thread only."""
        if self._tasks is None:
            raise RuntimeError("the loop of nodes has ended")
        return self._tasks.create_task(coroutine)

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Start a coroutine from any thread; its result is for whoever waits there."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            main = runner.get_loop().create_task(self._main())
            while not main.done():
                # A task that raises one of these throws it out of its loop, too. Whoever waits for
                # the task is told all the same, so the loop goes on: it is everybody's.
                with suppress(SystemExit, KeyboardInterrupt):
                    runner.get_loop().run_until_complete(main)

    async def _main(self) -> None:
        asyncio.get_running_loop().set_default_executor(NodePool())
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            self._ready.set_result(None)
            await self._over.wait()
            self._tasks = None
            # What still runs was told to stop long ago, or nobody waits for it.
            for task in asyncio.all_tasks():
                if task is not asyncio.current_task():
                    task.cancel()

    def _end(self) -> None:
        self._over.set()

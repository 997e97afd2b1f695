"""What waits for the writer: work, who asked for it, and what came of it."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from runwire.domain.run import Run, RunId
from runwire.stores.batch import Batch

Work = Callable[[Batch], Any]
Serve = Callable[[Batch, list[Run]], Any]


class Withdrawn(asyncio.CancelledError):
    """The caller stopped waiting; `result` is what was found for it all the same."""

    def __init__(self, result: Any) -> None:
        super().__init__()
        self.result = result


class Waiting:
    """Work, who waits for it, and what came of it."""

    __slots__ = ("error", "future", "look", "result", "run_id", "serve", "withdrawn", "work")

    def __init__(
        self,
        work: Work,
        future: asyncio.Future[Any],
        *,
        run_id: RunId | None = None,
        look: bool = False,
        serve: Serve | None = None,
    ) -> None:
        self.work = work
        self.look = look
        self.future = future
        self.run_id = run_id
        self.serve = serve
        self.withdrawn = False
        self.result: Any = None
        self.error: Exception | None = None

    @property
    def stands(self) -> bool:
        """Whether it found nothing and goes on waiting."""
        found = self.result or self.error
        return self.serve is not None and not found and not self.withdrawn


def answer(batch: Sequence[Waiting]) -> None:
    """Tell those who wait, each on its own loop, with one hop for all of a loop."""
    by_loop: defaultdict[asyncio.AbstractEventLoop, list[Waiting]] = defaultdict(list)
    for item in batch:
        by_loop[item.future.get_loop()].append(item)
    for loop, items in by_loop.items():
        try:
            loop.call_soon_threadsafe(_resolve, items)
        except RuntimeError:
            continue  # The loop is closed: nobody is left to hear it.


def _resolve(items: Sequence[Waiting]) -> None:
    for item in items:
        if item.future.done():
            continue  # The caller stopped waiting; its work stands.
        if item.error is None:
            item.future.set_result(item.result)
        else:
            item.future.set_exception(item.error)

"""Answers to those who wait on futures, whichever loop each of them waits on."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Protocol


class Asked(Protocol):
    """Something asked for, who waits for it, and what came of it."""

    future: asyncio.Future[Any]
    result: Any
    error: Exception | None


def answer(asked: Iterable[Asked]) -> None:
    """Tell those who wait, each on its own loop, with one hop for all of a loop."""
    by_loop: defaultdict[asyncio.AbstractEventLoop, list[Asked]] = defaultdict(list)
    for item in asked:
        by_loop[item.future.get_loop()].append(item)
    for loop, items in by_loop.items():
        try:
            loop.call_soon_threadsafe(_resolve, items)
        except RuntimeError:
            continue  # The loop is closed: nobody is left to hear it.


def _resolve(asked: Sequence[Asked]) -> None:
    for item in asked:
        if item.future.done():
            continue  # The caller stopped waiting; what was done for it stands.
        if item.error is None:
            item.future.set_result(item.result)
        else:
            item.future.set_exception(item.error)

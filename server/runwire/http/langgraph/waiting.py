"""Answers with what a run leads to, once it is over; until then, a line break now and then."""

from collections.abc import AsyncIterator
from typing import Final

from runwire.domain.errors import NotAllowed, NotFound
from runwire.domain.payload import encode
from runwire.domain.run import Run, RunStatus
from runwire.domain.thread import ThreadId
from runwire.http.langgraph.parts import Parts
from runwire.http.langgraph.shapes import error_of, over

KEEP_ALIVE_SECONDS: Final = 5.0
NOTHING: Final = b"{}"


async def final(parts: Parts, run: Run) -> AsyncIterator[bytes]:
    """Yield line breaks until a run is over, then what it leads to."""
    found: Run | None = run
    while found is not None and not over(found):
        found = await _later(parts, found)
        if found is not None and not over(found):
            yield b"\n"
    yield await led_to(parts, found or run)


async def led_to(parts: Parts, run: Run) -> bytes:
    """Return the values that a run leads to, or why it failed."""
    if run.status is RunStatus.FAILED and run.error is not None:
        return broken(**error_of(run.error))
    if run.status is RunStatus.SUCCEEDED and run.output is not None:
        return run.output.data
    return await _standing(parts, ThreadId(run.thread_id)) if run.thread_id else NOTHING


async def _standing(parts: Parts, thread_id: ThreadId) -> bytes:
    """Return the values that a thread stands at, as its newest checkpoint or its last run says."""
    try:
        state = await parts.threads.state(thread_id)
        return encode(state["values"])
    except NotFound:
        return NOTHING
    except NotAllowed:  # the graph's code is on other machines only
        thread = await parts.threads.get(thread_id)
        return thread.values or NOTHING


def broken(error: str, message: str) -> bytes:
    """Return what stands for an error, the head having gone out before it was known."""
    return encode({"__error__": {"error": error, "message": message}})


async def _later(parts: Parts, run: Run) -> Run | None:
    try:
        return await parts.runs.wait(run.run_id, timeout_seconds=KEEP_ALIVE_SECONDS)
    except NotFound:
        return None  # rolled back, or deleted with its thread

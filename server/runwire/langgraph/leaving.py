"""What a run that was cancelled half-way leaves of its thread: the newest checkpoint that rests."""

import copy

from langgraph.store.base import BaseStore

from runwire.domain.run import Run
from runwire.domain.run_options import RunOptions
from runwire.domain.thread import ThreadChange, ThreadStatus
from runwire.engine.attempt import Execution
from runwire.langgraph.configuring import config_of, from_newest
from runwire.langgraph.ending import MAX_OUTPUT_BYTES
from runwire.langgraph.jsonable import dump
from runwire.langgraph.saver import JournalSaver
from runwire.langgraph.source import Access, Source, Use
from runwire.langgraph.whole_threads import threads_of


async def left(
    run: Run, execution: Execution, *, source: Source, store: BaseStore | None
) -> ThreadChange | None:
    """Return what a run leaves of its thread; None if it has none, or nothing is saved of it.

    Read from disk: what the attempt had in hand when it was cancelled may have been refused.
    """
    if not run.thread_id or execution.checkpoints is None:
        return None
    options = run.options or RunOptions()
    config = from_newest(config_of(run, options))
    use = Use(
        access=Access.READ,
        config=config,
        store=store,
        user=options.user,
        context=options.context,
    )
    async with source.open(use) as graph:
        attached = copy.copy(graph)
        attached.checkpointer = JournalSaver(
            threads_of(execution.checkpoints, run.namespace), now=execution.now
        )
        snapshot = await attached.aget_state(config)
    if snapshot.metadata is None:
        return None
    values = dump(snapshot.values)
    if len(values) > MAX_OUTPUT_BYTES:
        return None  # as of a run that ends by itself, which fails with it
    return ThreadChange(status=ThreadStatus.INTERRUPTED, values=values)

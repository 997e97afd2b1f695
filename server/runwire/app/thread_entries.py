"""How runs of LangGraph graphs come to their threads."""

from dataclasses import replace
from typing import TYPE_CHECKING

from runwire.domain.assistant import own_assistant_id
from runwire.domain.errors import invalid
from runwire.domain.graph import GraphKind
from runwire.domain.namespace import local_id
from runwire.domain.run_options import RunOptions
from runwire.domain.thread import ThreadEntry, ThreadId, gate_of

if TYPE_CHECKING:
    from runwire.app.runs import NewRun


def entering(new: "NewRun", kind: GraphKind, *, grace_seconds: float) -> "NewRun":
    """Return a run that somebody asks for, with how it comes to its thread.

    One of a LangGraph graph that says nothing of that makes its thread, or waits there; without a
    thread its checkpoints rest under its own id. For any other graph a thread is only a name.
    """
    entry = new.thread
    if entry is None and kind is not GraphKind.LANGGRAPH:
        return new
    options = new.options
    if options is None:
        assistant_id = own_assistant_id(new.graph_id)
        known = {"graph_id": new.graph_id, "assistant_id": assistant_id}
        options = RunOptions(assistant_id=assistant_id, metadata=known)
    if entry is None and not new.thread_id:
        return replace(new, options=options)
    if new.concurrency_key:
        raise invalid(
            "concurrency_key", "runs of a LangGraph thread wait for each other: leave it out"
        )
    if entry is None:
        known = {"graph_id": new.graph_id, "assistant_id": local_id(options.assistant_id)}
        entry = ThreadEntry(
            thread_id=ThreadId(new.thread_id), multitask=options.multitask, metadata=known
        )
    return replace(
        new,
        options=options,
        thread=replace(entry, cancel_grace_seconds=grace_seconds),
        thread_id=entry.thread_id,
        concurrency_key=gate_of(entry.thread_id),
        concurrency_limit=1,
    )

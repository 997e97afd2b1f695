"""What of threads and runs a caller may see: all else is as if it were not there.

1. Handlers of the user's own say by filters of metadata which threads are somebody's.
2. A caller who may see some graphs only sees the threads and runs of these.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from runwire.domain.langgraph_auth import Action, Resource
from runwire.domain.missing import no_run, no_thread
from runwire.domain.namespace import local_id
from runwire.domain.reach import out_of_scope
from runwire.domain.run import OnEnd, Run, RunId
from runwire.domain.thread import ThreadId
from runwire.http.langgraph.asking import Asked

Json = Mapping[str, Any]

RUN: Final = "run_id"


@dataclass(frozen=True, slots=True)
class OfThread:
    """A thread that somebody asks for, by whole id, and the filters it must pass for them."""

    thread_id: ThreadId
    also: Json = field(default_factory=dict)


async def thread_in(asked: Asked, action: Action, value: dict[str, Any] | None = None) -> OfThread:
    """Return the thread in the path, for an action; raise Refused, or NotFound if out of scope.

    Handlers are shown a value, and may change it in place.
    """
    thread_id = asked.thread()
    value = {} if value is None else value
    value["thread_id"] = local_id(thread_id)
    also = await asked.allowed(Resource.THREADS, action, value)
    await check_scope(asked, thread_id)
    return OfThread(thread_id, also)


async def check_scope(asked: Asked, thread_id: ThreadId) -> None:
    """Raise NotFound for a thread of a graph that is out of the caller's scope."""
    if not asked.caller.graphs:
        return
    thread = await asked.parts.threads.get(thread_id)
    if thread.graph_id and not asked.caller.sees(thread.graph_id):
        raise no_thread(local_id(thread_id))


def check_graph(asked: Asked, metadata: Json | None) -> None:
    """Raise Denied for metadata that would make a thread one of a graph out of scope."""
    graph_id = (metadata or {}).get("graph_id")
    if graph_id and not asked.caller.sees(str(graph_id)):
        raise out_of_scope(str(graph_id)[:200])


async def run_in(asked: Asked, action: Action = Action.READ) -> Run:
    """Return the run of a thread in the path; raise NotFound, Refused."""
    run_id = RunId(asked.caller.whole(asked.id(RUN)))
    if not asked.word("thread_id"):
        return await _alone(asked, run_id, action)
    found = await thread_in(asked, action, {"run_id": local_id(run_id)})
    if found.also:
        await asked.parts.threads.get(found.thread_id, also=found.also)
    run = await asked.parts.thread_runs.get(found.thread_id, run_id)
    if not asked.caller.reach.sees(run.graph_id):
        raise no_run(local_id(run_id))
    return run


async def _alone(asked: Asked, run_id: RunId, action: Action) -> Run:
    """Return a run that is asked for without its thread."""
    run = await asked.parts.runs.get(run_id)
    hidden = run.options is None or run.on_end is not OnEnd.KEEP
    if hidden or not asked.caller.sees(local_id(run.graph_id)):
        raise no_run(local_id(run_id))
    value = {"thread_id": local_id(run.thread_id or run_id), "run_id": local_id(run_id)}
    also = await asked.allowed(Resource.THREADS, action, value)
    if also and not _passes(run.options.metadata if run.options else {}, also):
        raise no_run(local_id(run_id))
    return run


def _passes(metadata: Json, also: Json) -> bool:
    """Whether metadata pass filters: a value, ``{"$eq": value}`` or ``{"$contains": value}``."""
    return all(_holds(metadata.get(name), wanted) for name, wanted in also.items())


def _holds(found: Any, wanted: Any) -> bool:
    if not isinstance(wanted, Mapping):
        return bool(found == wanted)
    if "$eq" in wanted:
        return bool(found == wanted["$eq"])
    part = wanted.get("$contains")
    parts = part if isinstance(part, list) else [part]
    return isinstance(found, list) and all(each in found for each in parts)

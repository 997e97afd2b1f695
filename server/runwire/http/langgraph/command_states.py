"""Commands that read: `agent.getTree`, `state.get`, `state.listCheckpoints`."""

from collections.abc import Mapping
from contextlib import aclosing
from typing import Any, Final, cast

from pydantic import Field

from runwire.app.thread_watch import UNFINISHED
from runwire.app.watch import Batch, Ended, Heartbeat
from runwire.domain.errors import NotFound
from runwire.domain.langgraph_auth import Action
from runwire.domain.namespace import local_id
from runwire.domain.run import Run, RunId
from runwire.http.langgraph.asking import Asked
from runwire.http.langgraph.bodies import Body, Uuid, checked
from runwire.http.langgraph.command_words import Command, CommandError, Json, thread_of
from runwire.http.langgraph.sight import thread_in
from runwire.http.langgraph.subscriptions import MAX_DEPTH
from runwire.http.langgraph.tape import Tape
from runwire.http.langgraph.tape_events import LIFECYCLE, data_in
from runwire.http.langgraph.thread_states import before_of, place_of
from runwire.v1.event_pb2 import RunEventBatch

MAX_CHECKPOINTS: Final = 1000

Path = tuple[str, ...]


class TreeParams(Body):
    """Which run's subgraphs."""

    run_id: Uuid = ""


class StateParams(Body):
    """Which state, and what of it."""

    namespace: list[str] = Field(default_factory=list, max_length=MAX_DEPTH)
    keys: list[str] | None = None


class CheckpointsParams(Body):
    """Which checkpoints."""

    namespace: list[str] = Field(default_factory=list, max_length=MAX_DEPTH)
    limit: int = Field(default=10, ge=1, le=MAX_CHECKPOINTS)
    before: str = ""


async def tree(asked: Asked, params: Json) -> Json:
    """`agent.getTree`."""
    said = checked(TreeParams, params)
    run = await _run(asked, said.run_id)
    lives: dict[Path, tuple[str, str]] = {(): ("started", local_id(run.graph_id))}
    tape = Tape(run)
    messages = asked.parts.watch.watch(run.run_id, heartbeat_seconds=1.0)
    async with aclosing(cast("Any", messages)) as stream:
        async for message in stream:
            if isinstance(message, Batch):
                for event in RunEventBatch.FromString(message.body).events:
                    _note(lives, tape, event)
            done = isinstance(message, Ended | Heartbeat)
            if done or message.next_sequence > run.last_sequence:
                break
    return {"tree": _node((), lives)}


async def state(asked: Asked, params: Json) -> Json:
    """`state.get`."""
    said = checked(StateParams, params)
    found = await thread_in(asked, Action.READ)
    place = place_of({"checkpoint_ns": "|".join(said.namespace)}) if said.namespace else None
    read = await asked.parts.threads.state(found.thread_id, checkpoint=place, also=found.also)
    checkpoint, values = read.get("checkpoint"), read.get("values") or {}
    if said.namespace and not checkpoint:
        raise CommandError("no_such_namespace", f"Nothing is at {'|'.join(said.namespace)[:200]}")
    if said.keys is not None and isinstance(values, Mapping):
        values = {key: values[key] for key in said.keys if key in values}
    return {"values": values, **({"checkpoint": _reference(checkpoint)} if checkpoint else {})}


async def checkpoints(asked: Asked, params: Json) -> Json:
    """`state.listCheckpoints`."""
    said = checked(CheckpointsParams, params)
    found = await thread_in(asked, Action.READ)
    place = place_of({"checkpoint_ns": "|".join(said.namespace)}) if said.namespace else None
    states = await asked.parts.threads.history(
        found.thread_id,
        limit=said.limit,
        before=before_of(said.before),
        checkpoint=place,
        also=found.also,
    )
    return {"checkpoints": [_summary(each) for each in states]}


COMMANDS: Final[Mapping[str, Command]] = {
    "agent.getTree": tree,
    "state.get": state,
    "state.listCheckpoints": checkpoints,
}


async def _run(asked: Asked, run_id: str) -> Run:
    """Return the run that is meant; raise CommandError if there is none."""
    thread = await thread_of(asked)
    try:
        if thread is not None and run_id:
            whole = RunId(asked.caller.whole(run_id))
            return await asked.parts.thread_runs.get(thread.thread_id, whole)
        if thread is not None:
            runs = await asked.parts.thread_runs.find(thread.thread_id, statuses=UNFINISHED)
            begun = [run for run in runs if run.started_at is not None]
            if begun:
                return begun[0]
    except NotFound:
        pass  # said below
    raise CommandError("no_such_run", "No active run is bound to this thread.")


def _note(lives: dict[Path, tuple[str, str]], tape: Tape, event: Any) -> None:
    for said in tape.read(event):
        if said.words.method == LIFECYCLE:
            data = data_in(said.words)
            lives[tuple(said.words.namespace)] = (str(data["event"]), str(data["graph_name"]))


def _node(path: Path, lives: Mapping[Path, tuple[str, str]]) -> Json:
    status, name = lives[path]
    within = [
        each
        for each in lives
        if len(each) > len(path)
        and each[: len(path)] == path
        and not any(each[:deep] in lives for deep in range(len(path) + 1, len(each)))
    ]
    node = {"namespace": list(path), "status": status, "graph_name": name}
    return {**node, **({"children": [_node(each, lives) for each in within]} if within else {})}


def _reference(checkpoint: Json) -> Json:
    namespace = checkpoint.get("checkpoint_ns")
    found = {"id": checkpoint.get("checkpoint_id")}
    return {**found, "ns": namespace} if namespace else found


def _summary(state: Json) -> Json:
    metadata = state.get("metadata") or {}
    checkpoint = state.get("checkpoint") or {}
    return {
        "id": checkpoint.get("checkpoint_id"),
        "timestamp": state.get("created_at"),
        "step": metadata.get("step"),
        "metadata": metadata,
    }

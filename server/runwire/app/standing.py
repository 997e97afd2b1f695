"""The state of a thread whose graph's code is elsewhere, as far as what rests of it says it all.

1. A thread that is idle stands at what its last run has left, and nothing comes next.
2. One that waits for answers stands there too: who asks comes next, and has left its name in what
   it wrote. Nothing is known of what is within a subgraph.
3. Everything else (runs that go on, failed, or were stopped; earlier states) needs the code.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from runwire.domain.errors import NotAllowed
from runwire.domain.namespace import local_id
from runwire.domain.payload import decode
from runwire.domain.thread import Thread, ThreadChange, ThreadId, ThreadStatus
from runwire.domain.thread_checkpoint import CheckpointRead, Saved, TaskWrites, ThreadCheckpoint
from runwire.domain.thread_ports import GraphStates, ThreadCheckpoints, ThreadStore

Json = Mapping[str, Any]

NOBODY: Final = "00000000-0000-0000-0000-000000000000"
_BY_EDGE: Final = "~__pregel_pull, "
"""How LangGraph begins the path of a task that an edge has led to; the node's name follows."""


class StandingStates:
    """Asks whoever has the code; implements the port `GraphStates`."""

    def __init__(
        self, states: GraphStates, *, store: ThreadStore, checkpoints: ThreadCheckpoints
    ) -> None:
        self._states = states
        self._store = store
        self._checkpoints = checkpoints

    async def state(self, graph_id: str, configurable: Json, *, subgraphs: bool) -> Json:
        try:
            return await self._states.state(graph_id, configurable, subgraphs=subgraphs)
        except NotAllowed as error:
            elsewhere = error.reason == "GRAPH_CODE_ELSEWHERE"
            if not elsewhere or subgraphs or configurable.keys() != {"thread_id"}:
                raise
            found = await self._standing(ThreadId(configurable["thread_id"]))
            if found is None:
                raise
            return found

    async def history(
        self,
        graph_id: str,
        configurable: Json,
        *,
        limit: int,
        before: Json | None,
        metadata: Json | None,
    ) -> Sequence[Json]:
        return await self._states.history(
            graph_id, configurable, limit=limit, before=before, metadata=metadata
        )

    async def update(
        self, graph_id: str, configurable: Json, supersteps: Sequence[Sequence[Json]]
    ) -> tuple[Json, ThreadChange, Sequence[Saved]]:
        return await self._states.update(graph_id, configurable, supersteps)

    async def drawing(self, graph_id: str, *, xray: bool | int) -> Json:
        return await self._states.drawing(graph_id, xray=xray)

    async def schemas(self, graph_id: str) -> Json:
        return await self._states.schemas(graph_id)

    async def subgraphs(self, graph_id: str, *, within: str, recurse: bool) -> Mapping[str, Json]:
        return await self._states.subgraphs(graph_id, within=within, recurse=recurse)

    async def _standing(self, thread_id: ThreadId) -> Json | None:
        thread = await self._store.get(thread_id)
        if thread.status not in (ThreadStatus.IDLE, ThreadStatus.INTERRUPTED) or thread.error:
            return None
        read = await self._checkpoints.read(thread_id, "")
        if read is None or thread.values is None or await self._store.get(thread_id) != thread:
            return None  # a run may have come to it between the two
        return _state(thread, read)


def _state(thread: Thread, read: CheckpointRead) -> Json | None:
    """Return a ThreadState as `GraphStates.state` does; None if not all of it is known."""
    tasks = _asking(thread, read.writes)
    if tasks is None or (thread.status is ThreadStatus.INTERRUPTED and not tasks):
        return None
    checkpoint = read.checkpoint
    thread_id = local_id(thread.thread_id)
    return {
        "values": decode(thread.values or b"{}", name="values"),
        "next": [task["name"] for task in tasks],
        "tasks": tasks,
        "metadata": {**checkpoint.metadata, "thread_id": thread_id},
        "created_at": checkpoint.created_at.isoformat(),
        "checkpoint": _place(checkpoint, checkpoint.checkpoint_id),
        "parent_checkpoint": _place(checkpoint, checkpoint.parent_id),
        "interrupts": [asked for task in tasks for asked in task["interrupts"]],
        "checkpoint_id": checkpoint.checkpoint_id,
        "parent_checkpoint_id": checkpoint.parent_id or None,
    }


def _asking(thread: Thread, writes: Sequence[TaskWrites]) -> list[dict[str, Any]] | None:
    """Return the tasks that wait for answers; None where others are under way, or have no name."""
    paths = {each.task_id: each.task_path for each in writes if each.task_id != NOBODY}
    if paths.keys() != thread.interrupts.keys():
        return None
    if not all(path.startswith(_BY_EDGE) for path in paths.values()):
        return None
    names = {task_id: path.removeprefix(_BY_EDGE) for task_id, path in paths.items()}
    return [
        {
            "id": task_id,
            "name": names[task_id],
            "path": ["__pregel_pull", names[task_id]],
            "error": None,
            "interrupts": list(thread.interrupts[task_id]),
            "checkpoint": None,
            "state": None,
            "result": None,
        }
        for task_id in sorted(names, key=lambda each: (names[each], each))
    ]


def _place(checkpoint: ThreadCheckpoint, checkpoint_id: str) -> Json | None:
    if not checkpoint_id:
        return None
    return {
        "thread_id": local_id(checkpoint.thread_id),
        "checkpoint_ns": checkpoint.checkpoint_ns,
        "checkpoint_id": checkpoint_id,
    }

"""A state as LangGraph's clients read it: a ThreadState, made of the library's own snapshot."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from langchain_core.runnables import RunnableConfig
from langgraph.types import Interrupt, PregelTask, StateSnapshot

from runwire.langgraph.jsonable import plain

Json = dict[str, Any]

_NAMED: Final = ("thread_id", "checkpoint_ns", "checkpoint_id", "checkpoint_map")


def thread_state(snapshot: StateSnapshot) -> Json:
    """Return a ThreadState as plain JSON; of a thread that nobody has used all is empty."""
    found: Json = plain(_state(snapshot))
    return found


def questions_of(snapshot: StateSnapshot) -> Json:
    """Return the open questions by task id."""
    asked = {
        task.id: [question(each) for each in task.interrupts]
        for task in snapshot.tasks
        if task.interrupts
    }
    found: Json = plain(asked)
    return found


def question(interrupt: Interrupt[Any]) -> Json:
    """Return a question as threads show it."""
    asked: Json = {"value": interrupt.value, "id": interrupt.id}
    if interrupt.response_schema is not None:
        asked["response_schema"] = interrupt.response_schema
    return asked


def place_of(config: RunnableConfig | None) -> Json | None:
    """Return the checkpoint that a config names; None if it names none."""
    named = (config or {}).get("configurable") or {}
    if not named.get("checkpoint_id"):
        return None
    place = {key: named[key] for key in _NAMED if named.get(key) is not None}
    return {"checkpoint_ns": "", **place}


def _state(snapshot: StateSnapshot) -> Json:
    place = place_of(snapshot.config) if snapshot.metadata is not None else None
    parent = place_of(snapshot.parent_config)
    return {
        "values": snapshot.values,
        "next": list(snapshot.next),
        "tasks": [_task(task) for task in snapshot.tasks],
        "metadata": dict(snapshot.metadata or {}, thread_id=place["thread_id"]) if place else None,
        "created_at": snapshot.created_at,
        "checkpoint": place,
        "parent_checkpoint": parent,
        "interrupts": [question(each) for each in snapshot.interrupts],
        "checkpoint_id": _id_of(place),
        "parent_checkpoint_id": _id_of(parent),
    }


def _task(task: PregelTask) -> Json:
    inner, state = task.state, None
    place: Mapping[str, Any] | None = None
    if isinstance(inner, StateSnapshot):
        state = _state(inner)
    elif inner is not None:
        place = dict(inner["configurable"])
    return {
        "id": task.id,
        "name": task.name,
        "path": _path(task.path),
        "error": _error(task.error),
        "interrupts": [question(each) for each in task.interrupts],
        "checkpoint": place,
        "state": state,
        "result": task.result,
    }


def _error(error: Any) -> str | None:
    """Return an error as its text in code; one that rested is that text already."""
    return error if error is None or isinstance(error, str) else repr(error)


def _path(path: Sequence[Any]) -> list[Any]:
    return [_path(each) if isinstance(each, tuple) else each for each in path]


def _id_of(place: Json | None) -> str | None:
    return None if place is None else place["checkpoint_id"]

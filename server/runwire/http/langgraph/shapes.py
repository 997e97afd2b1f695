"""Threads, runs and states in LangGraph's words."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from runwire.domain.namespace import local_id
from runwire.domain.payload import decode
from runwire.domain.run import Run, RunError, RunStatus
from runwire.domain.run_options import EVERY_NODE, USUAL
from runwire.domain.thread import Thread
from runwire.http.langgraph.answers import Raw, Shown, written

Json = Mapping[str, Any]

NULL: Final = Raw(b"null")
TIMEOUTS: Final = frozenset({"RUN_TIMEOUT", "DEADLINE_EXCEEDED"})
_WORDS: Final[Mapping[RunStatus, str]] = {
    RunStatus.QUEUED: "pending",
    RunStatus.RUNNING: "running",
    RunStatus.CANCELLING: "running",
    RunStatus.SUCCEEDED: "success",
    RunStatus.INTERRUPTED: "success",
    RunStatus.FAILED: "error",
    RunStatus.CANCELLED: "interrupted",
}
_STATUSES: Final[Mapping[str, Sequence[RunStatus]]] = {
    "pending": (RunStatus.QUEUED,),
    "running": (RunStatus.RUNNING, RunStatus.CANCELLING),
    "success": (RunStatus.SUCCEEDED, RunStatus.INTERRUPTED),
    "error": (RunStatus.FAILED,),
    "timeout": (RunStatus.FAILED,),
    "interrupted": (RunStatus.CANCELLED,),
}
STATUS_WORDS: Final = tuple(_STATUSES)
_STEP: Final = re.compile(r"([^.\[\]]+)|\[(-?[0-9]{1,6})\]")


def statuses_of(word: str) -> Sequence[RunStatus]:
    """Return the statuses that a word of LangGraph's stands for; none for an empty one."""
    return _STATUSES[word] if word else ()


def status_of(run: Run) -> str:
    """Return LangGraph's word for a run's status."""
    if run.error is not None and run.status is RunStatus.FAILED and run.error.reason in TIMEOUTS:
        return "timeout"
    return _WORDS[run.status]


def over(run: Run) -> bool:
    """Whether LangGraph's clients take a run for ended; one that waits for an answer, too."""
    return run.status.final or run.status is RunStatus.INTERRUPTED


def error_of(error: RunError) -> Mapping[str, str]:
    """Return why a run failed."""
    return {"error": error.metadata.get("error") or error.reason, "message": error.message}


def run_json(run: Run) -> Shown:
    """Return a run."""
    options = run.options or USUAL
    created_at = run.created_at
    if run.start_delay_seconds:
        created_at += timedelta(seconds=run.start_delay_seconds)
    shown: dict[str, Any] = {
        "run_id": local_id(run.run_id),
        "thread_id": thread_of(run),
        "assistant_id": local_id(options.assistant_id),
        "created_at": created_at,
        "updated_at": _newest(run, created_at),
        "status": status_of(run),
        "metadata": dict(options.metadata),
        "kwargs": Raw(written(_kwargs(run))),
        "multitask_strategy": options.multitask.value,
        "langsmith_session_name": None,
    }
    if run.cancel_reason:
        shown["cancel_reason"] = run.cancel_reason
    return shown


def thread_of(run: Run) -> str:
    """Return the id of a run's thread, which without one has the run's own id."""
    return local_id(run.thread_id or run.run_id)


def thread_json(thread: Thread, *, with_ttl: bool = False) -> Shown:
    """Return a thread."""
    shown: dict[str, Any] = {
        "thread_id": local_id(thread.thread_id),
        "created_at": thread.created_at,
        "updated_at": thread.updated_at,
        "state_updated_at": thread.state_updated_at or thread.created_at,
        "metadata": dict(thread.metadata),
        "config": dict(thread.config),
        "status": thread.status.value,
        "values": NULL if thread.values is None else Raw(thread.values),
        "interrupts": dict(thread.interrupts),
        "error": thread.error,
    }
    if with_ttl:
        shown["ttl"] = _ttl(thread)
    return shown


def extracted(shown: Shown, paths: Mapping[str, str]) -> Json:
    """Return what lies at paths of an object, such as ``values.messages[-1].content``."""
    whole = {
        name: decode(each.data) if isinstance(each, Raw) else each for name, each in shown.items()
    }
    return {alias: _at(whole, path) for alias, path in paths.items()}


def state_json(state: Json, names: Sequence[str]) -> Json:
    """Return a ThreadState, with local ids, and of it what is asked for; all if nothing is."""
    shown = dict(state)
    for name in ("checkpoint", "parent_checkpoint"):
        shown[name] = checkpoint_json(state.get(name))
    if not names:
        return shown
    kept = {name: shown[name] for name in names if name in shown}
    keys = [name.partition(".")[2] for name in names if name.startswith("values.")]
    values = shown.get("values")
    if keys and "values" not in kept and isinstance(values, Mapping):
        kept["values"] = {key: values[key] for key in keys if key in values}
    return kept


def checkpoint_json(checkpoint: Any) -> Any:
    """Return where a checkpoint is, with the local id of its thread."""
    if not isinstance(checkpoint, Mapping):
        return checkpoint
    return {**checkpoint, "thread_id": local_id(str(checkpoint.get("thread_id", "")))}


def _kwargs(run: Run) -> Shown:
    options = run.options or USUAL
    return {
        "input": Raw(run.input.data) if run.input.data else None,
        "command": options.command,
        "config": options.config,
        "context": options.context,
        "checkpoint": options.checkpoint,
        "stream_mode": list(options.stream_modes),
        "interrupt_before": _nodes(options.interrupt_before),
        "interrupt_after": _nodes(options.interrupt_after),
        "webhook": options.webhook or None,
        "feedback_keys": list(options.feedback_keys) or None,
        "temporary": options.temporary,
        "subgraphs": options.stream_subgraphs,
        "resumable": options.stream_resumable,
        "durability": options.durability.value,
    }


def _nodes(names: Sequence[str]) -> Any:
    return "*" if tuple(names) == EVERY_NODE else list(names) or None


def _newest(run: Run, created_at: datetime) -> datetime:
    return run.ended_at or run.started_at or created_at


def _ttl(thread: Thread) -> Json | None:
    if thread.ttl is None:
        return None
    return {
        "strategy": thread.ttl.strategy.value,
        "ttl_minutes": thread.ttl.minutes,
        "expires_at": thread.expires_at,
    }


def _at(value: Any, path: str) -> Any:
    for found in _STEP.finditer(path):
        key, index = found[1], found[2]
        if key is not None:
            value = value.get(key) if isinstance(value, Mapping) else None
        elif isinstance(value, list) and -len(value) <= int(index) < len(value):
            value = value[int(index)]
        else:
            return None
    return value

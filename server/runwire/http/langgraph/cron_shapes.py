"""Crons in LangGraph's words: schedules of assistants."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from runwire.app.schedules import Described, next_after
from runwire.domain.namespace import local_id
from runwire.domain.run_options import EVERY_NODE, USUAL, RunOptions
from runwire.http.langgraph.answers import Raw, Shown, written

CRON_ID: Final = "cron_id"
"""What a run finds in `config.configurable` that a cron has made."""

_SAME: Final = (
    *("config", "context", "metadata", "checkpoint", "stream_subgraphs", "stream_resumable"),
    *("strict_resume", "webhook"),
)
"""What is called the same in a body as among options."""


def cron_json(found: Described, now: datetime) -> Shown:
    """Return a cron."""
    schedule = found.schedule
    return {
        "cron_id": local_id(schedule.schedule_id),
        "assistant_id": local_id(schedule.assistant_id),
        "thread_id": local_id(schedule.thread_id) or None,
        "user_id": schedule.owner,
        "end_time": schedule.ends_at,
        "schedule": schedule.cron,
        "timezone": schedule.time_zone or None,
        "payload": Raw(written(_payload(found))),
        "next_run_date": schedule.next_at or next_after(schedule, now),
        "metadata": dict(schedule.metadata),
        "on_run_completed": _kept(found),
        "enabled": not schedule.paused,
        "created_at": schedule.created_at,
        "updated_at": schedule.updated_at or schedule.created_at,
    }


def _payload(found: Described) -> Shown:
    """Return what each run shall be, but for what is as usual."""
    schedule, new = found.schedule, found.new
    shown: dict[str, Any] = {
        "assistant_id": local_id(schedule.assistant_id),
        "schedule": schedule.cron,
    }
    if new.input_given:
        shown["input"] = Raw(new.input.data)
    return {**shown, **_said(new.options or USUAL)}


def _said(options: RunOptions) -> Mapping[str, Any]:
    said: dict[str, Any] = {
        name: getattr(options, name)
        for name in _SAME
        if getattr(options, name) != getattr(USUAL, name)
    }
    for name in ("interrupt_before", "interrupt_after"):
        nodes = getattr(options, name)
        if nodes:
            said[name] = "*" if nodes == EVERY_NODE else list(nodes)
    if options.stream_modes != USUAL.stream_modes:
        said["stream_mode"] = list(options.stream_modes)
    if options.durability is not USUAL.durability:
        said["durability"] = options.durability.value
    if options.multitask is not USUAL.multitask:
        said["multitask_strategy"] = options.multitask.value
    return said


def _kept(found: Described) -> str | None:
    if found.schedule.thread_id:
        return None
    return "keep" if found.new.keep_thread else "delete"

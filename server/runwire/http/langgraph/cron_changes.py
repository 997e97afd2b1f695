"""What becomes of a cron that is changed, and what the runs of crons have beside others."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from runwire.app.runs import NewRun
from runwire.app.schedules import Described, NewSchedule
from runwire.domain.namespace import local_id
from runwire.domain.payload import Payload, encode
from runwire.domain.run_options import Durability, RunOptions
from runwire.domain.thread import Multitask
from runwire.http.langgraph import new_runs
from runwire.http.langgraph.cron_bodies import CronPatch, moment_of
from runwire.http.langgraph.cron_shapes import CRON_ID
from runwire.http.langgraph.mirroring import mirrored

Json = dict[str, Any]


def changed(known: Described, body: CronPatch) -> NewSchedule:
    """Return what a cron is after a change."""
    schedule = known.schedule
    ends_at = schedule.ends_at
    if "end_time" in body.model_fields_set:
        ends_at = None if body.end_time is None else moment_of(body.end_time)
    return NewSchedule(
        cron=body.schedule or schedule.cron,
        time_zone=schedule.time_zone if body.timezone is None else body.timezone,
        new=_changed_run(known, body),
        catch_up_seconds=schedule.catch_up_seconds,
        ends_at=ends_at,
        metadata=body.metadata or {},
        assistant_id=schedule.assistant_id,
    )


def _changed_run(known: Described, body: CronPatch) -> NewRun:
    new = known.new
    options = replace(new.options or RunOptions(), **_options(body))
    if body.config is not None or body.context is not None:
        options = _configured(new.options or RunOptions(), options, body)
        options = marked(options, local_id(known.schedule.schedule_id))
    if body.input is not None:
        new = replace(new, input=Payload(encode(body.input, name="input")), input_given=True)
    if body.on_run_completed is not None and not new.thread_id:
        keep = body.on_run_completed == "keep"
        options, new = temporary_if(options, not keep), replace(new, keep_thread=keep)
    return replace(new, options=options)


def _configured(before: RunOptions, options: RunOptions, body: CronPatch) -> RunOptions:
    """Return options in which what is said now of config or context is in both of them."""
    config, context = body.config, body.context
    if config is None:
        config = {name: each for name, each in before.config.items() if name != "configurable"}
    elif context is None and not config.get("configurable"):
        context = before.context
    both = mirrored(config, context)
    return replace(options, config=both[0], context=both[1])


def _options(body: CronPatch) -> Json:
    """Return the options that a change gives."""
    same = ("metadata", "config", "context", "webhook", "stream_subgraphs", "stream_resumable")
    found = {name: getattr(body, name) for name in same if getattr(body, name) is not None}
    for name in ("interrupt_before", "interrupt_after"):
        if getattr(body, name) is not None:
            found[name] = new_runs.nodes_of(getattr(body, name))
    if body.stream_mode is not None:
        found["stream_modes"] = new_runs.modes_of(body.stream_mode)
    if body.durability is not None:
        found["durability"] = Durability(body.durability)
    if body.multitask_strategy is not None:
        found["multitask"] = Multitask(body.multitask_strategy)
    return found


def names_of(body: CronPatch) -> Collection[str]:
    """Return the fields of a schedule that a change is of."""
    given = body.model_fields_set
    apart = {"schedule": "cron", "timezone": "time_zone", "end_time": "ends_at"}
    names = {apart[name] for name in given if name in apart}
    if "metadata" in given:
        names.add("metadata")
    return names | ({"new"} if given - apart.keys() - {"enabled"} else set())


def marked(options: RunOptions, name: str) -> RunOptions:
    """Return options by which a run learns which cron has made it."""
    configurable = {**(options.config.get("configurable") or {}), CRON_ID: name}
    return replace(options, config={**options.config, "configurable": configurable})


def temporary_if(options: RunOptions, temporary: bool) -> RunOptions:
    """Return options of runs whose threads go when they have ended, or stay."""
    return replace(options, temporary=temporary)

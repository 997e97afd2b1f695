"""Schedules as their callers see them, and what their runs shall be."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

from google.protobuf import field_mask_pb2

from runwire_client._payloads import decoded, duration, seconds_of, time_of
from runwire_client._requests import run_spec
from runwire_client.options import RunOptions
from runwire_client.v1 import run_pb2, schedule_pb2


class OverlapPolicy(StrEnum):
    """What happens when a time comes while a run of the schedule has not ended."""

    UNKNOWN = "unknown"
    SKIP = "skip"
    BUFFER_ONE = "buffer_one"
    ALLOW = "allow"
    CANCEL_OTHER = "cancel_other"


class CatchUpPolicy(StrEnum):
    """What happens with times that passed while no server could look."""

    UNKNOWN = "unknown"
    NONE = "none"
    LATEST = "latest"
    ALL = "all"


OVERLAPS: Final[Mapping[OverlapPolicy, schedule_pb2.OverlapPolicy.ValueType]] = {
    OverlapPolicy.UNKNOWN: schedule_pb2.OVERLAP_POLICY_UNSPECIFIED,
    OverlapPolicy.SKIP: schedule_pb2.OVERLAP_POLICY_SKIP,
    OverlapPolicy.BUFFER_ONE: schedule_pb2.OVERLAP_POLICY_BUFFER_ONE,
    OverlapPolicy.ALLOW: schedule_pb2.OVERLAP_POLICY_ALLOW,
    OverlapPolicy.CANCEL_OTHER: schedule_pb2.OVERLAP_POLICY_CANCEL_OTHER,
}
CATCH_UPS: Final[Mapping[CatchUpPolicy, schedule_pb2.CatchUpPolicy.ValueType]] = {
    CatchUpPolicy.UNKNOWN: schedule_pb2.CATCH_UP_POLICY_UNSPECIFIED,
    CatchUpPolicy.NONE: schedule_pb2.CATCH_UP_POLICY_NONE,
    CatchUpPolicy.LATEST: schedule_pb2.CATCH_UP_POLICY_LATEST,
    CatchUpPolicy.ALL: schedule_pb2.CATCH_UP_POLICY_ALL,
}


@dataclass(frozen=True, slots=True)
class RunTemplate:
    """What each run of a schedule shall be; the fields are the arguments of `runs.create`."""

    graph_id: str = ""
    input: object = None
    labels: Mapping[str, str] | None = None
    thread_id: str = ""
    priority: int = 0
    run_timeout_seconds: float | None = None
    queue: str = ""
    start_delay_seconds: float | None = None
    concurrency_key: str = ""
    concurrency_limit: int = 0
    assistant_id: str = ""
    options: RunOptions | None = None

    def to_message(self) -> run_pb2.RunSpec:
        """Return it as it is sent; raise Invalid if the input is not JSON."""
        apart = (self.start_delay_seconds, self.concurrency_key, self.concurrency_limit)
        return run_spec(
            *(self.graph_id, self.input, self.labels, self.thread_id, self.priority),
            self.run_timeout_seconds,
            self.queue,
            *(*apart, self.assistant_id, self.options),
        )


@dataclass(frozen=True, slots=True)
class ScheduledRun:
    """A run that a schedule created, and the time it was created for."""

    run_id: str
    schedule_at: datetime
    created_at: datetime


@dataclass(frozen=True)
class Schedule:
    """Creates runs of a graph at set times.

    `next_times` are three at most, none while it is `paused`; `recent_runs` the last ten, newest
    first. `skipped_count` counts times that got no run, and `error_message` says why the last one
    got none, if it was not left out on purpose. After `ends_at` it creates no more. Lists leave out
    `input`, which is then None.
    """

    schedule_id: str
    cron: str
    time_zone: str
    graph_id: str
    labels: Mapping[str, str] = field(hash=False)
    overlap: OverlapPolicy
    catch_up: CatchUpPolicy
    catch_up_seconds: float
    paused: bool
    pause_reason: str
    created_at: datetime | None
    next_times: tuple[datetime, ...]
    recent_runs: tuple[ScheduledRun, ...]
    skipped_count: int
    error_message: str
    etag: str
    assistant_id: str
    ends_at: datetime | None
    message: schedule_pb2.Schedule = field(repr=False, hash=False)

    @cached_property
    def input(self) -> Any:
        return decoded(self.message.spec.input)


def schedule_from_message(message: schedule_pb2.Schedule) -> Schedule:
    """Return the schedule that a message describes."""
    overlaps = {number: policy for policy, number in OVERLAPS.items()}
    catch_ups = {number: policy for policy, number in CATCH_UPS.items()}
    return Schedule(
        schedule_id=message.schedule_id,
        cron=message.cron,
        time_zone=message.time_zone,
        graph_id=message.spec.graph_id,
        labels=dict(message.spec.labels),
        overlap=overlaps.get(message.overlap_policy, OverlapPolicy.UNKNOWN),
        catch_up=catch_ups.get(message.catch_up_policy, CatchUpPolicy.UNKNOWN),
        catch_up_seconds=seconds_of(message.catch_up_window),
        paused=message.paused,
        pause_reason=message.pause_reason,
        created_at=time_of(message.create_time) if message.HasField("create_time") else None,
        next_times=tuple(time_of(each) for each in message.next_times),
        recent_runs=tuple(
            ScheduledRun(each.run_id, time_of(each.schedule_time), time_of(each.create_time))
            for each in message.recent_runs
        ),
        skipped_count=message.skipped_count,
        error_message=message.error_message,
        etag=message.etag,
        assistant_id=message.spec.assistant_id,
        ends_at=time_of(message.end_time) if message.HasField("end_time") else None,
        message=message,
    )


def changes_message(
    schedule: schedule_pb2.Schedule, *, never_ends: bool, **given: Any
) -> tuple[schedule_pb2.Schedule, field_mask_pb2.FieldMask]:
    """Set what is given of a schedule; return it, and the mask that names it."""
    mask = field_mask_pb2.FieldMask()
    for name, value in given.items():
        if value is not None:
            path, change = _CHANGES[name]
            change(schedule, value)
            mask.paths.append(path)
    if never_ends:
        mask.paths.append("end_time")
    return schedule, mask


def _with_cron(schedule: schedule_pb2.Schedule, cron: str) -> None:
    schedule.cron = cron


def _with_zone(schedule: schedule_pb2.Schedule, time_zone: str) -> None:
    schedule.time_zone = time_zone


def _with_template(schedule: schedule_pb2.Schedule, template: RunTemplate) -> None:
    schedule.spec.CopyFrom(template.to_message())


def _with_overlap(schedule: schedule_pb2.Schedule, overlap: OverlapPolicy) -> None:
    schedule.overlap_policy = OVERLAPS[overlap]


def _with_catch_up(schedule: schedule_pb2.Schedule, catch_up: CatchUpPolicy) -> None:
    schedule.catch_up_policy = CATCH_UPS[catch_up]


def _with_window(schedule: schedule_pb2.Schedule, seconds: float) -> None:
    schedule.catch_up_window.CopyFrom(duration(seconds))


def _with_end(schedule: schedule_pb2.Schedule, ends_at: datetime) -> None:
    schedule.end_time.FromDatetime(ends_at)


_CHANGES: Final[Mapping[str, tuple[str, Callable[[schedule_pb2.Schedule, Any], None]]]] = {
    "cron": ("cron", _with_cron),
    "time_zone": ("time_zone", _with_zone),
    "template": ("spec", _with_template),
    "overlap": ("overlap_policy", _with_overlap),
    "catch_up": ("catch_up_policy", _with_catch_up),
    "catch_up_seconds": ("catch_up_window", _with_window),
    "ends_at": ("end_time", _with_end),
}
"""What of a schedule can change: its path, and how."""

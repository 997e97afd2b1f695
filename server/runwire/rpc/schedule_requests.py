"""The shape of ScheduleService's requests: each function checks one kind."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from google.protobuf.field_mask_pb2 import FieldMask

from runwire.app.runs import NewRun
from runwire.app.schedules import NewSchedule, times_of
from runwire.domain.caller import Caller
from runwire.domain.errors import Invalid
from runwire.rpc.checks import MAX_NAME_CHARACTERS, MAX_TEXT_CHARACTERS, Faults, chosen, seconds_of
from runwire.rpc.convert_schedules import CATCH_UP_FROM_WIRE, OVERLAP_FROM_WIRE, beneath
from runwire.rpc.convert_specs import new_run_from_wire
from runwire.rpc.convert_times import time_from_wire
from runwire.v1 import run_service_pb2, schedule_pb2
from runwire.v1 import schedule_service_pb2 as wire

MAX_ID_CHARACTERS: Final = 90
"""With what is added, the ids of its runs are no longer than others."""
DEFAULT_WINDOW_SECONDS: Final = 3600.0
MAX_WINDOW_SECONDS: Final = 31 * 86_400

PATHS: Final[Mapping[str, str]] = {
    "cron": "cron",
    "time_zone": "time_zone",
    "spec": "new",
    "overlap_policy": "overlap",
    "catch_up_policy": "catch_up",
    "catch_up_window": "catch_up_seconds",
    "end_time": "ends_at",
}
"""What a mask may name, and the field of NewSchedule that it is."""

_OVERLAPS: Final = schedule_pb2.OverlapPolicy.DESCRIPTOR
_CATCH_UPS: Final = schedule_pb2.CatchUpPolicy.DESCRIPTOR


def created(request: wire.CreateScheduleRequest, caller: Caller) -> NewSchedule:
    """Return the schedule that shall be; every malformed field is named."""
    faults = Faults()
    schedule = request.schedule
    _id(faults, "schedule.schedule_id", schedule.schedule_id)
    faults.text("schedule.pause_reason", schedule.pause_reason, max_characters=MAX_TEXT_CHARACTERS)
    return _meaning(faults, schedule, PATHS.keys(), caller)


def updated(
    request: wire.UpdateScheduleRequest, caller: Caller
) -> tuple[NewSchedule, Collection[str]]:
    """Return what a schedule shall be, and which fields of that are meant."""
    faults = Faults()
    _id(faults, "schedule.schedule_id", request.schedule.schedule_id)
    faults.text("schedule.etag", request.schedule.etag, max_characters=MAX_NAME_CHARACTERS)
    paths = _paths(faults, request.update_mask)
    return _meaning(faults, request.schedule, paths, caller), [PATHS[path] for path in paths]


def named(request: Any, *, reason: str = "") -> str:
    """Return which schedule is meant; check the reason that is given, if any."""
    faults = Faults()
    _id(faults, "schedule_id", request.schedule_id)
    faults.text("reason", reason, max_characters=MAX_TEXT_CHARACTERS)
    faults.done()
    return str(request.schedule_id)


def check_page(request: wire.ListSchedulesRequest) -> None:
    """Raise Invalid for a page that there cannot be."""
    faults = Faults()
    faults.page(request)
    faults.done()


def _id(faults: Faults, field: str, text: str) -> None:
    faults.id(field, text)
    if len(text) > MAX_ID_CHARACTERS:
        faults.add(field, f"is longer than {MAX_ID_CHARACTERS} characters")


def _paths(faults: Faults, mask: FieldMask) -> Sequence[str]:
    known = ", ".join(PATHS)
    paths = dict.fromkeys(mask.paths)
    for index, path in enumerate(mask.paths[: len(PATHS) + 1]):
        if path not in PATHS and path != "*":
            faults.add(f"update_mask.paths[{index}]", f"must be one of {known}")
    if not paths:
        faults.add("update_mask", f"is required: one or more of {known}")
    if len(mask.paths) > len(PATHS):
        faults.add("update_mask", f"has more than {len(PATHS)} paths")
    return tuple(PATHS) if "*" in paths else tuple(path for path in paths if path in PATHS)


def _meaning(
    faults: Faults, schedule: schedule_pb2.Schedule, paths: Collection[str], caller: Caller
) -> NewSchedule:
    """Return what the fields mean that are named; the others are as if they were not sent."""
    cron, time_zone = schedule.cron, schedule.time_zone
    _check_times(faults, cron if "cron" in paths else "@daily", time_zone)
    new = NewRun(graph_id="")
    if "spec" in paths:
        new = _new_run(faults, schedule, caller)
    faults.choice("schedule.overlap_policy", schedule.overlap_policy, _OVERLAPS)
    faults.choice("schedule.catch_up_policy", schedule.catch_up_policy, _CATCH_UPS)
    seconds, ends_at = _window(faults, schedule), _end(faults, schedule)
    faults.done()
    return NewSchedule(
        cron=cron,
        time_zone=time_zone,
        new=new,
        overlap=OVERLAP_FROM_WIRE[schedule.overlap_policy],
        catch_up=CATCH_UP_FROM_WIRE[schedule.catch_up_policy],
        catch_up_seconds=seconds,
        ends_at=ends_at,
    )


def _end(faults: Faults, schedule: schedule_pb2.Schedule) -> datetime | None:
    if not chosen(schedule, "end_time"):
        return None
    try:
        return time_from_wire(schedule.end_time)
    except OverflowError:
        faults.add("schedule.end_time", "must be within the years 1 to 9999")
        return None


def _window(faults: Faults, schedule: schedule_pb2.Schedule) -> float:
    if not chosen(schedule, "catch_up_window"):
        return DEFAULT_WINDOW_SECONDS
    field = "schedule.catch_up_window"
    faults.duration(field, schedule.catch_up_window)
    seconds = seconds_of(schedule.catch_up_window)
    if seconds > MAX_WINDOW_SECONDS:
        faults.add(field, f"is longer than 31 days, {MAX_WINDOW_SECONDS} s")
    return seconds


def _check_times(faults: Faults, cron: str, time_zone: str) -> None:
    """Note what is wrong with both, if both are."""
    for pair in ((cron, ""), ("@daily", time_zone)):
        try:
            with beneath("schedule."):
                times_of(*pair)
        except Invalid as error:
            faults.take(error)


NO_IDS: Final = run_service_pb2.CreateRunRequest()
"""Runs of a schedule have ids that it makes."""


def _new_run(faults: Faults, schedule: schedule_pb2.Schedule, caller: Caller) -> NewRun:
    try:
        with beneath("schedule."):
            return new_run_from_wire(schedule.spec, NO_IDS, caller)
    except Invalid as error:
        faults.take(error)
        return NewRun(graph_id="")

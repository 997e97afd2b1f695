"""Schedules, domain ↔ wire."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from runwire.app.schedules import Described
from runwire.domain.errors import Invalid, Violation
from runwire.domain.namespace import local_id
from runwire.domain.schedule import CatchUp, Overlap
from runwire.rpc.convert_specs import fill_spec
from runwire.rpc.convert_times import fill_duration, fill_time
from runwire.v1 import schedule_pb2 as wire

OVERLAP_TO_WIRE: Final[Mapping[Overlap, wire.OverlapPolicy.ValueType]] = {
    policy: wire.OverlapPolicy.Value(f"OVERLAP_POLICY_{policy.name}") for policy in Overlap
}
OVERLAP_FROM_WIRE: Final[Mapping[int, Overlap]] = {
    wire.OVERLAP_POLICY_UNSPECIFIED: Overlap.SKIP,
    **{number: policy for policy, number in OVERLAP_TO_WIRE.items()},
}
CATCH_UP_TO_WIRE: Final[Mapping[CatchUp, wire.CatchUpPolicy.ValueType]] = {
    policy: wire.CatchUpPolicy.Value(f"CATCH_UP_POLICY_{policy.name}") for policy in CatchUp
}
CATCH_UP_FROM_WIRE: Final[Mapping[int, CatchUp]] = {
    wire.CATCH_UP_POLICY_UNSPECIFIED: CatchUp.LATEST,
    **{number: policy for policy, number in CATCH_UP_TO_WIRE.items()},
}


def schedule_to_wire(found: Described, *, full: bool = True) -> wire.Schedule:
    """Return a schedule; without the input of its runs unless `full`."""
    schedule = found.schedule
    message = wire.Schedule(
        schedule_id=local_id(schedule.schedule_id),
        cron=schedule.cron,
        time_zone=schedule.time_zone,
        overlap_policy=OVERLAP_TO_WIRE[schedule.overlap],
        catch_up_policy=CATCH_UP_TO_WIRE[schedule.catch_up],
        paused=schedule.paused,
        pause_reason=schedule.pause_reason,
        skipped_count=schedule.skipped_count,
        error_message=schedule.error_message,
        etag=schedule.etag,
    )
    fill_spec(message.spec, found.new, full=full)
    fill_duration(message.catch_up_window, schedule.catch_up_seconds)
    fill_time(message.create_time, schedule.created_at)
    fill_time(message.end_time, schedule.ends_at)
    for at in found.next_times:
        fill_time(message.next_times.add(), at)
    for run in schedule.recent:
        told = message.recent_runs.add(run_id=local_id(run.run_id))
        fill_time(told.schedule_time, run.schedule_at)
        fill_time(told.create_time, run.created_at)
    return message


@contextmanager
def beneath(prefix: str) -> Iterator[None]:
    """Let faults of the block name their fields from the request's root on."""
    try:
        yield
    except Invalid as error:
        faults = [Violation(f"{prefix}{each.field}", each.description) for each in error.violations]
        facts: dict[str, Any] = {**error.metadata}
        if faults:
            facts["field"] = faults[0].field
        raise Invalid(
            "; ".join(f"{each.field}: {each.description}" for each in faults) or error.message,
            reason=error.reason,
            violations=faults,
            **facts,
        ) from error

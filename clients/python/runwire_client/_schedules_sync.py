# Generated from _schedules_async.py by tools/unasync.py; never edited.
"""What a client can do with schedules."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import grpc

from runwire_client._calls_sync import Calls
from runwire_client._payloads import duration
from runwire_client.runs import Run, run_from_message
from runwire_client.schedules import (
    CATCH_UPS,
    OVERLAPS,
    CatchUpPolicy,
    OverlapPolicy,
    RunTemplate,
    Schedule,
    changes_message,
    schedule_from_message,
)
from runwire_client.v1 import schedule_pb2, schedule_service_pb2, schedule_service_pb2_grpc


class Schedules:
    """Makes, reads, changes, pauses, triggers and deletes schedules.

    Timeouts, retries and the errors that every verb raises are as with runs.
    """

    def __init__(self, channel: grpc.Channel, calls: Calls) -> None:
        self._stub = schedule_service_pb2_grpc.ScheduleServiceStub(channel)
        self._calls = calls

    def create(
        self,
        schedule_id: str,
        cron: str,
        template: RunTemplate,
        *,
        time_zone: str = "",
        overlap: OverlapPolicy = OverlapPolicy.SKIP,
        catch_up: CatchUpPolicy = CatchUpPolicy.LATEST,
        catch_up_seconds: float | None = None,
        paused: bool = False,
        pause_reason: str = "",
        ends_at: datetime | None = None,
        timeout_seconds: float | None = None,
    ) -> Schedule:
        """Make a schedule.

        `cron` has five fields (minute, hour, day of month, month, day of week), by the clock of
        `time_zone`, an IANA name; UTC if empty. Missed times further back than `catch_up_seconds`
        (an hour if None) are left out. After `ends_at` no more come. Raises Invalid, AlreadyExists
        (also if an earlier try of this very call did it), and Exhausted.
        """
        schedule = schedule_pb2.Schedule(
            schedule_id=schedule_id,
            cron=cron,
            time_zone=time_zone,
            spec=template.to_message(),
            overlap_policy=OVERLAPS[overlap],
            catch_up_policy=CATCH_UPS[catch_up],
            paused=paused,
            pause_reason=pause_reason,
        )
        if catch_up_seconds is not None:
            schedule.catch_up_window.CopyFrom(duration(catch_up_seconds))
        if ends_at is not None:
            schedule.end_time.FromDatetime(ends_at)
        response = self._calls.unary(
            self._stub.CreateSchedule,
            schedule_service_pb2.CreateScheduleRequest(schedule=schedule),
            timeout_seconds=timeout_seconds,
        )
        return schedule_from_message(response.schedule)

    def get(self, schedule_id: str, *, timeout_seconds: float | None = None) -> Schedule:
        """Return a schedule. Raises NotFound."""
        request = schedule_service_pb2.GetScheduleRequest(schedule_id=schedule_id)
        response = self._calls.unary(
            self._stub.GetSchedule, request, timeout_seconds=timeout_seconds
        )
        return schedule_from_message(response.schedule)

    def list(self, *, page_size: int = 0) -> Iterator[Schedule]:
        """Yield schedules, by id, page by page, without the inputs of their runs."""
        request = schedule_service_pb2.ListSchedulesRequest(page_size=page_size)
        for page in self._calls.pages(self._stub.ListSchedules, request):
            for message in page.schedules:
                yield schedule_from_message(message)

    def update(
        self,
        schedule_id: str,
        *,
        cron: str | None = None,
        time_zone: str | None = None,
        template: RunTemplate | None = None,
        overlap: OverlapPolicy | None = None,
        catch_up: CatchUpPolicy | None = None,
        catch_up_seconds: float | None = None,
        ends_at: datetime | None = None,
        never_ends: bool = False,
        etag: str = "",
        timeout_seconds: float | None = None,
    ) -> Schedule:
        """Change what is given; a `template` replaces the one there was as a whole.

        `never_ends` takes `ends_at` away.

        With an `etag`, raises Conflict if somebody has changed the schedule since. Raises NotFound
        and Invalid.
        """
        schedule, mask = changes_message(
            schedule_pb2.Schedule(schedule_id=schedule_id, etag=etag),
            cron=cron,
            time_zone=time_zone,
            template=template,
            overlap=overlap,
            catch_up=catch_up,
            catch_up_seconds=catch_up_seconds,
            ends_at=ends_at,
            never_ends=never_ends,
        )
        response = self._calls.unary(
            self._stub.UpdateSchedule,
            schedule_service_pb2.UpdateScheduleRequest(schedule=schedule, update_mask=mask),
            timeout_seconds=timeout_seconds,
            once=bool(etag),
        )
        return schedule_from_message(response.schedule)

    def pause(
        self, schedule_id: str, reason: str = "", *, timeout_seconds: float | None = None
    ) -> Schedule:
        """Let a schedule create no more runs; those it created go on. Raises NotFound."""
        request = schedule_service_pb2.PauseScheduleRequest(schedule_id=schedule_id, reason=reason)
        response = self._calls.unary(
            self._stub.PauseSchedule, request, timeout_seconds=timeout_seconds
        )
        return schedule_from_message(response.schedule)

    def unpause(self, schedule_id: str, *, timeout_seconds: float | None = None) -> Schedule:
        """Let a paused schedule go on; what passed meanwhile is left out. Raises NotFound."""
        request = schedule_service_pb2.UnpauseScheduleRequest(schedule_id=schedule_id)
        response = self._calls.unary(
            self._stub.UnpauseSchedule, request, timeout_seconds=timeout_seconds
        )
        return schedule_from_message(response.schedule)

    def delete(self, schedule_id: str, *, timeout_seconds: float | None = None) -> None:
        """Delete a schedule; its runs stay.

        Raises NotFound (also if an earlier try of this very call did it).
        """
        request = schedule_service_pb2.DeleteScheduleRequest(schedule_id=schedule_id)
        self._calls.unary(self._stub.DeleteSchedule, request, timeout_seconds=timeout_seconds)

    def trigger(self, schedule_id: str, *, timeout_seconds: float | None = None) -> Run:
        """Create a run now, paused or not, whatever else runs; a new one with each call.

        It is not tried again while the server is unavailable. Raises NotFound, and what
        `runs.create` raises.
        """
        request = schedule_service_pb2.TriggerScheduleRequest(schedule_id=schedule_id)
        response = self._calls.unary(
            self._stub.TriggerSchedule, request, timeout_seconds=timeout_seconds, once=True
        )
        return run_from_message(response.run)

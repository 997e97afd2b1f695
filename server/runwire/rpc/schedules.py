"""ScheduleService: decode, call the app, encode."""

from dataclasses import replace
from typing import Any

from runwire.app.run_making import RunMaker
from runwire.app.schedules import NewSchedule, Schedules
from runwire.domain.caller import Caller
from runwire.domain.missing import no_schedule
from runwire.domain.namespace import local_id
from runwire.rpc import schedule_requests as asked
from runwire.rpc.convert_runs import run_to_wire
from runwire.rpc.convert_schedules import beneath, schedule_to_wire
from runwire.v1 import schedule_service_pb2 as wire
from runwire.v1 import schedule_service_pb2_grpc as service


class ScheduleServicer(service.ScheduleServiceServicer):
    """Schedules of the caller's namespace."""

    def __init__(self, schedules: Schedules, maker: RunMaker) -> None:
        self._schedules = schedules
        self._maker = maker

    async def CreateSchedule(
        self, request: wire.CreateScheduleRequest, caller: Caller
    ) -> wire.CreateScheduleResponse:
        new, schedule = asked.created(request, caller), request.schedule
        with beneath("schedule."):
            new = await self._settled(new, caller)
            made = await self._schedules.create(
                caller.namespace,
                schedule.schedule_id,
                new,
                paused=schedule.paused,
                pause_reason=schedule.pause_reason,
                owner=caller.name,
            )
        return wire.CreateScheduleResponse(schedule=schedule_to_wire(made))

    async def GetSchedule(
        self, request: wire.GetScheduleRequest, caller: Caller
    ) -> wire.GetScheduleResponse:
        found = await self._schedules.get(caller.namespace, await self._named(request, caller))
        return wire.GetScheduleResponse(schedule=schedule_to_wire(found))

    async def ListSchedules(
        self, request: wire.ListSchedulesRequest, caller: Caller
    ) -> wire.ListSchedulesResponse:
        asked.check_page(request)
        page = await self._schedules.find(caller.namespace, request.page_size, request.page_token)
        return wire.ListSchedulesResponse(
            schedules=[
                schedule_to_wire(each, full=False)
                for each in page.items
                if caller.sees(local_id(each.new.graph_id))
            ],
            next_page_token=page.next_page_token,
        )

    async def UpdateSchedule(
        self, request: wire.UpdateScheduleRequest, caller: Caller
    ) -> wire.UpdateScheduleResponse:
        new, names = asked.updated(request, caller)
        await self._check_scope(request.schedule.schedule_id, caller)
        with beneath("schedule."):
            if "new" in names:
                new = await self._settled(new, caller)
            changed = await self._schedules.update(
                caller.namespace,
                request.schedule.schedule_id,
                new,
                names=names,
                etag=request.schedule.etag,
            )
        return wire.UpdateScheduleResponse(schedule=schedule_to_wire(changed))

    async def PauseSchedule(
        self, request: wire.PauseScheduleRequest, caller: Caller
    ) -> wire.PauseScheduleResponse:
        name = await self._named(request, caller, reason=request.reason)
        paused = await self._schedules.pause(caller.namespace, name, reason=request.reason)
        return wire.PauseScheduleResponse(schedule=schedule_to_wire(paused))

    async def UnpauseSchedule(
        self, request: wire.UnpauseScheduleRequest, caller: Caller
    ) -> wire.UnpauseScheduleResponse:
        going = await self._schedules.unpause(caller.namespace, await self._named(request, caller))
        return wire.UnpauseScheduleResponse(schedule=schedule_to_wire(going))

    async def DeleteSchedule(
        self, request: wire.DeleteScheduleRequest, caller: Caller
    ) -> wire.DeleteScheduleResponse:
        await self._schedules.delete(caller.namespace, await self._named(request, caller))
        return wire.DeleteScheduleResponse()

    async def TriggerSchedule(
        self, request: wire.TriggerScheduleRequest, caller: Caller
    ) -> wire.TriggerScheduleResponse:
        run = await self._schedules.trigger(caller.namespace, await self._named(request, caller))
        return wire.TriggerScheduleResponse(run=run_to_wire(run))

    async def _settled(self, asked_for: NewSchedule, caller: Caller) -> NewSchedule:
        """Return what is wanted, with the graph of the assistant that it names."""
        new, assistant_id = await self._maker.settled(asked_for.new, caller)
        return replace(asked_for, new=new, assistant_id=assistant_id)

    async def _named(self, request: Any, caller: Caller, *, reason: str = "") -> str:
        """Return which schedule is meant; raise NotFound for one out of the caller's scope."""
        name = asked.named(request, reason=reason)
        await self._check_scope(name, caller)
        return name

    async def _check_scope(self, name: str, caller: Caller) -> None:
        if not caller.graphs:
            return
        found = await self._schedules.get(caller.namespace, name)
        if not caller.sees(local_id(found.new.graph_id)):
            raise no_schedule(name)

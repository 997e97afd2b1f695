"""RunService: decode, call the app, encode. Watches and lists are in the modules beside it."""

from runwire.app.explaining import Explaining
from runwire.app.overview import Overview
from runwire.app.run_making import RunMaker
from runwire.app.runs import Runs
from runwire.app.states import States
from runwire.app.watch import Watch
from runwire.domain.caller import Caller
from runwire.domain.retention import RetentionPolicy
from runwire.domain.run import OnEnd
from runwire.rpc import run_requests as asked
from runwire.rpc.checks import Faults
from runwire.rpc.convert_explanations import explanation_to_wire
from runwire.rpc.convert_overview import counts_to_wire
from runwire.rpc.convert_payloads import json_from_wire, spelled
from runwire.rpc.convert_runs import (
    checkpoint_to_wire,
    state_to_wire,
    step_to_wire,
)
from runwire.rpc.convert_specs import new_run_from_wire
from runwire.rpc.watch import WatchServicer
from runwire.v1 import run_service_pb2 as wire


class RunServicer(WatchServicer):
    """Runs, one at a time and in lists."""

    def __init__(
        self,
        *,
        runs: Runs,
        maker: RunMaker,
        states: States,
        explaining: Explaining,
        overview: Overview,
        watch: Watch,
        retention: RetentionPolicy,
    ) -> None:
        super().__init__(maker, watch, retention)
        self._runs = runs
        self._maker = maker
        self._states = states
        self._explaining = explaining
        self._overview = overview

    async def CreateRun(
        self, request: wire.CreateRunRequest, caller: Caller
    ) -> wire.CreateRunResponse:
        faults = Faults()
        asked.check_format(faults, request.payload_format)
        faults.done()
        new = new_run_from_wire(request.spec, request, caller)
        created = await self._maker.create(new, caller)
        response = wire.CreateRunResponse(run=self._run(created.run), replayed=created.replayed)
        return spelled(response, request.payload_format)

    async def GetRun(self, request: wire.GetRunRequest, caller: Caller) -> wire.GetRunResponse:
        run_id, full = asked.run_and_view(request, caller)
        run = await self._runs.get(run_id)
        response = wire.GetRunResponse(run=self._run(run, full=full))
        return spelled(response, request.payload_format)

    async def ListRuns(
        self, request: wire.ListRunsRequest, caller: Caller
    ) -> wire.ListRunsResponse:
        where, order = asked.filter_and_order(request, caller)
        page = await self._runs.find(
            where, order=order, page_size=request.page_size, page_token=request.page_token
        )
        full = request.view == wire.RUN_VIEW_FULL
        response = wire.ListRunsResponse(
            runs=[self._run(run, full=full) for run in page.items],
            next_page_token=page.next_page_token,
        )
        return spelled(response, request.payload_format)

    async def CancelRun(
        self, request: wire.CancelRunRequest, caller: Caller
    ) -> wire.CancelRunResponse:
        run_id, on_end = asked.run_to_cancel(request, caller)
        if on_end is OnEnd.ROLL_BACK:
            run = await self._maker.roll_back(run_id, reason=request.reason)
        else:
            run = await self._runs.cancel(run_id, reason=request.reason, etag=request.etag)
        return wire.CancelRunResponse(run=self._run(run))

    async def CancelRuns(
        self, request: wire.CancelRunsRequest, caller: Caller
    ) -> wire.CancelRunsResponse:
        thread_id, run_ids, statuses = asked.runs_to_cancel(request, caller)
        count = await self._maker.cancel_many(
            caller,
            thread_id=thread_id,
            run_ids=run_ids,
            statuses=statuses,
            on_end=asked.on_end_of(request.action),
        )
        return wire.CancelRunsResponse(cancelled_count=count)

    async def WaitRun(self, request: wire.WaitRunRequest, caller: Caller) -> wire.WaitRunResponse:
        run_id, seconds = asked.run_and_wait(request, caller)
        run = await self._runs.wait(run_id, timeout_seconds=seconds)
        response = wire.WaitRunResponse(run=self._run(run))
        return spelled(response, request.payload_format)

    async def ResumeRun(
        self, request: wire.ResumeRunRequest, caller: Caller
    ) -> wire.ResumeRunResponse:
        run_id = asked.run_with_texts(request, caller, interrupt_id=asked.MAX_ID_CHARACTERS)
        answer = json_from_wire(request.answer, name="answer", default=b"null")
        run = await self._runs.resume(
            run_id, interrupt_id=request.interrupt_id, answer=answer, etag=request.etag
        )
        return wire.ResumeRunResponse(run=self._run(run))

    async def UpdateRun(
        self, request: wire.UpdateRunRequest, caller: Caller
    ) -> wire.UpdateRunResponse:
        run_id, mask = asked.run_and_mask(request, caller)
        run = await self._runs.update_labels(
            run_id, labels=dict(request.labels), mask=mask, etag=request.etag
        )
        return wire.UpdateRunResponse(run=self._run(run))

    async def ForkRun(self, request: wire.ForkRunRequest, caller: Caller) -> wire.ForkRunResponse:
        run_id, update = asked.run_and_update(request, caller)
        created = await self._runs.fork(
            run_id,
            checkpoint_id=request.checkpoint_id,
            update=update,
            new_run_id=caller.whole(request.new_run_id),
            request_id=caller.whole(request.request_id.lower()),
            labels=dict(request.labels),
        )
        return wire.ForkRunResponse(run=self._run(created.run), replayed=created.replayed)

    async def DeleteRun(
        self, request: wire.DeleteRunRequest, caller: Caller
    ) -> wire.DeleteRunResponse:
        run_id = asked.run_with_texts(request, caller)
        await self._runs.delete(run_id, etag=request.etag)
        return wire.DeleteRunResponse()

    async def GetRunState(
        self, request: wire.GetRunStateRequest, caller: Caller
    ) -> wire.GetRunStateResponse:
        run_id = asked.run_and_format(request, caller, checkpoint_id=asked.MAX_ID_CHARACTERS)
        state = await self._states.state(run_id, request.checkpoint_id)
        response = wire.GetRunStateResponse(state=state_to_wire(state))
        return spelled(response, request.payload_format)

    async def ListSteps(
        self, request: wire.ListStepsRequest, caller: Caller
    ) -> wire.ListStepsResponse:
        page = await self._states.steps(
            asked.run_and_page(request, caller),
            page_size=request.page_size,
            page_token=request.page_token,
        )
        return wire.ListStepsResponse(
            steps=map(step_to_wire, page.items), next_page_token=page.next_page_token
        )

    async def ListCheckpoints(
        self, request: wire.ListCheckpointsRequest, caller: Caller
    ) -> wire.ListCheckpointsResponse:
        page = await self._states.checkpoints(
            asked.run_and_page(request, caller),
            page_size=request.page_size,
            page_token=request.page_token,
        )
        return wire.ListCheckpointsResponse(
            checkpoints=map(checkpoint_to_wire, page.items), next_page_token=page.next_page_token
        )

    async def ExplainRun(
        self, request: wire.ExplainRunRequest, caller: Caller
    ) -> wire.ExplainRunResponse:
        found = await self._explaining.explain(asked.run_alone(request, caller))
        return wire.ExplainRunResponse(explanation=explanation_to_wire(found))

    async def CountRuns(
        self, request: wire.CountRunsRequest, caller: Caller
    ) -> wire.CountRunsResponse:
        counts = await self._overview.counts(
            caller,
            graph_id=request.graph_id,
            window_seconds=asked.window(request),
            buckets=request.buckets,
        )
        return counts_to_wire(counts)

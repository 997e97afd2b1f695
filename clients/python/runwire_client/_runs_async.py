"""What a client can do with runs; watching is in `_watches_async`, counting in `_looks_async`."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Final

from runwire_client._looks_async import AsyncLooks
from runwire_client._payloads import duration, encoded
from runwire_client._requests import new_request_id, run_spec
from runwire_client.errors import DeadlineExceeded
from runwire_client.options import RunOptions
from runwire_client.runs import Run, RunStatus, run_from_message, status_to_number
from runwire_client.states import (
    Checkpoint,
    State,
    Step,
    checkpoint_from_message,
    state_from_message,
    step_from_message,
)
from runwire_client.v1 import run_service_pb2

LONGEST_POLL_SECONDS: Final = 30.0


class AsyncRuns(AsyncLooks):
    """Creates, reads, watches, cancels, resumes and forks runs.

    A verb takes at most `timeout_seconds`, tries and pauses included; the client's default if
    None. While the server is unavailable it is tried again, except `resume` and what is guarded
    by an `etag`. All raise Unavailable, DeadlineExceeded, Unauthenticated and Denied beside what
    they name.
    """

    async def create(
        self,
        graph_id: str = "",
        input: object = None,  # noqa: A002 - the word of the protos
        *,
        run_id: str = "",
        labels: Mapping[str, str] | None = None,
        thread_id: str = "",
        priority: int = 0,
        run_timeout_seconds: float | None = None,
        queue: str = "",
        start_delay_seconds: float | None = None,
        concurrency_key: str = "",
        concurrency_limit: int = 0,
        assistant_id: str = "",
        options: RunOptions | None = None,
        request_id: str = "",
        timeout_seconds: float | None = None,
    ) -> Run:
        """Create a run of a graph; when this returns, the run is on the server's disk.

        `input` is any JSON-able value; None means `{}`, and for LangGraph's graphs to go on from
        the thread's state. `run_id` names the run, the server does if it is empty.
        `run_timeout_seconds` limits the execution, `timeout_seconds` this call. `request_id` (a
        UUID4, made here if empty) makes a second create with the same arguments return the first
        run, `replayed`. Runs of higher `priority` go first. Workers of `queue` take the run, ""
        being the default one, not before `start_delay_seconds` are over, and only while fewer with
        its `concurrency_key` than `concurrency_limit` (1 if 0) are executed. `assistant_id` may
        name an assistant in place of a graph; `options` are for LangGraph's graphs.

        Raises NotFound for an unknown graph, AlreadyExists, Invalid, and Exhausted for an input
        beyond the server's inline limit of 1 MiB: store an artifact instead.
        """
        request = run_service_pb2.CreateRunRequest(
            spec=run_spec(
                *(graph_id, input, labels, thread_id, priority, run_timeout_seconds, queue),
                *(start_delay_seconds, concurrency_key, concurrency_limit, assistant_id, options),
            ),
            run_id=run_id,
            request_id=request_id or new_request_id(),
        )
        response = await self._calls.unary(
            self._stub.CreateRun, request, timeout_seconds=timeout_seconds
        )
        return run_from_message(response.run, replayed=response.replayed)

    async def get(self, run_id: str, *, timeout_seconds: float | None = None) -> Run:
        """Return a run with its input and output. Raises NotFound."""
        request = run_service_pb2.GetRunRequest(run_id=run_id)
        response = await self._calls.unary(
            self._stub.GetRun, request, timeout_seconds=timeout_seconds
        )
        return run_from_message(response.run)

    async def list(
        self,
        *,
        statuses: Iterable[RunStatus] = (),
        thread_id: str = "",
        filter: str = "",  # noqa: A002 - the word of the protos
        order_by: str = "",
        full: bool = False,
        page_size: int = 0,
    ) -> AsyncIterator[Run]:
        """Yield runs, newest first, page by page.

        `filter` is an AIP-160 filter over status, graph_id, thread_id, queue, priority,
        create_time and labels, such as `labels.team = "risk"`. `order_by` is create_time or
        priority, "desc" behind it for descending. `full` adds inputs and outputs. `page_size` runs
        come with each call, 50 if 0. Raises Invalid.
        """
        request = run_service_pb2.ListRunsRequest(
            statuses=[status_to_number(status) for status in statuses],
            thread_id=thread_id,
            filter=filter,
            order_by=order_by,
            view=run_service_pb2.RUN_VIEW_FULL if full else run_service_pb2.RUN_VIEW_BASIC,
            page_size=page_size,
        )
        async for page in self._calls.pages(self._stub.ListRuns, request):
            for message in page.runs:
                yield run_from_message(message)

    async def wait(self, run_id: str, *, timeout_seconds: float | None = None) -> Run:
        """Return a run once it has ended, whatever the outcome; None waits for ever.

        Raises NotFound, and DeadlineExceeded if the run has not ended by then. A run that is
        INTERRUPTED has not ended.
        """
        end = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        while True:
            left = LONGEST_POLL_SECONDS if end is None else max(end - time.monotonic(), 0.0)
            poll = min(left, LONGEST_POLL_SECONDS)
            request = run_service_pb2.WaitRunRequest(run_id=run_id, timeout=duration(poll))
            response = await self._calls.unary(
                self._stub.WaitRun, request, timeout_seconds=poll + self._calls.timeout_seconds
            )
            run = run_from_message(response.run)
            if run.status.final:
                return run
            if end is not None and time.monotonic() >= end:
                raise DeadlineExceeded(f"run {run_id} is still {run.status}")

    async def cancel(
        self,
        run_id: str,
        reason: str = "",
        *,
        etag: str = "",
        roll_back: bool = False,
        timeout_seconds: float | None = None,
    ) -> Run:
        """Ask a run to end and return it, CANCELLING or CANCELLED; `reason` is in its events.

        `roll_back` deletes a run of a thread once it has ended, and undoes what it did there.

        Raises NotFound, NotAllowed if it has ended otherwise, Conflict if `etag` is not its etag.
        """
        request = run_service_pb2.CancelRunRequest(run_id=run_id, reason=reason, etag=etag)
        if roll_back:
            request.action = run_service_pb2.CANCEL_ACTION_ROLLBACK
        response = await self._calls.unary(
            self._stub.CancelRun, request, timeout_seconds=timeout_seconds, once=bool(etag)
        )
        return run_from_message(response.run)

    async def resume(
        self,
        run_id: str,
        answer: object = None,
        *,
        interrupt_id: str = "",
        etag: str = "",
        timeout_seconds: float | None = None,
    ) -> Run:
        """Answer an interrupt and return the run: QUEUED, or INTERRUPTED if others are open.

        `interrupt_id` may be left out if one is open. Sent once: after Unavailable, look at the
        run to see whether the answer arrived. Raises NotFound, Invalid if the answer does not
        satisfy the schema, NotAllowed if nothing is open, Conflict if `etag` is not its etag.
        """
        request = run_service_pb2.ResumeRunRequest(
            run_id=run_id,
            interrupt_id=interrupt_id,
            answer=encoded(answer, field="answer"),
            etag=etag,
        )
        response = await self._calls.unary(
            self._stub.ResumeRun, request, timeout_seconds=timeout_seconds, once=True
        )
        return run_from_message(response.run)

    async def update(
        self,
        run_id: str,
        labels: Mapping[str, str | None],
        *,
        replace: bool = False,
        etag: str = "",
        timeout_seconds: float | None = None,
    ) -> Run:
        """Set labels of a run and remove those given as None; `replace` removes all others too.

        Raises NotFound, Invalid, Conflict if `etag` is not its etag.
        """
        request = run_service_pb2.UpdateRunRequest(
            run_id=run_id,
            labels={key: value for key, value in labels.items() if value is not None},
            etag=etag,
        )
        paths = ["labels"] if replace else [f"labels.{key}" for key in labels]
        request.update_mask.paths.extend(paths)
        response = await self._calls.unary(
            self._stub.UpdateRun, request, timeout_seconds=timeout_seconds, once=bool(etag)
        )
        return run_from_message(response.run)

    async def fork(
        self,
        run_id: str,
        checkpoint_id: str = "",
        *,
        update: Mapping[str, object] | None = None,
        new_run_id: str = "",
        labels: Mapping[str, str] | None = None,
        request_id: str = "",
        timeout_seconds: float | None = None,
    ) -> Run:
        """Start a new run from a checkpoint of another, the newest if empty, and return it.

        `update` changes keys of the state first. `labels` are those of the old run if None or
        empty. Raises NotFound, AlreadyExists, Invalid.
        """
        request = run_service_pb2.ForkRunRequest(
            run_id=run_id,
            checkpoint_id=checkpoint_id,
            update=None if update is None else encoded(update, field="update"),
            new_run_id=new_run_id,
            labels=labels,
            request_id=request_id or new_request_id(),
        )
        response = await self._calls.unary(
            self._stub.ForkRun, request, timeout_seconds=timeout_seconds
        )
        return run_from_message(response.run, replayed=response.replayed)

    async def delete(
        self, run_id: str, *, etag: str = "", timeout_seconds: float | None = None
    ) -> None:
        """Delete a run that has ended, with its events, steps, checkpoints and artifacts.

        Raises NotFound (also if an earlier try of this very call did it), NotAllowed if it has
        not ended, Conflict if `etag` is not its etag.
        """
        request = run_service_pb2.DeleteRunRequest(run_id=run_id, etag=etag)
        await self._calls.unary(
            self._stub.DeleteRun, request, timeout_seconds=timeout_seconds, once=bool(etag)
        )

    async def state(
        self, run_id: str, checkpoint_id: str = "", *, timeout_seconds: float | None = None
    ) -> State:
        """Return the state of a run at a checkpoint, the newest if empty. Raises NotFound."""
        request = run_service_pb2.GetRunStateRequest(run_id=run_id, checkpoint_id=checkpoint_id)
        response = await self._calls.unary(
            self._stub.GetRunState, request, timeout_seconds=timeout_seconds
        )
        return state_from_message(response.state)

    async def steps(self, run_id: str, *, page_size: int = 0) -> AsyncIterator[Step]:
        """Yield the steps of a run, oldest first. Raises NotFound."""
        request = run_service_pb2.ListStepsRequest(run_id=run_id, page_size=page_size)
        async for page in self._calls.pages(self._stub.ListSteps, request):
            for message in page.steps:
                yield step_from_message(message)

    async def checkpoints(self, run_id: str, *, page_size: int = 0) -> AsyncIterator[Checkpoint]:
        """Yield the checkpoints of a run, newest first. Raises NotFound."""
        request = run_service_pb2.ListCheckpointsRequest(run_id=run_id, page_size=page_size)
        async for page in self._calls.pages(self._stub.ListCheckpoints, request):
            for message in page.checkpoints:
                yield checkpoint_from_message(message)

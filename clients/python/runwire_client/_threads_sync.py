# Generated from _threads_async.py by tools/unasync.py; never edited.
"""What a client can do with threads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import grpc
from google.protobuf import field_mask_pb2

from runwire_client import _wait_sync as wait
from runwire_client._calls_sync import Calls
from runwire_client._payloads import duration, encoded
from runwire_client._recovery import Recovery
from runwire_client._requests import clamped_heartbeat
from runwire_client._watch_thread_sync import WatchThread
from runwire_client._watches_sync import GIVE_UP_SECONDS, HEARTBEAT_SECONDS, SILENT_HEARTBEATS
from runwire_client.options import ThreadCheckpoint, checkpoint_from_message
from runwire_client.runs import RunStatus, status_to_number
from runwire_client.threads import (
    STATUSES,
    TTLS,
    StateUpdate,
    Thread,
    ThreadState,
    ThreadStatus,
    Ttl,
    TtlStrategy,
    supersteps_message,
    thread_from_message,
    thread_state_from_message,
)
from runwire_client.v1 import run_service_pb2, run_service_pb2_grpc, thread_service_pb2_grpc
from runwire_client.v1 import thread_service_pb2 as wire


class Threads:
    """Makes, reads, changes, copies, watches and deletes threads; runs come by `runs.create`.

    Timeouts, retries and the errors that every verb raises are as with runs. All of those that name
    a thread raise NotFound.
    """

    def __init__(self, channel: grpc.Channel, calls: Calls) -> None:
        self._stub = thread_service_pb2_grpc.ThreadServiceStub(channel)
        self._runs = run_service_pb2_grpc.RunServiceStub(channel)
        self._calls = calls

    def create(
        self,
        thread_id: str = "",
        *,
        graph_id: str = "",
        metadata: Mapping[str, Any] | None = None,
        supersteps: Sequence[Sequence[StateUpdate]] = (),
        ttl: Ttl | None = None,
        allow_existing: bool = False,
        timeout_seconds: float | None = None,
    ) -> Thread:
        """Make a thread, with the state that `supersteps` of a graph's updates lead to.

        The server names it if `thread_id` is empty. `allow_existing` returns the thread of that id
        as it is. Raises AlreadyExists otherwise, and Invalid.
        """
        request = wire.CreateThreadRequest(
            thread_id=thread_id,
            graph_id=graph_id,
            metadata=None if metadata is None else encoded(metadata, field="metadata"),
            supersteps=supersteps_message(supersteps),
            ttl=None if ttl is None else ttl.to_message(),
            allow_existing=allow_existing,
        )
        response = self._calls.unary(
            self._stub.CreateThread,
            request,
            timeout_seconds=timeout_seconds,
            once=not thread_id,
        )
        return thread_from_message(response.thread)

    def get(self, thread_id: str, *, timeout_seconds: float | None = None) -> Thread:
        """Return a thread with its values."""
        request = wire.GetThreadRequest(thread_id=thread_id)
        response = self._calls.unary(self._stub.GetThread, request, timeout_seconds=timeout_seconds)
        return thread_from_message(response.thread)

    def list(
        self,
        *,
        status: ThreadStatus | None = None,
        graph_id: str = "",
        thread_ids: Iterable[str] = (),
        metadata: Mapping[str, Any] | None = None,
        values: Mapping[str, Any] | None = None,
        order_by: str = "",
        full: bool = False,
        page_size: int = 0,
    ) -> Iterator[Thread]:
        """Yield threads that match, newest first, page by page.

        `metadata` and `values` are what theirs contain. `order_by` is create_time, update_time,
        state_update_time, status or thread_id, "desc" behind it for descending. `full` adds values.
        """
        view = wire.THREAD_VIEW_FULL if full else wire.THREAD_VIEW_BASIC
        request = wire.ListThreadsRequest(
            status=STATUSES[status or ThreadStatus.UNKNOWN],
            graph_id=graph_id,
            thread_ids=thread_ids,
            metadata=None if metadata is None else encoded(metadata, field="metadata"),
            values=None if values is None else encoded(values, field="values"),
            order_by=order_by,
            view=view,
            page_size=page_size,
        )
        for page in self._calls.pages(self._stub.ListThreads, request):
            for message in page.threads:
                yield thread_from_message(message)

    def update(
        self,
        thread_id: str,
        *,
        metadata: Mapping[str, Any] | None = None,
        ttl: Ttl | None = None,
        timeout_seconds: float | None = None,
    ) -> Thread:
        """Merge into the metadata of a thread, or give it another time to live."""
        request = wire.UpdateThreadRequest(
            thread_id=thread_id, update_mask=field_mask_pb2.FieldMask()
        )
        if metadata is not None:
            request.metadata.CopyFrom(encoded(metadata, field="metadata"))
            request.update_mask.paths.append("metadata")
        if ttl is not None:
            request.ttl.CopyFrom(ttl.to_message())
            request.update_mask.paths.append("ttl")
        response = self._calls.unary(
            self._stub.UpdateThread, request, timeout_seconds=timeout_seconds
        )
        return thread_from_message(response.thread)

    def delete(self, thread_id: str, *, timeout_seconds: float | None = None) -> None:
        """Delete a thread with its state, its history and its runs, also one that goes on.

        NotFound is also raised if an earlier try of this very call did it.
        """
        request = wire.DeleteThreadRequest(thread_id=thread_id)
        self._calls.unary(self._stub.DeleteThread, request, timeout_seconds=timeout_seconds)

    def copy(self, thread_id: str, *, timeout_seconds: float | None = None) -> Thread:
        """Copy a thread with its state and history, and return the new one. Sent once."""
        request = wire.CopyThreadRequest(thread_id=thread_id)
        response = self._calls.unary(
            self._stub.CopyThread, request, timeout_seconds=timeout_seconds, once=True
        )
        return thread_from_message(response.thread)

    def prune(
        self,
        thread_ids: Iterable[str],
        strategy: TtlStrategy = TtlStrategy.DELETE,
        *,
        timeout_seconds: float | None = None,
    ) -> int:
        """Delete threads, or their history but for the newest state; return how many."""
        request = wire.PruneThreadsRequest(thread_ids=thread_ids, strategy=TTLS[strategy])
        response = self._calls.unary(
            self._stub.PruneThreads, request, timeout_seconds=timeout_seconds
        )
        return response.pruned_count

    def state(
        self,
        thread_id: str,
        checkpoint: ThreadCheckpoint | None = None,
        *,
        subgraphs: bool = False,
        timeout_seconds: float | None = None,
    ) -> ThreadState:
        """Return the state of a thread at a checkpoint, the newest if None.

        `subgraphs` adds the states of subgraphs to their tasks.
        """
        request = wire.GetThreadStateRequest(
            thread_id=thread_id,
            checkpoint=None if checkpoint is None else checkpoint.to_message(),
            subgraphs=subgraphs,
        )
        response = self._calls.unary(
            self._stub.GetThreadState, request, timeout_seconds=timeout_seconds
        )
        return thread_state_from_message(response.state)

    def history(
        self,
        thread_id: str,
        *,
        metadata: Mapping[str, Any] | None = None,
        checkpoint_ns: str = "",
        before: str = "",
        page_size: int = 0,
    ) -> Iterator[ThreadState]:
        """Yield the states that a thread has had, newest first, from before a checkpoint on."""
        request = wire.ListThreadStatesRequest(
            thread_id=thread_id,
            metadata=None if metadata is None else encoded(metadata, field="metadata"),
            checkpoint_ns=checkpoint_ns,
            before_checkpoint_id=before,
            page_size=page_size,
        )
        for page in self._calls.pages(self._stub.ListThreadStates, request):
            for message in page.states:
                yield thread_state_from_message(message)

    def update_state(
        self,
        thread_id: str,
        values: object,
        *,
        as_node: str = "",
        checkpoint: ThreadCheckpoint | None = None,
        timeout_seconds: float | None = None,
    ) -> ThreadCheckpoint:
        """Change the state as if a node had, and return the new checkpoint. Sent once.

        Raises Invalid for an unknown node, and Conflict while a run goes on.
        """
        request = wire.UpdateThreadStateRequest(
            thread_id=thread_id,
            values=encoded(values, field="values"),
            as_node=as_node,
            checkpoint=None if checkpoint is None else checkpoint.to_message(),
        )
        response = self._calls.unary(
            self._stub.UpdateThreadState, request, timeout_seconds=timeout_seconds, once=True
        )
        return checkpoint_from_message(response.checkpoint)

    def cancel_runs(
        self,
        thread_id: str = "",
        run_ids: Iterable[str] = (),
        *,
        statuses: Iterable[RunStatus] = (),
        roll_back: bool = False,
        timeout_seconds: float | None = None,
    ) -> int:
        """Ask runs of a thread to end, all if none is named; return how many were asked.

        Without a thread, those of all threads that have one of `statuses`. `roll_back` deletes them
        and undoes what they did of the state.
        """
        request = run_service_pb2.CancelRunsRequest(
            thread_id=thread_id,
            run_ids=run_ids,
            statuses=[status_to_number(status) for status in statuses],
        )
        if roll_back:
            request.action = run_service_pb2.CANCEL_ACTION_ROLLBACK
        response = self._calls.unary(
            self._runs.CancelRuns, request, timeout_seconds=timeout_seconds
        )
        return response.cancelled_count

    def watch(
        self,
        thread_id: str,
        *,
        resume_token: str = "",
        from_start: bool = False,
        heartbeat_seconds: float = HEARTBEAT_SECONDS,
        give_up_seconds: float | None = GIVE_UP_SECONDS,
    ) -> WatchThread:
        """Return an iterator over the events of all runs of a thread; it never ends by itself.

        `resume_token` is that of an earlier watch; without one the watch begins now, or with the
        oldest event there is if `from_start`. It is an WatchThread.
        """
        heartbeat = clamped_heartbeat(heartbeat_seconds)

        def open_from(token: str) -> wait.Stream[wire.WatchThreadResponse]:
            request = wire.WatchThreadRequest(
                thread_id=thread_id,
                resume_token=token,
                from_start=from_start and not token,
                heartbeat_interval=duration(heartbeat),
            )
            return self._calls.stream(self._stub.WatchThread, request)

        return WatchThread(
            open_from,
            resume_token=resume_token,
            recovery=Recovery(backoff=self._calls.backoff, give_up_seconds=give_up_seconds),
            silence_seconds=SILENT_HEARTBEATS * heartbeat,
        )

# Generated from _watches_async.py by tools/unasync.py; never edited.
"""The three verbs that watch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import grpc

from runwire_client import _wait_sync as wait
from runwire_client._calls_sync import Calls
from runwire_client._payloads import duration
from runwire_client._recovery import Recovery
from runwire_client._requests import clamped_heartbeat, new_request_id, run_spec
from runwire_client._watch_all_sync import WatchAll
from runwire_client._watch_sync import Message, OpenAt, Watch
from runwire_client.events import OnCompacted
from runwire_client.options import RunOptions
from runwire_client.v1 import run_service_pb2, run_service_pb2_grpc

HEARTBEAT_SECONDS: Final = 15.0
GIVE_UP_SECONDS: Final = 300.0
SILENT_HEARTBEATS: Final = 3.0


class Watches:
    """Watches runs. A watch opens its call when it is first read."""

    def __init__(self, channel: grpc.Channel, calls: Calls) -> None:
        self._stub = run_service_pb2_grpc.RunServiceStub(channel)
        self._calls = calls

    def watch(
        self,
        run_id: str,
        from_sequence: int = 0,
        *,
        heartbeat_seconds: float = HEARTBEAT_SECONDS,
        give_up_seconds: float | None = GIVE_UP_SECONDS,
        on_compacted: OnCompacted | None = None,
    ) -> Watch:
        """Return an iterator over a run's events, past and future, until the run ends.

        `from_sequence` is the first event wanted; 0 means the oldest retained. The watch goes on
        by itself after a break. `heartbeat_seconds` is the longest silence before the server
        says that it is there (1 to 60); after three times as long the stream counts as lost.
        `give_up_seconds` bounds how long the watch tries without any progress; None means for
        ever. `on_compacted` is told when retention removed events that were wanted; without it
        the iterator raises EventsCompacted, and goes on behind them if iterated on.

        Iterating raises NotFound, OutOfRange for a sequence that lies in the future, and what
        Watch says.
        """
        return self._watch(
            self._open_watch(heartbeat_seconds),
            run_id=run_id,
            from_sequence=from_sequence,
            heartbeat_seconds=heartbeat_seconds,
            give_up_seconds=give_up_seconds,
            on_compacted=on_compacted,
        )

    def create_and_watch(
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
        heartbeat_seconds: float = HEARTBEAT_SECONDS,
        give_up_seconds: float | None = GIVE_UP_SECONDS,
        on_compacted: OnCompacted | None = None,
    ) -> Watch:
        """Create a run and watch it from its first event on, in one call.

        The run is created when the iterator is first read; `watch.started()` returns it.
        A break before that is mended by sending the same request again, which makes no second
        run. Arguments and errors are those of `create` and `watch`.
        """
        request = run_service_pb2.CreateAndWatchRunRequest(
            spec=run_spec(
                *(graph_id, input, labels, thread_id, priority, run_timeout_seconds, queue),
                *(start_delay_seconds, concurrency_key, concurrency_limit, assistant_id, options),
            ),
            run_id=run_id,
            request_id=request_id or new_request_id(),
            heartbeat_interval=duration(clamped_heartbeat(heartbeat_seconds)),
        )
        return self._watch(
            self._creating(request, self._open_watch(heartbeat_seconds)),
            heartbeat_seconds=heartbeat_seconds,
            give_up_seconds=give_up_seconds,
            on_compacted=on_compacted,
        )

    def watch_all(
        self,
        filter: str = "",  # noqa: A002 - the word of the protos
        *,
        resume_token: str = "",
        heartbeat_seconds: float = HEARTBEAT_SECONDS,
        give_up_seconds: float | None = GIVE_UP_SECONDS,
    ) -> WatchAll:
        """Return an iterator over the events of every run that matches, deltas excepted.

        `filter` is as in `list`. `resume_token` is that of an earlier watch; without one the
        watch begins now. It never ends by itself. Iterating raises what WatchAll says.
        """
        heartbeat = clamped_heartbeat(heartbeat_seconds)

        def open_from(token: str) -> wait.Stream[run_service_pb2.WatchRunsResponse]:
            request = run_service_pb2.WatchRunsRequest(
                filter=filter, resume_token=token, heartbeat_interval=duration(heartbeat)
            )
            return self._calls.stream(self._stub.WatchRuns, request)

        return WatchAll(
            open_from,
            resume_token=resume_token,
            recovery=Recovery(backoff=self._calls.backoff, give_up_seconds=give_up_seconds),
            silence_seconds=SILENT_HEARTBEATS * heartbeat,
        )

    def _creating(
        self, request: run_service_pb2.CreateAndWatchRunRequest, open_watch: OpenAt
    ) -> OpenAt:
        def open_at(run_id: str, position: int) -> wait.Stream[Message]:
            if run_id:
                return open_watch(run_id, position)
            return self._calls.stream(self._stub.CreateAndWatchRun, request)

        return open_at

    def _open_watch(self, heartbeat_seconds: float) -> OpenAt:
        heartbeat = duration(clamped_heartbeat(heartbeat_seconds))

        def open_at(run_id: str, position: int) -> wait.Stream[Message]:
            request = run_service_pb2.WatchRunRequest(
                run_id=run_id, from_sequence=position, heartbeat_interval=heartbeat
            )
            return self._calls.stream(self._stub.WatchRun, request)

        return open_at

    def _watch(
        self,
        open_at: OpenAt,
        *,
        run_id: str = "",
        from_sequence: int = 1,
        heartbeat_seconds: float,
        give_up_seconds: float | None,
        on_compacted: OnCompacted | None,
    ) -> Watch:
        return Watch(
            open_at,
            run_id=run_id,
            from_sequence=from_sequence,
            recovery=Recovery(backoff=self._calls.backoff, give_up_seconds=give_up_seconds),
            silence_seconds=SILENT_HEARTBEATS * clamped_heartbeat(heartbeat_seconds),
            on_compacted=on_compacted,
        )

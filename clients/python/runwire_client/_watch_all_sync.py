# Generated from _watch_all_async.py by tools/unasync.py; never edited.
"""The watch over every run that matches a filter."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any

from runwire_client import _wait_sync as wait
from runwire_client._recovery import Recovery
from runwire_client._streams_sync import Streams
from runwire_client.events import Event, event_from_message
from runwire_client.v1 import event_pb2, run_service_pb2

OpenFrom = Callable[[str], wait.Stream[Any]]


class WatchAll:
    """An iterator over the events of all runs that match, deltas excepted; it never ends.

    Reconnects by itself at `resume_token`. Keep the token to go on later with another watch: it
    moves once every event of a message was handed out, so none is missed and the newest few may
    come twice. A break before the first message begins anew, with what happens from then on.
    One reader at a time. Close it, or leave it as a context manager, to cancel the call.

    Iterating raises any error that another try would not mend, and the last break once the
    give-up time is over without progress.
    """

    def __init__(
        self,
        open_from: OpenFrom,
        *,
        resume_token: str,
        recovery: Recovery,
        silence_seconds: float,
    ) -> None:
        self.resume_token = resume_token
        self._token_behind = resume_token
        self._streams = Streams(
            lambda: open_from(self.resume_token),
            recovery=recovery,
            silence_seconds=silence_seconds,
        )
        self._ready: deque[Event] = deque()

    def __iter__(self) -> WatchAll:
        return self

    def __next__(self) -> Event:
        while not self._ready:
            message = self._streams.read()
            if message is None:
                raise StopIteration
            self._streams.progressed()
            self._ready.extend(map(event_from_message, self._events(message)))
            self._token_behind = message.resume_token
            if not self._ready:
                self.resume_token = self._token_behind
        event = self._ready.popleft()
        if not self._ready:
            self.resume_token = self._token_behind
        return event

    def _events(self, message: Any) -> Iterable[event_pb2.RunEvent]:
        """Return the events that a message brings."""
        found: run_service_pb2.WatchRunsResponse = message
        return found.events

    def __enter__(self) -> WatchAll:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Cancel the call; iterating on ends."""
        self._ready.clear()
        self._streams.close()

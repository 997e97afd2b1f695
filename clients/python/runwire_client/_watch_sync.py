# Generated from _watch_async.py by tools/unasync.py; never edited.
"""The watch: every event of a run once and in order, over as many streams as it takes.

1. The position is the sequence wanted next. It moves only by an event handed out in order, by
   an announced compaction, and never backwards.
2. An event before the position is a repetition and dropped.
3. An event behind it is a gap: the stream is left and opened again at the position. A gap that
   is still there then is DataLoss: nothing is skipped silently.
4. Only `ended` ends a watch. A stream that ends otherwise is opened again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Final

from runwire_client import _wait_sync as wait
from runwire_client._recovery import Recovery
from runwire_client._streams_sync import Streams
from runwire_client.errors import DataLoss, Error, EventsCompacted, Unavailable
from runwire_client.events import Compacted, Event, OnCompacted, event_from_message
from runwire_client.runs import Run, run_from_message
from runwire_client.v1 import event_pb2, run_pb2, run_service_pb2

Message = run_service_pb2.WatchRunResponse | run_service_pb2.CreateAndWatchRunResponse
OpenAt = Callable[[str, int], wait.Stream[Message]]
COMPACTED_REASON: Final = "EVENTS_COMPACTED"


class Watch:
    """An iterator over the events of one run, past and future, until the run ends.

    Reconnects by itself and goes on where it was. `run` is the run as last seen: with the first
    message, and as it ended; None before. `next_sequence` is where another watch would go on.
    One reader at a time. Close it, or leave it as a context manager, to cancel the call.

    Iterating raises EventsCompacted when retention removed events it wanted (unless
    `on_compacted` is given, which is told instead); iterating on goes on behind them. It raises
    DataLoss when the server left out events without saying so, any error that another try would
    not mend, and the last break once the give-up time is over without progress.
    """

    def __init__(
        self,
        open_at: OpenAt,
        *,
        run_id: str,
        from_sequence: int,
        recovery: Recovery,
        silence_seconds: float,
        on_compacted: OnCompacted | None,
    ) -> None:
        self.run: Run | None = None
        self.run_id = run_id
        self.next_sequence = from_sequence
        self._streams = Streams(
            lambda: open_at(self.run_id, self.next_sequence),
            recovery=recovery,
            silence_seconds=silence_seconds,
        )
        self._on_compacted = on_compacted
        self._ready: deque[Event] = deque()
        self._gap_at: int | None = None
        self._ended = False

    def __iter__(self) -> Watch:
        return self

    def __next__(self) -> Event:
        while not self._ready:
            if self._ended or not self._advance():
                raise StopIteration
        event = self._ready.popleft()
        self.next_sequence = event.sequence + 1
        return event

    def started(self) -> Run:
        """Return the run once the watch is live, without taking an event.

        Raises Unavailable if the watch was closed before that.
        """
        while self.run is None:
            if not self._advance():
                raise Unavailable("the watch was closed before it was live")
        return self.run

    def __enter__(self) -> Watch:
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
        self._ended = True
        self._ready.clear()
        self._streams.close()

    @property
    def _position(self) -> int:
        return self._ready[-1].sequence + 1 if self._ready else self.next_sequence

    def _advance(self) -> bool:
        """Take in one message; return False once closed."""
        try:
            message = self._streams.read()
        except Error as error:
            oldest = error.metadata.get("oldest_sequence", "")
            if error.reason != COMPACTED_REASON or not oldest.isdecimal():
                raise
            self._skip(self._position, int(oldest) - 1)
            return True
        if message is not None:
            self._take(message)
        return message is not None

    def _take(self, message: Message) -> None:
        match message.WhichOneof("message"):
            case "started":
                self._see(message.started.run)
            case "batch":
                if self._line_up(message.batch.events):
                    self._continues(message.next_sequence)
            case "compacted":
                if self._continues(message.compacted.from_sequence):
                    self._skip(message.compacted.from_sequence, message.compacted.to_sequence)
            case _:
                if self._continues(message.next_sequence):
                    self._settle(message)

    def _settle(self, message: Message) -> None:
        """Everything before this message has arrived: say so, or end."""
        self._streams.progressed()
        if message.HasField("ended"):
            self._see(message.ended.run)
            self._ended = True
            self._streams.finish()

    def _see(self, run: run_pb2.Run) -> None:
        self.run = run_from_message(run)
        self.run_id = self.run.run_id

    def _line_up(self, events: Iterable[event_pb2.RunEvent]) -> bool:
        """Make events ready from the position on; return False at a gap."""
        for event in events:
            if not self._continues(event.sequence):
                return False
            if event.sequence >= self._position:
                self._ready.append(event_from_message(event))
                self._streams.progressed()
        return True

    def _continues(self, sequence: int) -> bool:
        """Whether nothing is missing between the position and a sequence; leave if so.

        A position of 0 takes whatever comes first: the oldest event retained was asked for.
        """
        position = self._position
        if not 0 < position < sequence:
            return True
        gap = f"events {position} to {sequence - 1} of run {self.run_id} are missing"
        if self._gap_at == position:
            raise DataLoss(gap, reason="EVENTS_MISSING", metadata={"run_id": self.run_id})
        self._gap_at = position
        self._streams.broken(Unavailable(gap))
        return False

    def _skip(self, from_sequence: int, to_sequence: int) -> None:
        """Go on behind a compaction, and say so."""
        position = self._position
        if to_sequence < position:
            return
        first = max(from_sequence, position, 1)
        self.next_sequence = to_sequence + 1
        self._streams.progressed()
        if self._on_compacted is None:
            raise EventsCompacted(run_id=self.run_id, from_sequence=first, to_sequence=to_sequence)
        self._on_compacted(Compacted(self.run_id, first, to_sequence))

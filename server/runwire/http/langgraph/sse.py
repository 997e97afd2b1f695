"""A run's events as the server-sent events that LangGraph's clients know.

1. It is the run's line of events, translated: the same for those who start a run, join it, come
   back to it, or come late. The id of an event is its sequence.
2. Ids are told only of runs that are resumable: a client that has none does not come back for what
   it has missed, and whoever joins sees what comes then.
3. The stream ends once the run has, as its status says before; `error` tells why it failed. A
   cancelled run just ends.
4. What retention removed is told in a comment; the final values then stand for what they led to.
5. Silence never lasts: a comment is sent at least every other `HEARTBEAT_SECONDS`.
"""

from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import aclosing
from dataclasses import replace
from time import monotonic
from typing import Any, Final, cast

from google.rpc import error_details_pb2

from runwire.app.watch import Batch, Compacted, Ended, Heartbeat, Message, Started
from runwire.domain.errors import NotFound
from runwire.domain.namespace import local_id
from runwire.domain.payload import encode
from runwire.domain.run import Run, RunId, RunStatus
from runwire.http.langgraph.parts import Parts
from runwire.http.langgraph.tape import PREFIX
from runwire.http.langgraph.tellings import Tellings, Told
from runwire.v1 import event_pb2, run_pb2

HEARTBEAT_SECONDS: Final = 5.0
HEARTBEAT: Final = b": heartbeat\r\n\r\n"
EVENTS: Final = "text/event-stream; charset=utf-8"
NOT_KEPT: Final = {"cache-control": "no-store", "x-accel-buffering": "no"}

_FINAL: Final = frozenset(
    {run_pb2.RUN_STATUS_SUCCEEDED, run_pb2.RUN_STATUS_FAILED, run_pb2.RUN_STATUS_CANCELLED}
)


def event(name: str, data: bytes, event_id: str = "") -> bytes:
    """Return one event; JSON as we write it holds no line break."""
    tail = b"id: %b\r\n" % event_id.encode() if event_id else b""
    return b"event: %b\r\ndata: %b\r\n%b\r\n" % (name.encode(), data, tail)


def failed(kind: str, message: str) -> bytes:
    """Return the event that tells of what went wrong."""
    return event("error", encode({"error": kind, "message": message}))


class Telling:
    """Translates one run's events."""

    def __init__(
        self, run: Run, tellings: Tellings, *, ids: str | None, modes: Collection[str] = ()
    ) -> None:
        self._run_id = local_id(run.run_id)
        self._ids = ids
        self._shown = frozenset(map(_spelled, modes))
        self._tellings = tellings
        self._key = (run.run_id, run.created_at, ids, self._shown)
        self._cursor = 0

    def batch(self, batch: Batch) -> Told:
        """Return what is told of a batch, which others may have been told as well."""
        # Events never change, they only go: from here to there, in so many bytes, all is the same.
        key = (*self._key, self._cursor, batch.next_sequence, len(batch.body))
        self._cursor = batch.next_sequence
        return self._tellings.get(key, lambda: self._translated(batch.body))

    def _translated(self, body: bytes) -> Told:
        told: list[bytes] = []
        status = 0
        for each in event_pb2.RunEventBatch.FromString(body).events:
            told += self._told(each)
            if each.WhichOneof("detail") == "status_changed":
                status = each.status_changed.to_status
        waits = status == run_pb2.RUN_STATUS_INTERRUPTED
        return Told(b"".join(told), status in _FINAL, waits)

    def move(self, cursor: int) -> None:
        """Note where the next batch begins."""
        self._cursor = cursor

    def values(self, data: bytes, sequence: int) -> bytes:
        """Return the values that a run has led to."""
        return event("values", data, self._id(sequence))

    def _told(self, each: event_pb2.RunEvent) -> Iterator[bytes]:
        match each.WhichOneof("detail"):
            case "output_chunk":
                name = each.output_chunk.channel
                if self._shows(name):
                    yield event(name, each.output_chunk.payload.data, self._id(each.sequence))
            case "status_changed":
                yield from self._status(each.status_changed, each.sequence)
            case _:
                return

    def _status(self, changed: event_pb2.RunStatusChanged, sequence: int) -> Iterator[bytes]:
        if sequence == 1:
            yield self._metadata(1, sequence)
        elif changed.to_status == run_pb2.RUN_STATUS_RUNNING and changed.attempt > 1:
            yield self._metadata(changed.attempt, sequence)
        elif changed.to_status == run_pb2.RUN_STATUS_FAILED:
            why = encode({"error": _class(changed.error), "message": changed.error.message})
            yield event("error", why, self._id(sequence))

    def _metadata(self, attempt: int, sequence: int) -> bytes:
        about = encode({"run_id": self._run_id, "attempt": attempt})
        return event("metadata", about, self._id(sequence))

    def _id(self, sequence: int) -> str:
        return "" if self._ids is None else f"{self._ids}{sequence}"

    def _shows(self, name: str) -> bool:
        if name.startswith(PREFIX):
            return False
        kind = name.partition("|")[0].partition("/")
        return not self._shown or (kind[0] + kind[1]) in self._shown


async def told(
    parts: Parts,
    run: Run,
    *,
    from_sequence: int,
    ids: str | None,
    modes: Collection[str] = (),
) -> AsyncIterator[bytes]:
    """Yield what is sent of a run from a sequence on, until it is over or is no more.

    `ids` is what stands before the sequence in an event's id; None tells no ids.
    """
    telling = Telling(run, parts.tellings, ids=ids, modes=modes)
    sent_at, missing = monotonic(), False
    messages = parts.watch.watch(
        run.run_id, from_sequence=from_sequence, heartbeat_seconds=HEARTBEAT_SECONDS
    )
    async with aclosing(cast("Any", messages)) as stream:
        try:
            async for message in stream:
                missing = missing or isinstance(message, Compacted)
                said = _said(telling, message, missing=missing)
                if said.piece:
                    yield said.piece
                    sent_at = monotonic()
                elif monotonic() - sent_at >= HEARTBEAT_SECONDS:
                    yield HEARTBEAT
                    sent_at = monotonic()
                if said.ends or (said.waits and await _waits(parts, run.run_id)):
                    return
        except NotFound:
            return  # it was deleted, with its thread or alone


def _said(telling: Telling, message: Message, *, missing: bool) -> Told:
    """Return what is sent for one message of a watch; the end waits for what makes up for gaps."""
    match message:
        case Batch():
            found = telling.batch(message)
            return replace(found, ends=False) if missing else found
        case Heartbeat():
            return Told(HEARTBEAT)
        case Compacted(from_sequence=first, to_sequence=last, next_sequence=cursor):
            telling.move(cursor)
            return Told(b": events %d to %d were removed by retention\r\n\r\n" % (first, last))
        case Started(run=run, next_sequence=cursor):
            telling.move(cursor)
            return Told(waits=run.status is RunStatus.INTERRUPTED)
        case Ended(run=run):
            return Told(_final(telling, run) if missing else b"", ends=True)


async def _waits(parts: Parts, run_id: RunId) -> bool:
    """Whether a run waits for an answer, as clients of LangGraph's take for its end."""
    return (await parts.runs.get(run_id)).status is RunStatus.INTERRUPTED


def _final(telling: Telling, run: Run) -> bytes:
    if run.status is not RunStatus.SUCCEEDED or run.output is None or run.options is None:
        return b""
    wanted = "values" in run.options.stream_modes
    return telling.values(run.output.data, run.last_sequence) if wanted else b""


def _spelled(mode: str) -> str:
    """Return how events of a mode begin: those of `messages` are `messages/…`."""
    if mode == "messages":
        return "messages/"
    return "messages" if mode == "messages-tuple" else mode


def _class(status: Any) -> str:
    """Return the class of the exception that a run failed with, or the reason."""
    info = error_details_pb2.ErrorInfo()
    for detail in status.details:
        if detail.Unpack(info):
            return str(info.metadata.get("error") or info.reason)
    return "Error"

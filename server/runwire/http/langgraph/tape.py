"""A run's events in the words of the event streaming protocol.

1. What a run of protocol 2 recorded for it (``v2:`` channels) is passed on as it is; what other
   runs recorded is translated where it has a counterpart (`translation.py`).
2. How a run begins and ends is told from its changes of status, which are kept as long as it is.
   So that holds for every end: failed, cancelled, or after its worker was lost.
3. What an end cuts off ends with it: subgraphs that were under way and, where another attempt
   begins, messages that the one before did not finish; they are written anew.
4. A tape is read from a run's first event on, wherever a client goes on: that is how it knows what
   is under way.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from typing import Any, Final

from google.rpc import error_details_pb2, status_pb2

from runwire.domain.namespace import local_id
from runwire.domain.payload import decode
from runwire.domain.run import Run
from runwire.http.langgraph import seqs
from runwire.http.langgraph.tape_events import (
    ANSWERED,
    LIFECYCLE,
    REQUESTED,
    Said,
    Words,
    data_in,
    passed_on,
    said_of,
    words_of,
)
from runwire.http.langgraph.translation import INTERRUPT, SIGN, translated
from runwire.v1.event_pb2 import RunEvent, RunOutputChunk, RunStatusChanged
from runwire.v1.run_pb2 import RunStatus

PREFIX: Final = "v2:"
RUNNING: Final = "running"
COMPLETED: Final = "completed"
FAILED: Final = "failed"
INTERRUPTED: Final = "interrupted"
LOST: Final = "the worker was lost: the message is written again"

_ENDS: Final = frozenset({COMPLETED, FAILED, INTERRUPTED})
_EDGES: Final = (b'"message-start"', b'"message-finish"', b'"event":"error"')
_INTERRUPT_ID: Final = re.compile(r"[0-9a-f]{32}")


class Tape:
    """One run, as far as it was read."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._graph = local_id(run.graph_id)
        self._base: int | None = None
        self._at = 0
        self._sequence = self._parts = 0
        self._messages: dict[str, tuple[Sequence[str], Mapping[str, Any]]] = {}
        self._questions: dict[str, Any] = {}
        self._asked: set[str] = set()
        self.subgraphs: dict[tuple[str, ...], str] = {}
        """Those under way, and what they are called."""
        self.ended = False

    def read(self, event: RunEvent) -> Sequence[Said]:
        """Return what an event comes to; events are read one after the other."""
        self._at = event.event_time.ToMilliseconds()
        words = tuple(self._words(event))
        if not words:
            return ()
        if self._base is None:
            self._base = seqs.base_of(event.event_time.ToDatetime(tzinfo=UTC))
        self._sequence, self._parts = event.sequence, len(words)
        return self._numbered(words, 0)

    def vanish(self, milliseconds: int) -> Sequence[Said]:
        """Return the end of a run that was deleted before its own."""
        if self._base is None or self.ended:
            return ()
        self._at = milliseconds
        return self._numbered(tuple(self._end(INTERRUPTED)), self._parts)

    def _numbered(self, words: Sequence[Words], first: int) -> Sequence[Said]:
        run_id, base = self._run.run_id, self._base or 0
        return [
            said_of(run_id, base, self._sequence, first + part, each)
            for part, each in enumerate(words)
        ]

    def _words(self, event: RunEvent) -> Iterator[Words]:
        match event.WhichOneof("detail"):
            case "output_chunk":
                yield from self._chunk(event.output_chunk)
            case "interrupt_raised":
                asked = event.interrupt_raised.interrupt
                if asked.interrupt_id not in self._asked:
                    self._questions[asked.interrupt_id] = decode(asked.value.data)
            case "status_changed":
                yield from self._changed(event.status_changed)
            case _:
                return

    def _chunk(self, chunk: RunOutputChunk) -> Iterator[Words]:
        data = chunk.payload.data
        if not chunk.channel.startswith(PREFIX):
            words = translated(chunk.channel, data, self._at)
            if words is not None:
                yield words
            return
        words = passed_on(chunk.channel.removeprefix(PREFIX), data)
        if self._counts(words):
            yield words

    def _counts(self, words: Words) -> bool:
        """Note what begins or ends; return False for the beginning of what is under way already."""
        if words.method == "messages" and any(edge in words.params for edge in _EDGES):
            data = data_in(words)
            if data.get("event") == "message-start":
                self._messages[str(data.get("id"))] = (words.namespace, data)
            else:
                self._messages.pop(str(data.get("id")), None)
        elif words.method == REQUESTED:
            asked = str(data_in(words).get("interrupt_id"))
            self._asked.add(asked)
            self._questions.pop(asked, None)
        elif words.method == LIFECYCLE:
            return self._lives(tuple(words.namespace), data_in(words))
        return True

    def _lives(self, namespace: tuple[str, ...], data: Mapping[str, Any]) -> bool:
        if data.get("event") in _ENDS:
            return self.subgraphs.pop(namespace, None) is not None
        known = namespace in self.subgraphs
        self.subgraphs[namespace] = str(data.get("graph_name", ""))
        return not known  # another attempt goes on with it

    def _changed(self, changed: RunStatusChanged) -> Iterator[Words]:
        match changed.to_status:
            case RunStatus.RUN_STATUS_RUNNING:
                yield from self._begin(changed.attempt)
            case RunStatus.RUN_STATUS_SUCCEEDED:
                yield from self._end(INTERRUPTED if _asks(changed.output.data) else COMPLETED)
            case RunStatus.RUN_STATUS_FAILED:
                yield from self._end(FAILED, _text(changed.error))
            case RunStatus.RUN_STATUS_CANCELLED:
                yield from self._end(INTERRUPTED)
            case RunStatus.RUN_STATUS_INTERRUPTED:
                yield from self._end(INTERRUPTED)
                self.ended = False
            case _:
                return  # it waits, or is asked to end

    def _begin(self, attempt: int) -> Iterator[Words]:
        for message_id, (namespace, start) in self._messages.items():
            data = {"event": "error", "message": LOST, "id": message_id}
            run = {"run_id": start["run_id"]} if "run_id" in start else {}
            yield self._say("messages", namespace, {**data, **run})
        self._messages.clear()
        self._asked.clear()
        answered = self._answered()
        if attempt == 1 and answered:
            yield self._say(ANSWERED, (), {"interrupt_ids": answered})
        yield self._life((), RUNNING)

    def _answered(self) -> Sequence[str]:
        """Return the questions that the run was given answers to by name."""
        command = self._run.options.command if self._run.options else None
        resume = (command or {}).get("resume")
        if not isinstance(resume, Mapping) or not all(map(_INTERRUPT_ID.fullmatch, resume)):
            return []
        return list(resume)

    def _end(self, how: str, error: str = "") -> Iterator[Words]:
        for interrupt_id, value in self._questions.items():
            data = {"interrupt_id": interrupt_id, "payload": value, "value": value}
            yield self._say(REQUESTED, (), data)
        for namespace in sorted(self.subgraphs, key=len, reverse=True):
            yield self._life(namespace, how, error)
        self._questions.clear()
        self.subgraphs.clear()
        self.ended = True
        yield self._life((), how, error)

    def _life(self, namespace: tuple[str, ...], how: str, error: str = "") -> Words:
        name = self.subgraphs.get(namespace, "") if namespace else self._graph
        data: dict[str, Any] = {"event": how, "graph_name": name}
        if namespace:
            data["namespace"] = list(namespace)
        if error:
            data["error"] = error
        return self._say(LIFECYCLE, namespace, data)

    def _say(self, method: str, namespace: Sequence[str], data: Any) -> Words:
        return words_of(method, namespace, self._at, data)


def _asks(data: bytes) -> bool:
    """Whether a run's output holds questions."""
    if SIGN not in data:
        return False
    output = decode(data)
    return isinstance(output, dict) and INTERRUPT in output


def _text(error: status_pb2.Status) -> str:
    """Return what an exception said, without its class, which other protocols tell apart."""
    for detail in error.details:
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info):
            return str(error.message).removeprefix(f"{info.metadata.get('error', '')}: ")
    return str(error.message)

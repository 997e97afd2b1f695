"""What a node is given besides the state, and how it asks a human.

`Context` is for async nodes, `SyncContext` for the others; they differ in `artifacts` only. What a
node tells (`emit`, `write`, `progress`, `log`) is kept at once; awaiting it, or calling it on a
thread, also waits while too much is on its way to disk.
"""

import asyncio
import logging
import math
from collections.abc import Coroutine, Generator, Mapping
from typing import Any, ClassVar, Final

from runwire.domain.event import ArtifactAdded, Custom, Detail, LogEntry, OutputChunk, Progress
from runwire.domain.namespace import local_id
from runwire.domain.payload import Payload, check_size
from runwire.engine.artifacts import NodeArtifacts, SyncArtifacts
from runwire.engine.recorder import Recorder
from runwire.engine.scope import CURRENT, Scope
from runwire.engine.shapes import free

LEVELS: Final[Mapping[str, int]] = {
    "critical": 2,
    "error": 3,
    "warning": 4,
    "notice": 5,
    "info": 6,
    "debug": 7,
}
"""Names of levels → RFC 5424 severities."""

_LEVELS: Final = (50, 50, 50, 40, 30, 20, 20, 10)
"""RFC 5424 severities → levels of the standard library."""
_nodes = logging.getLogger("runwire.node")


def interrupt(value: Any, schema: Any = None) -> Any:
    """Park the run until a human answers; return the answer.

    The node is left here, and runs again from its start once there is an answer: what it does
    before should be safe to do twice. ``schema`` is a JSON Schema or a type that answers must fit.
    """
    scope = CURRENT.get()
    if scope is None:
        raise RuntimeError("interrupt() can be called inside a node only")
    return scope.ask(value, schema)


class Told:
    """Something a node told: it is kept; awaiting this waits until there is room for more."""

    __slots__ = ("_full",)

    def __init__(self, full: Recorder | None = None) -> None:
        self._full = full

    def __await__(self) -> Generator[Any, None, None]:
        if self._full is not None:
            yield from self._full.room().__await__()


_TOLD: Final = Told()


class StepContext:
    """What every node can know and tell."""

    __slots__ = ("_artifacts", "_scope")

    runwire_context: ClassVar[bool] = True

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._artifacts: Any = None

    @property
    def run_id(self) -> str:
        """Id of the run, unique in its namespace."""
        return local_id(self._scope.run.run_id)

    @property
    def namespace(self) -> str:
        """The namespace that the run belongs to."""
        return self._scope.run.namespace

    @property
    def graph_id(self) -> str:
        """Id of the graph."""
        return local_id(self._scope.run.graph_id)

    @property
    def labels(self) -> Mapping[str, str]:
        """Labels of the run, as they were when this attempt of it began."""
        return self._scope.run.labels

    @property
    def node(self) -> str:
        """Name of the node."""
        return self._scope.step.node

    @property
    def visit(self) -> int:
        """How often the run has come to this node, from 1."""
        return self._scope.step.visit

    @property
    def attempt(self) -> int:
        """Which attempt at this step it is, from 1."""
        return self._scope.step.attempt

    @property
    def step_id(self) -> str:
        """Id of the step, unique in the run."""
        return self._scope.step.step_id

    @property
    def effect_key(self) -> str:
        """A word for this step, the same in every attempt: makes effects elsewhere idempotent."""
        return f"{self._scope.run.run_id}/{self._scope.step.step_id}"

    @property
    def trace_parent(self) -> str:
        """The W3C `traceparent` to hand on in calls of the node's own; empty without a trace."""
        return self._scope.trace_parent

    @property
    def cancelled(self) -> bool:
        """Whether the node should end: the run is being cancelled, or time is up."""
        return self._scope.cancelled

    def emit(self, type: str, data: Any = None) -> Told:  # noqa: A002 - the word of the event
        """Tell an event of your own; `type` is a reverse-DNS name such as `org.example.scored`."""
        if not type or not isinstance(type, str):
            raise ValueError("an event needs a type, such as 'org.example.scored'")
        payload = _payload(data)
        return self._tell(Custom(type=_text(type), payload=payload), len(payload.data))

    def write(self, channel: str, data: Any) -> Told:
        """Tell a piece of output, such as a token; pieces are discarded some time after the run."""
        payload = _payload(data)
        return self._tell(OutputChunk(channel=_text(channel), payload=payload), len(payload.data))

    def progress(self, fraction: float, message: str = "") -> Told:
        """Tell how far the node is, from 0 to 1."""
        if not math.isfinite(fraction):
            raise ValueError(f"progress is a fraction from 0 to 1, not {fraction}")
        share = min(max(float(fraction), 0.0), 1.0)
        return self._tell(Progress(fraction=share, message=_text(message)), len(message))

    def log(self, message: str, level: str | int = "info", **fields: Any) -> Told:
        """Tell a log line; `level` is a name such as "warning" or an RFC 5424 severity.

        The worker's own log has it, too, without the fields.
        """
        severity = LEVELS.get(level.lower()) if isinstance(level, str) else level
        if severity is None or not 0 <= severity <= 7:
            raise ValueError(f"no level {level!r}; levels: {', '.join(LEVELS)}, or 0 to 7")
        facts = _payload(fields).data if fields else b""
        entry = LogEntry(severity=severity, message=_text(str(message)), fields=facts)
        told = self._tell(entry, len(entry.message) + len(facts))
        step = self._scope.step
        _nodes.log(
            _LEVELS[severity],
            "%s",
            entry.message,
            extra={"node": step.node, "step_id": step.step_id, "attempt": step.attempt},
        )
        return told

    def _tell(self, detail: Detail, size_bytes: int = 0) -> Told:
        scope = self._scope
        if scope.tell(detail, size_bytes=size_bytes):
            return _TOLD
        if scope.elsewhere:
            self._call(scope.recorder.room())
            return _TOLD
        return Told(scope.recorder)

    def _call(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        try:
            return asyncio.run_coroutine_threadsafe(coroutine, self._scope.loop).result()
        except RuntimeError:
            coroutine.close()
            raise

    def _node_artifacts(self) -> NodeArtifacts:
        scope = self._scope

        def tell(added: ArtifactAdded) -> Told:
            return Told(None if scope.tell(added) else scope.recorder)

        return NodeArtifacts(scope.artifacts, scope.run.run_id, tell=tell)


class Context(StepContext):
    """What an async node is given."""

    __slots__ = ()

    @property
    def artifacts(self) -> NodeArtifacts:
        """Artifacts of the run: `await context.artifacts.save("report.html", html)`."""
        if self._artifacts is None:
            self._artifacts = self._node_artifacts()
        found: NodeArtifacts = self._artifacts
        return found


class SyncContext(StepContext):
    """What a node that is not async is given."""

    __slots__ = ()

    @property
    def artifacts(self) -> SyncArtifacts:
        """Artifacts of the run: `context.artifacts.save("report.html", html)`."""
        if self._artifacts is None:
            self._artifacts = SyncArtifacts(self._node_artifacts(), self._call)
        found: SyncArtifacts = self._artifacts
        return found


def _payload(data: Any) -> Payload:
    payload = Payload(free.dump(data))
    check_size(payload.data, name="the data of an event")
    return payload


def _text(text: str) -> str:
    """Return a text that can be told; raise if it is too large, or half of a surrogate pair."""
    check_size(text.encode(), name="a text of an event")
    return text

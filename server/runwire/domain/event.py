"""Events about a run, numbered from 1 without gaps.

A `NewEvent` has no number yet: the journal gives it one when it is recorded. Recorded events rest
and travel as bytes (see ``segment.py``); nothing inside the server needs them apart again.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from runwire.domain.payload import Payload
from runwire.domain.run import Interrupt, RunError, RunStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChanged:
    """The run entered another status; `from_status` is None in its first event."""

    from_status: RunStatus | None
    to_status: RunStatus
    reason: str = ""
    output: Payload | None = None
    error: RunError | None = None
    attempt: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StepChanged:
    """A step started or ended."""

    to_status: RunStatus
    attempt: int
    node: str
    visit: int
    tool: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateUpdated:
    """A checkpoint was saved; `update` is a JSON object of the keys that changed."""

    checkpoint_id: str
    nodes: tuple[str, ...]
    update: bytes
    next_nodes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputChunk:
    """A piece of output, for example a token: a delta."""

    channel: str
    payload: Payload


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a node is, from 0 to 1: a delta."""

    fraction: float
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """A log line; `severity` is RFC 5424's number, `fields` a JSON object or empty."""

    severity: int
    message: str
    fields: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactAdded:
    """An artifact of the run was stored."""

    artifact_id: str
    filename: str
    content_type: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Custom:
    """An application-defined event."""

    type: str
    payload: Payload


@dataclass(frozen=True, slots=True, kw_only=True)
class InterruptRaised:
    """A node asked a question."""

    interrupt: Interrupt


@dataclass(frozen=True, slots=True, kw_only=True)
class InterruptAnswered:
    """A question was answered."""

    interrupt_id: str
    answer: bytes


Detail = (
    StatusChanged
    | StepChanged
    | StateUpdated
    | OutputChunk
    | Progress
    | LogEntry
    | ArtifactAdded
    | Custom
    | InterruptRaised
    | InterruptAnswered
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """An event not yet recorded, so it has no sequence; `step_id` is empty for the run itself."""

    at: datetime
    detail: Detail
    step_id: str = ""

    @property
    def delta(self) -> bool:
        """Whether it is discarded some time after the run ends, its sum being in the state."""
        return isinstance(self.detail, OutputChunk | Progress)

    @property
    def final(self) -> bool:
        """Whether the run ends with this event."""
        return isinstance(self.detail, StatusChanged) and self.detail.to_status.final


@dataclass(frozen=True, slots=True)
class EncodedEvent:
    """An event that a worker elsewhere has encoded: RunEvent bytes that lack their sequence."""

    body: bytes
    delta: bool = False
    final: ClassVar[bool] = False  # a worker says how an attempt ended, never that a run did

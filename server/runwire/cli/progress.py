"""How far a watched run is: its steps and the tails of its output, made of events."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from runwire.cli.sentences import compact
from runwire_client import Event

TAIL_LENGTH: Final = 240
ENDED: Final = frozenset({"succeeded", "failed", "cancelled", "interrupted"})


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """A step as it is shown."""

    step_id: str
    status: str
    attempt: int
    started_at: datetime
    ended_at: datetime | None = None
    fraction: float | None = None
    message: str = ""


class Progress:
    """Takes in events; another thread may look at it meanwhile."""

    def __init__(self) -> None:
        self._steps: dict[str, StepView] = {}
        self._tails: dict[str, str] = {}

    def steps(self) -> Sequence[StepView]:
        """Return the steps in the order they began."""
        return list(self._steps.values())

    def tails(self) -> Sequence[tuple[str, str]]:
        """Return the end of what each channel has put out."""
        return list(self._tails.items())

    def take(self, event: Event) -> None:
        """Take in an event."""
        if event.kind == "step_changed":
            self._step_changed(event)
        elif event.kind == "output_chunk":
            self._output_chunk(event)
        elif event.kind == "progress" and event.step_id in self._steps:
            self._steps[event.step_id] = replace(
                self._steps[event.step_id],
                fraction=event.data["fraction"],
                message=event.data["message"],
            )

    def _output_chunk(self, event: Event) -> None:
        channel, payload = event.data["channel"], event.data["payload"]
        piece = payload if isinstance(payload, str) else f"{compact(payload)} "
        self._tails[channel] = (self._tails.get(channel, "") + piece)[-TAIL_LENGTH:]

    def _step_changed(self, event: Event) -> None:
        status = str(event.data["to_status"] or "unknown")
        before = self._steps.get(event.step_id)
        begins = before is None or event.data["attempt"] > before.attempt
        self._steps[event.step_id] = StepView(
            step_id=event.step_id,
            status=status,
            attempt=event.data["attempt"],
            started_at=event.time if before is None or begins else before.started_at,
            ended_at=event.time if status in ENDED else None,
            message=event.data["message"],
        )

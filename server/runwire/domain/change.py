"""What one commit says about one run."""

from dataclasses import dataclass

from runwire.domain.checkpoint import Checkpoint
from runwire.domain.event import EncodedEvent, NewEvent
from runwire.domain.run import Run
from runwire.domain.step import Step
from runwire.domain.thread import ThreadChange
from runwire.domain.thread_checkpoint import Saved


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A run's new row, the events that led there, and their steps and checkpoints."""

    run: Run
    events: tuple[NewEvent | EncodedEvent, ...] = ()
    steps: tuple[Step, ...] = ()
    checkpoints: tuple[Checkpoint, ...] = ()
    saved: tuple[Saved, ...] = ()
    thread: ThreadChange | None = None

    def leaves(self, run: Run) -> bool:
        """Whether this leaves a run as it is."""
        return self.run is run and not (self.events or self.steps or self.checkpoints or self.saved)

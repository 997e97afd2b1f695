"""What the inside needs from the outside to keep schedules."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from runwire.domain.paging import Page
from runwire.domain.run import RunId
from runwire.domain.schedule import Schedule, ScheduleId, Turn
from runwire.domain.thread_ports import Found

Edit = Callable[[Schedule], Schedule]
"""The schedule as it is → as it shall be; raises to refuse."""


class ScheduleStore(Protocol):
    """Schedules at rest."""

    async def now(self) -> datetime:
        """Return the time by the database's clock."""

    async def add(self, schedule: Schedule, *, max_count: int) -> Schedule:
        """Store a new schedule; raise AlreadyExists, or Exhausted if its namespace has so many."""

    async def get(self, schedule_id: ScheduleId) -> Schedule:
        """Return a schedule with its input and recent runs, or raise NotFound."""

    async def find(self, namespace: str, page_size: int, page_token: str) -> Page[Schedule]:
        """Return one page of a namespace, by id, with recent runs and without inputs."""

    async def change(self, schedule_id: ScheduleId, edit: Edit) -> Schedule:
        """Record an edit, return the schedule after it; raise NotFound, or what the edit raises."""

    async def delete(self, schedule_id: ScheduleId) -> None:
        """Delete a schedule; raise NotFound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleFilter:
    """Which schedules of a namespace are meant: only those of assistants.

    What is left out does not count. ``metadata``, ``also`` and ``graphs`` are as in `ThreadFilter`.
    """

    namespace: str
    ids: tuple[str, ...] = ()
    assistant_id: str = ""
    thread_id: str = ""
    paused: bool | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    also: Mapping[str, Any] = field(default_factory=dict)
    graphs: tuple[str, ...] = ()


class ScheduleSearch(Protocol):
    """Finds schedules by what they run."""

    async def search(
        self, where: ScheduleFilter, *, sort_by: str, descending: bool, limit: int, offset: int
    ) -> Found[Schedule]:
        """Return schedules that match, with inputs, sorted by a column and then by id."""


class ScheduleTurns(Protocol):
    """What schedules have to do now."""

    async def due(
        self, now: datetime, limit: int, after: tuple[datetime, ScheduleId] | None
    ) -> Sequence[Schedule]:
        """Return schedules whose next time has come, by it, behind a position."""

    async def waiting(self, limit: int, after: ScheduleId) -> Sequence[Schedule]:
        """Return schedules, by id, whose buffered time waits for nothing any more."""

    async def advance(self, turn: Turn) -> bool:
        """Record a turn that creates no run; return whether the schedule was still so."""

    async def overrun(self, limit: int) -> Sequence[tuple[ScheduleId, RunId]]:
        """Return runs that a buffered time of their schedule wants cancelled."""

    async def next_look(self) -> tuple[datetime | None, bool]:
        """Return the earliest next time there is, and whether any schedule has a buffered one."""

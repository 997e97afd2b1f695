"""A schedule, and the turns it takes: for each time that comes, whether a run is created.

1. A turn is a pure decision about a schedule as it was read; it counts only while the schedule is
   still so (`revision`), and is recorded in one transaction with the run that it creates.
2. What a turn leaves out it counts: every time either gets a run or is in `skipped_count`.
3. Times only go forward: neither a clock that is set back nor a change of the schedule brings back
   one that is `last_at` or earlier.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice, takewhile
from typing import Any, Final, NewType

from runwire.domain.errors import Conflict
from runwire.domain.payload import Payload
from runwire.domain.run import RunId

ScheduleId = NewType("ScheduleId", str)

ON_TIME: Final = timedelta(seconds=30)
"""A time that is looked at no later than this was not missed."""
MAX_TIMES: Final = 500
"""So many times at most are decided on in one turn; the next turn goes on."""
MAX_MESSAGE_CHARACTERS: Final = 1024
RECENT: Final = 10
SCHEDULE_LABEL: Final = "runwire.schedule"
TIME_LABEL: Final = "runwire.schedule_time"


class Overlap(StrEnum):
    """What happens when a time comes while a run of the schedule has not ended."""

    SKIP = "skip"
    BUFFER_ONE = "buffer_one"
    ALLOW = "allow"
    CANCEL_OTHER = "cancel_other"


class CatchUp(StrEnum):
    """What happens with times that passed while no server could look."""

    NONE = "none"
    LATEST = "latest"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledRun:
    """A run that a schedule created, and the time it was created for."""

    run_id: RunId
    schedule_at: datetime
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Creates runs at set times.

    ``spec`` is what each run shall be, but for its input, in words that only the app reads.
    ``next_at`` is the next time, None while paused; ``last_at`` the latest that was decided on;
    ``buffered_at`` the one whose run is created once the others have ended. ``edition`` grows when
    people change the schedule, ``revision`` also with every turn. ``busy`` says whether a run of it
    has not ended; ``recent`` is there only if asked for, and so is ``input``.

    After ``ends_at`` no time counts. ``graph_id``, ``thread_id`` and ``assistant_id`` (whole) are
    those of its runs if they are runs of an assistant, else empty; ``owner`` is who made it, and
    ``metadata`` what it is found by.
    """

    schedule_id: ScheduleId
    namespace: str
    cron: str
    time_zone: str = ""
    spec: bytes
    input: Payload = field(default_factory=Payload)
    overlap: Overlap = Overlap.SKIP
    catch_up: CatchUp = CatchUp.LATEST
    catch_up_seconds: float
    paused: bool = False
    pause_reason: str = ""
    created_at: datetime
    next_at: datetime | None = None
    last_at: datetime | None = None
    buffered_at: datetime | None = None
    skipped_count: int = 0
    error_message: str = ""
    edition: int = 1
    revision: int = 1
    busy: bool = False
    recent: Sequence[ScheduledRun] = ()
    ends_at: datetime | None = None
    updated_at: datetime | None = None
    graph_id: str = ""
    thread_id: str = ""
    assistant_id: str = ""
    owner: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def until_end(self, times: Iterable[datetime]) -> Iterator[datetime]:
        """Yield the times that come before it ends."""
        return takewhile(lambda at: self.ends_at is None or at <= self.ends_at, times)

    @property
    def etag(self) -> str:
        """A word that changes whenever somebody changes the schedule."""
        return f"s{self.edition}"

    def edited(self, **changes: object) -> "Schedule":
        """Return the schedule after a change that somebody has asked for."""
        return replace(self, edition=self.edition + 1, **changes)  # type: ignore[arg-type]

    def check_etag(self, etag: str) -> None:
        """Raise Conflict unless an etag is empty or that of the schedule as it is."""
        if etag and etag != self.etag:
            raise Conflict(
                f"schedule {self.schedule_id} has changed since etag {etag}: get it, and try again",
                reason="ETAG_MISMATCH",
                schedule_id=self.schedule_id,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What becomes of a schedule read at a revision; the time ``run_at`` gets a run."""

    revision: int
    after: Schedule
    run_at: datetime | None = None

    def without_run(self, message: str) -> "Turn":
        """Return the turn for a run that could not be created: its time is left out."""
        after = replace(
            self.after,
            skipped_count=self.after.skipped_count + 1,
            error_message=message[:MAX_MESSAGE_CHARACTERS],
        )
        return replace(self, after=after, run_at=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Firing:
    """A run's origin: recorded with its creation, or neither is.

    ``turn`` is None for a run that somebody asks for besides the schedule's times.
    """

    schedule_id: ScheduleId
    schedule_at: datetime
    turn: Turn | None = None


def take_turn(schedule: Schedule, times: Iterable[datetime], now: datetime) -> Turn:
    """Decide on the times from ``next_at`` on that have come; ``times`` are all from there on."""
    if schedule.next_at is None or schedule.next_at > now:
        return _after_others(schedule)
    coming = []  # what is due, and one more
    for at in islice(times, MAX_TIMES + 1):
        coming.append(at)
        if at > now:
            break
    due = [at for at in coming[:MAX_TIMES] if at <= now]
    more = len(coming) > MAX_TIMES and coming[MAX_TIMES] <= now
    first = next((i for i, at in enumerate(due) if _counts(schedule, due, i, now, more)), None)
    if first is None:
        return _turn(schedule, coming, len(due), skipped=len(due))
    if schedule.busy and schedule.overlap is not Overlap.ALLOW:
        return _overlapping(schedule, coming, first, due[first])
    return _free(schedule, coming, first, due[first])


def _free(schedule: Schedule, coming: list[datetime], skipped: int, at: datetime) -> Turn:
    """Decide on a time that nothing is in the way of, unless another has waited."""
    if schedule.buffered_at is None or schedule.busy:
        return _turn(schedule, coming, skipped + 1, skipped=skipped, run_at=at)
    if schedule.overlap is not Overlap.CANCEL_OTHER:
        return _after_others(schedule)  # first what has waited; the next turn is for this
    return _turn(schedule, coming, skipped + 1, skipped=skipped + 1, run_at=at, buffered=None)


def _overlapping(schedule: Schedule, coming: list[datetime], skipped: int, at: datetime) -> Turn:
    """Decide on a time that comes while another run has not ended."""
    held = schedule.buffered_at
    match schedule.overlap:
        case Overlap.SKIP:
            return _turn(schedule, coming, skipped + 1, skipped=skipped + 1)
        case Overlap.BUFFER_ONE:
            lost = int(held is not None)
            return _turn(schedule, coming, skipped + 1, skipped=skipped + lost, buffered=held or at)
        case Overlap.CANCEL_OTHER:
            lost = int(held is not None)
            return _turn(schedule, coming, skipped + 1, skipped=skipped + lost, buffered=at)
        case Overlap.ALLOW:
            return _turn(schedule, coming, skipped + 1, skipped=skipped, run_at=at)


def _after_others(schedule: Schedule) -> Turn:
    """Create the run that has waited, if its time has come: the others have ended."""
    if schedule.buffered_at is None or schedule.busy:
        return Turn(revision=schedule.revision, after=schedule)
    after = replace(schedule, buffered_at=None, error_message="")
    return Turn(revision=schedule.revision, after=after, run_at=schedule.buffered_at)


_KEPT: Final = object()


def _turn(
    schedule: Schedule,
    coming: list[datetime],
    count: int,
    *,
    skipped: int,
    run_at: datetime | None = None,
    buffered: object = _KEPT,
) -> Turn:
    """Return the turn that has decided on so many of the times that come."""
    after = replace(
        schedule,
        next_at=coming[count] if count < len(coming) else None,
        last_at=coming[count - 1],
        skipped_count=schedule.skipped_count + skipped,
        error_message="" if run_at else schedule.error_message,
    )
    if buffered is not _KEPT:
        after = replace(after, buffered_at=buffered)  # type: ignore[arg-type]
    return Turn(revision=schedule.revision, after=after, run_at=run_at)


def _counts(schedule: Schedule, due: list[datetime], index: int, now: datetime, more: bool) -> bool:
    """Whether a time that has come is to get a run, as far as catching up goes."""
    late = now - due[index]
    if late > max(ON_TIME, timedelta(seconds=schedule.catch_up_seconds)):
        return False
    match schedule.catch_up:
        case CatchUp.ALL:
            return True
        case CatchUp.LATEST:
            return index == len(due) - 1 and not more
        case CatchUp.NONE:
            return late <= ON_TIME

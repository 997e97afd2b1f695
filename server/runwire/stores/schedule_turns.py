"""The turns of schedules, recorded so that each time gets one run however many servers look.

1. A turn counts only if its schedule is still as it was read: of two servers one comes first.
2. Nobody waits for a schedule that another server has locked: that one is at it.
3. The run and the turn are one transaction (`fire`). A run that is refused is refused before
   anything is written, so that it is no concern of the works it shares the transaction with.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, and_, bindparam, delete, exists, insert, or_, select, update

from runwire.domain.errors import Conflict
from runwire.domain.namespace import local_id
from runwire.domain.run import RunId, RunStatus
from runwire.domain.schedule import RECENT, Firing, Overlap, Schedule, ScheduleId, Turn
from runwire.domain.work import Created, Seed
from runwire.stores.batch import Batch
from runwire.stores.database import Database
from runwire.stores.schedule_tables import schedule_runs, schedules
from runwire.stores.schedules import NEWEST_FIRST, WHOLE, row_of, schedule_from
from runwire.stores.tables import runs

_OPEN: Final = [status.value for status in RunStatus if not status.final]
_CANCELLABLE: Final = [
    status.value for status in (RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.INTERRUPTED)
]
_BUSY: Final = exists().where(
    schedule_runs.c.schedule_id == schedules.c.schedule_id,
    schedule_runs.c.run_id == runs.c.run_id,
    runs.c.status.in_(_OPEN),
)
_LOOK: Final = WHOLE.add_columns(_BUSY.label("busy"))
_POSITION: Final = (schedules.c.next_at, schedules.c.schedule_id)
_BUFFERED: Final = schedules.c.buffered_at.is_not(None)

# Made once: a thousand schedules may be due in the same minute.
_SAME: Final = schedules.c.schedule_id == bindparam("of_schedule")
_REVISION: Final = select(schedules.c.revision).where(_SAME)
_FREE: Final = _REVISION.with_for_update(key_share=True, skip_locked=True)
_THERE: Final = _REVISION.with_for_update(read=True, key_share=True)
_RECORD: Final = update(schedules).where(_SAME)
_REMEMBER: Final = insert(schedule_runs)
_LAST: Final = (
    select(schedule_runs.c.run_id)
    .where(schedule_runs.c.schedule_id == bindparam("of_schedule"))
    .order_by(*NEWEST_FIRST)
    .limit(RECENT)
)
_UNFINISHED: Final = exists().where(
    runs.c.run_id == schedule_runs.c.run_id, runs.c.status.in_(_OPEN)
)
_FORGET: Final = delete(schedule_runs).where(
    schedule_runs.c.schedule_id == bindparam("of_schedule"),
    schedule_runs.c.run_id.not_in(_LAST),
    ~_UNFINISHED,
)
"""Of a schedule's runs the newest stay, and those that have not ended."""


class SqlScheduleTurns:
    """Looks which schedules are due, and records what becomes of them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def due(
        self, now: datetime, limit: int, after: tuple[datetime, ScheduleId] | None
    ) -> Sequence[Schedule]:
        query = _LOOK.where(schedules.c.next_at <= now).order_by(*_POSITION).limit(limit)
        if after is not None:
            at, schedule_id = after
            later = and_(schedules.c.next_at == at, schedules.c.schedule_id > schedule_id)
            query = query.where(or_(schedules.c.next_at > at, later))
        return await self._database.read(
            lambda connection: [schedule_from(row) for row in connection.execute(query)]
        )

    async def waiting(self, limit: int, after: ScheduleId) -> Sequence[Schedule]:
        query = _LOOK.where(_BUFFERED, ~_BUSY, schedules.c.schedule_id > after)
        query = query.order_by(schedules.c.schedule_id).limit(limit)
        return await self._database.read(
            lambda connection: [schedule_from(row) for row in connection.execute(query)]
        )

    async def advance(self, turn: Turn) -> bool:
        def write(connection: Connection) -> bool:
            if not _ours(connection, turn.after.schedule_id, turn):
                return False
            _write(connection, turn)
            return True

        return await self._database.write(write)

    async def overrun(self, limit: int) -> Sequence[tuple[ScheduleId, RunId]]:
        # One that somebody has asked for since is none of these.
        query = (
            select(schedule_runs.c.schedule_id, schedule_runs.c.run_id)
            .join(schedules, schedules.c.schedule_id == schedule_runs.c.schedule_id)
            .join(runs, runs.c.run_id == schedule_runs.c.run_id)
            .where(
                _BUFFERED,
                schedules.c.overlap == Overlap.CANCEL_OTHER.value,
                schedule_runs.c.schedule_at < schedules.c.buffered_at,
                runs.c.status.in_(_CANCELLABLE),
            )
            .limit(limit)
        )
        return await self._database.read(
            lambda connection: [
                (ScheduleId(row.schedule_id), RunId(row.run_id))
                for row in connection.execute(query)
            ]
        )

    async def next_look(self) -> tuple[datetime | None, bool]:
        soonest = select(schedules.c.next_at).where(schedules.c.next_at.is_not(None))
        soonest = soonest.order_by(*_POSITION).limit(1)
        any_buffered = select(schedules.c.schedule_id).where(_BUFFERED).limit(1)
        return await self._database.read(
            lambda connection: (
                connection.execute(soonest).scalar_one_or_none(),
                connection.execute(any_buffered).first() is not None,
            )
        )


def fire(batch: Batch, seed: Seed, firing: Firing) -> Created:
    """Create a schedule's run and record its turn; raise Conflict if another server has."""
    if not _ours(batch.connection, firing.schedule_id, firing.turn):
        name = local_id(firing.schedule_id)
        raise Conflict(
            f"schedule {name} has changed meanwhile: try again",
            reason="SCHEDULE_CHANGED",
            schedule_id=name,
        )
    created = batch.create(seed)
    connection = batch.connection
    if firing.turn is not None:
        _write(connection, firing.turn)
    connection.execute(
        _REMEMBER,
        {
            "schedule_id": firing.schedule_id,
            "run_id": created.run.run_id,
            "schedule_at": firing.schedule_at,
            "created_at": batch.now,
        },
    )
    connection.execute(_FORGET, {"of_schedule": firing.schedule_id})
    return created


def _ours(connection: Connection, schedule_id: ScheduleId, turn: Turn | None) -> bool:
    """Lock the schedule, unless another server has; whether it is still as the turn has read it."""
    # For a run on demand the schedule only has to stay; turns of it may go on.
    query = _THERE if turn is None else _FREE
    revision = connection.execute(query, {"of_schedule": schedule_id}).scalar_one_or_none()
    return revision is not None and (turn is None or revision == turn.revision)


def _write(connection: Connection, turn: Turn) -> None:
    after = {**row_of(turn.after), "revision": turn.revision + 1}
    name = after.pop("schedule_id")
    connection.execute(_RECORD, {**after, "of_schedule": name})

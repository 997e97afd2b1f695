"""Schedules at rest, for the people who make, read and change them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, delete, func, insert, select, update

from runwire.domain.errors import AlreadyExists, Exhausted
from runwire.domain.missing import no_schedule
from runwire.domain.namespace import local_id
from runwire.domain.paging import Page, position_of, token_of
from runwire.domain.payload import decode, encode
from runwire.domain.run import RunId
from runwire.domain.schedule import (
    RECENT,
    CatchUp,
    Overlap,
    Schedule,
    ScheduledRun,
    ScheduleId,
)
from runwire.domain.schedule_ports import Edit
from runwire.stores.database import Database
from runwire.stores.rows import form_of, payload_from
from runwire.stores.schedule_tables import schedule_runs, schedule_specs, schedules

_SAME_IN_ROW: Final = (
    "schedule_id", "namespace", "cron", "time_zone", "catch_up_seconds", "paused", "pause_reason",
    "created_at", "next_at", "last_at", "buffered_at", "skipped_count", "error_message", "edition",
    "revision", "ends_at", "updated_at", "graph_id", "thread_id", "assistant_id",
    "owner",
)  # fmt: skip
WHOLE: Final = select(schedules, schedule_specs.c.spec, schedule_specs.c.input,
                      schedule_specs.c.form).join(schedule_specs)  # fmt: skip
_WITHOUT_INPUT: Final = select(schedules, schedule_specs.c.spec).join(schedule_specs)
"""An input may have a megabyte, and a page a thousand schedules."""
NEWEST_FIRST: Final = (
    schedule_runs.c.created_at.desc(),
    schedule_runs.c.schedule_at.desc(),
    schedule_runs.c.run_id.desc(),
)


class SqlScheduleStore:
    """Keeps schedules."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def now(self) -> datetime:
        return await self._database.writer.write(lambda batch: batch.now, in_hand=True)

    async def add(self, schedule: Schedule, *, max_count: int) -> Schedule:
        def write(connection: Connection) -> Schedule:
            of_space = schedules.c.namespace == schedule.namespace
            same = schedules.c.schedule_id == schedule.schedule_id
            if connection.execute(select(schedules.c.schedule_id).where(same)).first():
                raise _taken(schedule)
            count = connection.scalar(select(func.count()).select_from(schedules).where(of_space))
            if count is not None and count >= max_count:
                raise Exhausted(
                    f"there are {count} schedules already: delete one that is not needed",
                    reason="TOO_MANY_SCHEDULES",
                    max_count=max_count,
                )
            connection.execute(insert(schedules).values(row_of(schedule)))
            connection.execute(insert(schedule_specs).values(_row_of_spec(schedule)))
            return schedule

        return await self._database.write(write)

    async def get(self, schedule_id: ScheduleId) -> Schedule:
        def query(connection: Connection) -> Schedule:
            found = connection.execute(
                WHOLE.where(schedules.c.schedule_id == schedule_id)
            ).one_or_none()
            if found is None:
                raise no_schedule(local_id(schedule_id))
            [schedule] = _with_recent(connection, [schedule_from(found)])
            return schedule

        return await self._database.read(query)

    async def find(self, namespace: str, page_size: int, page_token: str) -> Page[Schedule]:
        query = ("schedules", namespace)
        after = position_of(page_token, query=query, kinds=(str,))
        statement = _WITHOUT_INPUT.where(schedules.c.namespace == namespace)
        if after is not None:
            statement = statement.where(schedules.c.schedule_id > after[0])
        statement = statement.order_by(schedules.c.schedule_id).limit(page_size + 1)

        def read(connection: Connection) -> Page[Schedule]:
            found = [schedule_from(row) for row in connection.execute(statement)]
            items = _with_recent(connection, found[:page_size])
            more = len(found) > page_size
            return Page(items, token_of((items[-1].schedule_id,), query=query) if more else "")

        return await self._database.read(read)

    async def change(self, schedule_id: ScheduleId, edit: Edit) -> Schedule:
        named = WHOLE.where(schedules.c.schedule_id == schedule_id)
        locked = named.with_for_update(of=schedules, key_share=True)

        def write(connection: Connection) -> Schedule:
            found = connection.execute(locked).one_or_none()
            if found is None:
                raise no_schedule(local_id(schedule_id))
            before = schedule_from(found)
            after = replace(edit(before), revision=before.revision + 1)
            same = schedules.c.schedule_id == schedule_id
            connection.execute(update(schedules).where(same).values(row_of(after)))
            if (before.spec, before.input) != (after.spec, after.input):
                of_spec = schedule_specs.c.schedule_id == schedule_id
                connection.execute(
                    update(schedule_specs).where(of_spec).values(_row_of_spec(after))
                )
            [schedule] = _with_recent(connection, [after])
            return schedule

        return await self._database.write(write)

    async def delete(self, schedule_id: ScheduleId) -> None:
        def write(connection: Connection) -> None:
            same = schedules.c.schedule_id == schedule_id
            if connection.execute(delete(schedules).where(same)).rowcount == 0:
                raise no_schedule(local_id(schedule_id))

        await self._database.write(write)


def row_of(schedule: Schedule) -> Mapping[str, Any]:
    """Return the row of a schedule, without what its runs shall be."""
    return {
        **{name: getattr(schedule, name) for name in _SAME_IN_ROW},
        "overlap": schedule.overlap.value,
        "catch_up": schedule.catch_up.value,
        "metadata": encode(dict(schedule.metadata), name="metadata").decode(),
    }


def schedule_from(row: Row[Any]) -> Schedule:
    """Return the schedule of a row; with its input and whether it is busy, if it says."""
    more: dict[str, Any] = {}
    if "input" in row._fields:
        more["input"] = payload_from(row.input, row.form)
    if "busy" in row._fields:
        more["busy"] = bool(row.busy)
    return Schedule(
        **{name: getattr(row, name) for name in _SAME_IN_ROW},
        **more,
        spec=row.spec,
        overlap=Overlap(row.overlap),
        catch_up=CatchUp(row.catch_up),
        metadata=decode(row.metadata.encode()),
    )


def _row_of_spec(schedule: Schedule) -> Mapping[str, Any]:
    return {
        "schedule_id": schedule.schedule_id,
        "spec": schedule.spec,
        "input": schedule.input.data,
        "form": form_of(schedule.input),
    }


def _with_recent(connection: Connection, found: Sequence[Schedule]) -> list[Schedule]:
    runs = {
        schedule_id: tuple(
            ScheduledRun(
                run_id=RunId(row.run_id), schedule_at=row.schedule_at, created_at=row.created_at
            )
            for row in rows
        )
        for schedule_id, rows in groupby(
            connection.execute(_newest_runs([each.schedule_id for each in found])),
            key=lambda row: row.schedule_id,
        )
    }
    return [replace(each, recent=runs.get(each.schedule_id, ())) for each in found]


def _newest_runs(schedule_ids: Sequence[str]) -> Select[Any]:
    """Return the query of the last runs of schedules, each one's newest first."""
    place = func.row_number().over(partition_by=schedule_runs.c.schedule_id, order_by=NEWEST_FIRST)
    ranked = (
        select(schedule_runs, place.label("place"))
        .where(schedule_runs.c.schedule_id.in_(schedule_ids))
        .subquery()
    )
    query = select(ranked).where(ranked.c.place <= RECENT)
    return query.order_by(ranked.c.schedule_id, ranked.c.place)


def _taken(schedule: Schedule) -> AlreadyExists:
    name = local_id(schedule.schedule_id)
    return AlreadyExists(
        f"schedule {name} exists: choose another schedule_id, or change it with UpdateSchedule",
        reason="SCHEDULE_ALREADY_EXISTS",
        schedule_id=name,
    )

"""Finds schedules by what they run: LangGraph's crons."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func, or_, select

from runwire.domain.reach import STARTS
from runwire.domain.schedule import Schedule
from runwire.domain.schedule_ports import ScheduleFilter
from runwire.domain.thread_ports import Found
from runwire.stores.containment import contains, filtered
from runwire.stores.database import Database
from runwire.stores.filters import operate
from runwire.stores.schedule_tables import schedules
from runwire.stores.schedules import WHOLE, schedule_from

SORTED: Final[Mapping[str, Any]] = {
    "schedule_id": schedules.c.schedule_id,
    "assistant_id": schedules.c.assistant_id,
    "thread_id": schedules.c.thread_id,
    "created_at": schedules.c.created_at,
    "updated_at": func.coalesce(schedules.c.updated_at, schedules.c.created_at),
    "next_at": schedules.c.next_at,
    "ends_at": schedules.c.ends_at,
}


class SqlScheduleSearch:
    """Implements ScheduleSearch."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def search(
        self, where: ScheduleFilter, *, sort_by: str, descending: bool, limit: int, offset: int
    ) -> Found[Schedule]:
        meant = _meant(where)
        column = SORTED[sort_by]
        order = [column.is_(None), column.desc() if descending else column.asc()]
        tie = schedules.c.schedule_id
        query = WHOLE.where(meant).order_by(*order, tie.desc() if descending else tie)
        count = select(func.count()).select_from(schedules).where(meant)
        return await self._database.read(
            lambda connection: Found(
                [
                    schedule_from(row)
                    for row in connection.execute(query.limit(limit).offset(offset))
                ],
                connection.execute(count).scalar_one(),
            )
        )


def _meant(where: ScheduleFilter) -> ColumnElement[bool]:
    columns = schedules.c
    parts = [columns.namespace == where.namespace, columns.assistant_id != ""]
    if where.ids:
        parts.append(columns.schedule_id.in_(where.ids))
    if where.assistant_id:
        parts.append(columns.assistant_id == where.assistant_id)
    if where.thread_id:
        parts.append(columns.thread_id == where.thread_id)
    if where.paused is not None:
        parts.append(columns.paused.is_(where.paused))
    if where.metadata:
        parts.append(contains(columns.metadata, dict(where.metadata)))
    if where.also:
        parts.append(filtered(columns.metadata, where.also))
    if where.graphs:
        parts.append(_of_graphs(where.graphs))
    return and_(*parts)


def _of_graphs(graphs: Sequence[str]) -> ColumnElement[bool]:
    """Say that the graph, as it was when the schedule was made, is one of these."""
    return or_(
        *(
            operate(schedules.c.graph_id, STARTS, each[:-1])
            if each.endswith("*")
            else schedules.c.graph_id == each
            for each in graphs
        )
    )

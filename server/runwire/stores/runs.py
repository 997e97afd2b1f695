"""Runs at rest."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, select, true, tuple_, union_all

from runwire.domain.filter import Filter, Order
from runwire.domain.missing import no_run
from runwire.domain.paging import Page, position_of, token_of
from runwire.domain.run import Run, RunId
from runwire.domain.work import Request
from runwire.stores.database import Database
from runwire.stores.filters import COLUMNS, branches_of, label_of, where_clause
from runwire.stores.rows import run_from
from runwire.stores.tables import requests, run_inputs, run_labels, runs
from runwire.stores.times import micros_of, time_of

_SELECT = select(runs, *run_inputs.c["data", "form", "options"]).join(run_inputs)
_GET = _SELECT.where(runs.c.run_id == bindparam("run_id"))


class SqlRunStore:
    """Reads runs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, run_id: RunId) -> Run:
        if self._database.alone:
            kept = self._database.tail.run(run_id)
            if kept is not None:
                return kept
        row = await self._database.read(
            lambda connection: connection.execute(_GET, {"run_id": run_id}).one_or_none()
        )
        if row is None:
            raise no_run(run_id)
        run = run_from(row)
        self._database.tail.see(run)
        return run

    async def seen(self, run_id: RunId) -> Run:
        return self._database.tail.seen(run_id) or await self.get(run_id)

    async def requested(self, request: Request) -> Run | None:
        query = select(requests.c.run_id).where(
            requests.c.request_id == request.request_id,
            requests.c.body_hash == request.body_hash,
        )
        run_id = await self._database.read(lambda c: c.execute(query).scalar_one_or_none())
        return None if run_id is None else await self.get(RunId(run_id))

    async def find(
        self, where: Filter, *, order: Order, page_size: int, page_token: str
    ) -> Page[Run]:
        query = (where, order)
        after = position_of(page_token, query=query, kinds=(int, str))
        statement = page_statement(where, order, after).limit(page_size + 1)

        def read(connection: Connection) -> list[Run]:
            return [run_from(row) for row in connection.execute(statement)]

        found = await self._database.read(read)
        if len(found) <= page_size:
            return Page(found)
        last = found[page_size - 1]
        return Page(found[:page_size], token_of(_rank(last, order), query=query))


def page_statement(where: Filter, order: Order, after: list[Any] | None) -> Any:
    """Return the page behind a position: one keyset comparison, so any page costs the same.

    The runs of a label are read in the labels' own order: looking whether each of a million runs
    has a label that few of them have would take seconds.
    """
    label = label_of(where) if order.field == "create_time" else None
    if label is not None:
        column, run_id = run_labels.c.created_at, run_labels.c.run_id
        namespace = run_labels.c.namespace
        named = (run_labels.c.key == label[0], run_labels.c.value == label[1])
        statement: Any = _SELECT.join(run_labels, run_labels.c.run_id == runs.c.run_id).where(
            *named,
            where_clause(where, {**COLUMNS, "create_time": column, "namespace": namespace}),
            _behind(after, order, column, run_id),
        )
        return statement.order_by(*_ordered(order, column, run_id))
    column = runs.c.priority if order.field == "priority" else runs.c.created_at
    behind = _behind(after, order, column, runs.c.run_id)
    pages = [_SELECT.where(where_clause(part), behind) for part in branches_of(where)]
    if len(pages) == 1:
        return pages[0].order_by(*_ordered(order, column, runs.c.run_id))
    # Under names of their own: in each part `run_id` could be that of two tables.
    ranked = (column.label("first_rank"), runs.c.run_id.label("second_rank"))
    together = union_all(*(page.add_columns(*ranked) for page in pages))
    found = together.selected_columns
    return together.order_by(*_ordered(order, found.first_rank, found.second_rank))


def _behind(after: list[Any] | None, order: Order, column: Any, run_id: Any) -> Any:
    if after is None:
        return true()
    value = after[0] if order.field == "priority" else time_of(after[0])
    rank, position = tuple_(column, run_id), (value, after[1])
    return rank < position if order.descending else rank > position


def _ordered(order: Order, *columns: Any) -> Sequence[Any]:
    return [column.desc() for column in columns] if order.descending else columns


def _rank(run: Run, order: Order) -> tuple[Any, str]:
    if order.field == "priority":
        return run.priority, run.run_id
    return micros_of(run.created_at), run.run_id

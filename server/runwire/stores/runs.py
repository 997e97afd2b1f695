"""Runs at rest."""

from typing import Any

from sqlalchemy import Connection, bindparam, select, tuple_

from runwire.domain.errors import NotFound
from runwire.domain.filter import Filter, Order
from runwire.domain.paging import Page, position_of, token_of
from runwire.domain.run import Run, RunId
from runwire.domain.work import Request
from runwire.stores.database import Database
from runwire.stores.filters import where_clause
from runwire.stores.rows import run_from
from runwire.stores.tables import micros_of, requests, run_inputs, runs, time_of

_SELECT = select(runs, run_inputs.c.data, run_inputs.c.form).join(run_inputs)
_GET = _SELECT.where(runs.c.run_id == bindparam("run_id"))


class SqlRunStore:
    """Reads runs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, run_id: RunId) -> Run:
        kept = self._database.tail.run(run_id)
        if kept is not None:
            return kept
        row = await self._database.read(
            lambda connection: connection.execute(_GET, {"run_id": run_id}).one_or_none()
        )
        if row is None:
            raise NotFound(f"no run {run_id}", reason="RUN_NOT_FOUND", run_id=run_id)
        return run_from(row)

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
    """Return the page behind a position: one keyset comparison, so any page costs the same."""
    column = runs.c.priority if order.field == "priority" else runs.c.created_at
    statement = _SELECT.where(where_clause(where))
    if after is not None:
        value = after[0] if order.field == "priority" else time_of(after[0])
        rank, position = tuple_(column, runs.c.run_id), (value, after[1])
        statement = statement.where(rank < position if order.descending else rank > position)
    if order.descending:
        return statement.order_by(column.desc(), runs.c.run_id.desc())
    return statement.order_by(column, runs.c.run_id)


def _rank(run: Run, order: Order) -> tuple[Any, str]:
    if order.field == "priority":
        return run.priority, run.run_id
    return micros_of(run.created_at), run.run_id

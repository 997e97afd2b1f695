"""Runs at rest."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, bindparam, case, select, true, tuple_, union_all

from runwire.domain.filter import Filter, Order, slow
from runwire.domain.missing import no_run
from runwire.domain.paging import Page, position_of, token_of
from runwire.domain.run import Run, RunId
from runwire.domain.work import Request
from runwire.stores.database import Database
from runwire.stores.filters import COLUMNS, branches_of, label_of, way_of, where_clause
from runwire.stores.rows import run_from
from runwire.stores.tables import requests, run_inputs, run_labels, runs
from runwire.stores.times import micros_of, time_of

MAX_LOOKED: Final = 5000
"""So many runs are looked at for one page of what no index leads to."""
LOOKED_AT_ONCE: Final = 1000

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
        if slow(where):
            found, behind = await self._database.read(
                lambda connection: searched(connection, where, order, after, page_size)
            )
            return Page(found, "" if behind is None else token_of(behind, query=query))
        statement = page_statement(where, order, after).limit(page_size + 1)

        def read(connection: Connection) -> list[Run]:
            return [run_from(row) for row in connection.execute(statement)]

        found = await self._database.read(read)
        if len(found) <= page_size:
            return Page(found)
        last = found[page_size - 1]
        return Page(found[:page_size], token_of(_rank(last, order), query=query))


def searched(
    connection: Connection, where: Filter, order: Order, after: list[Any] | None, page_size: int
) -> tuple[list[Run], list[Any] | None]:
    """Return runs that no index leads to, and the position to go on from, None at the end.

    So many runs are looked at, in the order of the list and by one index; which of them are meant
    is a column of the statement, so that no database can choose another way by it.
    """
    hit = case((where_clause(where), 1), else_=0).label("hit")
    hits: list[str] = []
    looked = 0
    while looked < MAX_LOOKED:
        base = select(runs.c.run_id.label("found"), hit)
        rows = connection.execute(
            page_statement(way_of(where), order, after, base, ranked=True).limit(LOOKED_AT_ONCE)
        ).all()
        looked += len(rows)
        for row in rows:
            value = row.first_rank
            after = [value if order.field == "priority" else micros_of(value), row.found]
            if row.hit:
                hits.append(row.found)
            if len(hits) == page_size:
                return _runs(connection, hits), after
        if len(rows) < LOOKED_AT_ONCE:
            return _runs(connection, hits), None
    return _runs(connection, hits), after


def _runs(connection: Connection, run_ids: Sequence[str]) -> list[Run]:
    """Return runs in the order of their ids; one that is gone since is left out."""
    rows = connection.execute(_SELECT.where(runs.c.run_id.in_(run_ids))) if run_ids else ()
    found = {row.run_id: run_from(row) for row in rows}
    return [found[run_id] for run_id in run_ids if run_id in found]


def page_statement(
    where: Filter,
    order: Order,
    after: list[Any] | None,
    base: Any = _SELECT,
    *,
    ranked: bool = False,
) -> Any:
    """Return the page behind a position: one keyset comparison, so any page costs the same.

    The runs of a label are read in the labels' own order: looking whether each of a million runs
    has a label that few of them have would take seconds. Those of ``base``, which are runs, come
    with their ``first_rank`` if ``ranked``.
    """
    label = label_of(where) if order.field == "create_time" else None
    if label is not None:
        return _labelled(label, where, order, after, base, ranked=ranked)
    column = runs.c.priority if order.field == "priority" else runs.c.created_at
    behind = _behind(after, order, column, runs.c.run_id)
    pages = [base.where(where_clause(part), behind) for part in branches_of(where)]
    # Under names of their own: in each part `run_id` could be that of two tables.
    ranks = (column.label("first_rank"), runs.c.run_id.label("second_rank"))
    if len(pages) == 1:
        page = pages[0].add_columns(*ranks) if ranked else pages[0]
        return page.order_by(*_ordered(order, column, runs.c.run_id))
    together = union_all(*(page.add_columns(*ranks) for page in pages))
    found = together.selected_columns
    return together.order_by(*_ordered(order, found.first_rank, found.second_rank))


def _labelled(
    label: tuple[str, str],
    where: Filter,
    order: Order,
    after: list[Any] | None,
    base: Any,
    *,
    ranked: bool,
) -> Any:
    column, run_id, namespace = (run_labels.c[n] for n in ("created_at", "run_id", "namespace"))
    columns = {**COLUMNS, "create_time": column, "namespace": namespace}
    statement = base.join(run_labels, run_labels.c.run_id == runs.c.run_id).where(
        run_labels.c.key == label[0],
        run_labels.c.value == label[1],
        where_clause(where, columns),
        _behind(after, order, column, run_id),
    )
    if ranked:
        statement = statement.add_columns(column.label("first_rank"))
    return statement.order_by(*_ordered(order, column, run_id))


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

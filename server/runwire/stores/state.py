"""Steps and checkpoints at rest."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, LargeBinary, func, literal, select, tuple_

from runwire.domain.checkpoint import Checkpoint, checkpoint_id_of, state_at
from runwire.domain.errors import NotFound
from runwire.domain.paging import Page, position_of, token_of
from runwire.domain.run import RunId
from runwire.domain.step import Step
from runwire.stores.database import Database
from runwire.stores.rows import checkpoint_from, step_from
from runwire.stores.tables import checkpoints, steps

_SIZE = func.length(checkpoints.c.body).label("size_bytes")
_WHOLE = select(checkpoints, _SIZE)
# A page may hold many large bodies, and nobody reads them there.
_BRIEF = select(
    *(column for column in checkpoints.c if column.name != "body"),
    literal(b"", LargeBinary).label("body"),
    _SIZE,
)


class SqlStateStore:
    """Reads steps and checkpoints."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def checkpoint(
        self, run_id: RunId, number: int
    ) -> tuple[Checkpoint, Mapping[str, object]]:
        of_run = checkpoints.c.run_id == run_id
        full = (
            select(func.max(checkpoints.c.number))
            .where(of_run, checkpoints.c.full, checkpoints.c.number <= number)
            .scalar_subquery()
        )
        query = _WHOLE.where(
            of_run, checkpoints.c.number >= full, checkpoints.c.number <= number
        ).order_by(checkpoints.c.number)
        found = await self._database.read(
            lambda connection: [checkpoint_from(row) for row in connection.execute(query)]
        )
        if not found or found[-1].number != number:
            checkpoint_id = checkpoint_id_of(number)
            raise NotFound(
                f"run {run_id} has no checkpoint {checkpoint_id}",
                reason="CHECKPOINT_NOT_FOUND",
                run_id=run_id,
                checkpoint_id=checkpoint_id,
            )
        return found[-1], state_at([(item.full, item.body) for item in found])

    async def checkpoints(self, run_id: RunId, page_size: int, page_token: str) -> Page[Checkpoint]:
        query = ("checkpoints", run_id)
        before = position_of(page_token, query=query, kinds=(int,))
        statement = (
            _BRIEF.where(checkpoints.c.run_id == run_id)
            .order_by(checkpoints.c.number.desc())
            .limit(page_size + 1)
        )
        if before is not None:
            statement = statement.where(checkpoints.c.number < before[0])
        found = await self._database.read(
            lambda connection: [checkpoint_from(row) for row in connection.execute(statement)]
        )
        if len(found) <= page_size:
            return Page(found)
        token = token_of((found[page_size - 1].number,), query=query)
        return Page(found[:page_size], token)

    async def steps(self, run_id: RunId, page_size: int, page_token: str) -> Page[Step]:
        query = ("steps", run_id)
        after = position_of(page_token, query=query, kinds=(int, str))
        statement = (
            select(steps)
            .where(steps.c.run_id == run_id)
            .order_by(steps.c.superstep, steps.c.step_id)
            .limit(page_size + 1)
        )
        if after is not None:
            statement = statement.where(
                tuple_(steps.c.superstep, steps.c.step_id) > (after[0], after[1])
            )

        def read(connection: Connection) -> list[Step]:
            return [step_from(row) for row in connection.execute(statement)]

        found = await self._database.read(read)
        if len(found) <= page_size:
            return Page(found)
        last = found[page_size - 1]
        return Page(found[:page_size], token_of((last.superstep, last.step_id), query=query))

    async def superstep(self, run_id: RunId, superstep: int) -> Sequence[Step]:
        statement = (
            select(steps)
            .where(steps.c.run_id == run_id, steps.c.superstep == superstep)
            .order_by(steps.c.step_id)
        )
        return await self._database.read(
            lambda connection: [step_from(row) for row in connection.execute(statement)]
        )

    async def under_way(self, run_id: RunId) -> Sequence[Step]:
        newest = select(func.max(steps.c.superstep)).where(steps.c.run_id == run_id)
        statement = (
            select(steps)
            .where(steps.c.run_id == run_id, steps.c.superstep == newest.scalar_subquery())
            .order_by(steps.c.step_id)
        )
        return await self._database.read(
            lambda connection: [step_from(row) for row in connection.execute(statement)]
        )

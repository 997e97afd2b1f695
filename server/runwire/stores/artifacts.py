"""Artifacts' descriptions at rest."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    Select,
    delete,
    func,
    insert,
    literal_column,
    select,
    tuple_,
    update,
)
from sqlalchemy.exc import IntegrityError

from runwire.domain.artifact import Artifact, ArtifactId, ArtifactStatus
from runwire.domain.errors import AlreadyExists, Conflict, Error, Invalid, Violation
from runwire.domain.filter import EVERYTHING
from runwire.domain.missing import no_artifact, no_run
from runwire.domain.namespace import namespace_of
from runwire.domain.paging import Page, position_of, token_of
from runwire.domain.reach import HOME, Reach
from runwire.domain.run import RunId
from runwire.stores.batch import Batch
from runwire.stores.database import Database
from runwire.stores.filters import where_clause
from runwire.stores.tables import artifacts, runs
from runwire.stores.times import micros_of, time_of

_ACTIVE = artifacts.c.status == ArtifactStatus.ACTIVE.value
_UPLOADING = artifacts.c.status == ArtifactStatus.UPLOADING.value
_STALE = artifacts.c.status == literal_column(f"'{ArtifactStatus.UPLOADING.value}'")  # as indexed
_COLUMNS = {"namespace": artifacts.c.namespace, "graph_id": artifacts.c.graph_id}


class SqlArtifactStore:
    """Descriptions in the table `artifacts`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, artifact: Artifact, request_id: str) -> Artifact:
        def work(batch: Batch) -> Artifact | Error:
            def check() -> None:
                size = artifact.size_bytes
                batch.admission.check(namespace_of(artifact.artifact_id), size_bytes=size)

            return _found(lambda: _add(batch.connection, artifact, request_id, check))

        return _raised(await self._database.writer.write(work))

    async def get(self, artifact_id: ArtifactId) -> Artifact:
        return await self._database.read(lambda connection: _get(connection, artifact_id))

    async def find(
        self, run_id: RunId | None, page_size: int, page_token: str, *, reach: Reach = HOME
    ) -> Page[Artifact]:
        query = ("artifacts", run_id or "", reach)
        after = position_of(page_token, query=query, kinds=(int, str))
        statement = _page(run_id, after, reach).limit(page_size + 1)
        found = await self._database.read(lambda connection: _all(connection, statement))
        if len(found) <= page_size:
            return Page(found)
        last = found[page_size - 1]
        return Page(found[:page_size], token_of(_rank(last), query=query))

    async def update(self, artifact: Artifact, *, expected_bytes: int) -> Artifact:
        def work(batch: Batch) -> Artifact | Error:
            def change() -> Artifact:
                more = artifact.size_bytes - expected_bytes
                if more:
                    batch.admission.check(namespace_of(artifact.artifact_id), size_bytes=more)
                return _update(batch.connection, artifact, expected_bytes)

            return _found(change)

        return _raised(await self._database.writer.write(work))

    async def delete(self, artifact_id: ArtifactId) -> Artifact:
        def work(connection: Connection) -> Artifact:
            found = _get(connection, artifact_id)
            connection.execute(delete(artifacts).where(artifacts.c.artifact_id == artifact_id))
            return found

        return await self._database.write(work)

    async def uses(self, sha256: str) -> int:
        query = select(func.count()).select_from(artifacts)
        query = query.where(artifacts.c.sha256 == sha256, _ACTIVE)
        return await self._database.read(lambda connection: connection.execute(query).scalar_one())

    async def unused(self, sha256s: Sequence[str]) -> Sequence[str]:
        query = select(artifacts.c.sha256).where(artifacts.c.sha256.in_(sha256s), _ACTIVE)
        used = await self._database.read(
            lambda connection: set(connection.execute(query.distinct()).scalars())
        )
        return [sha256 for sha256 in sha256s if sha256 not in used]

    async def stale(self, before: datetime, limit: int) -> Sequence[Artifact]:
        query = select(artifacts).where(_STALE, artifacts.c.created_at < before)
        query = query.order_by(artifacts.c.created_at, artifacts.c.artifact_id).limit(limit)
        return await self._database.read(lambda connection: _all(connection, query))


def _found(work: Callable[[], Artifact]) -> Artifact | Error:
    """Return what work returns, or why it refuses: raised, it would undo what others do with it."""
    try:
        return work()
    except Error as error:
        return error


def _raised(found: Artifact | Error) -> Artifact:
    if isinstance(found, Error):
        raise found
    return found


def _add(
    connection: Connection, artifact: Artifact, request_id: str, check: Callable[[], None]
) -> Artifact:
    if (first := _first(connection, artifact, request_id)) is not None:
        return first
    check()
    graph_id = "" if artifact.run_id is None else _graph_of(connection, artifact.run_id)
    row = _row(artifact) | {"request_id": request_id or None, "graph_id": graph_id}
    try:
        with connection.begin_nested():
            connection.execute(insert(artifacts).values(row))
    except IntegrityError:
        # Another server was quicker; anything else is for the caller's log.
        if (first := _first(connection, artifact, request_id)) is not None:
            return first
        raise
    return artifact


def _first(connection: Connection, artifact: Artifact, request_id: str) -> Artifact | None:
    if request_id:
        seen = select(artifacts).where(artifacts.c.request_id == request_id)
        if (row := connection.execute(seen).one_or_none()) is not None:
            return _artifact(row)
    taken = select(artifacts.c.artifact_id).where(artifacts.c.artifact_id == artifact.artifact_id)
    if connection.execute(taken).one_or_none() is not None:
        raise AlreadyExists(
            f"artifact {artifact.artifact_id} exists already: choose another id",
            reason="ARTIFACT_ALREADY_EXISTS",
            artifact_id=artifact.artifact_id,
        )
    return None


def _graph_of(connection: Connection, run_id: RunId) -> str:
    query = select(runs.c.graph_id).where(runs.c.run_id == run_id)
    graph_id: str | None = connection.execute(query).scalar_one_or_none()
    if graph_id is None:
        raise no_run(run_id)
    return graph_id


def _get(connection: Connection, artifact_id: ArtifactId) -> Artifact:
    query = select(artifacts).where(artifacts.c.artifact_id == artifact_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise no_artifact(artifact_id)
    return _artifact(row)


def _update(connection: Connection, artifact: Artifact, expected_bytes: int) -> Artifact:
    same = artifacts.c.artifact_id == artifact.artifact_id
    expected = same & (artifacts.c.size_bytes == expected_bytes) & _UPLOADING
    done = connection.execute(update(artifacts).where(expected).values(_row(artifact)))
    if done.rowcount == 1:
        return artifact
    found = _get(connection, artifact.artifact_id)
    raise Conflict(
        f"artifact {artifact.artifact_id} is {found.status.name} with {found.size_bytes} bytes,"
        f" not UPLOADING with {expected_bytes}: somebody else uploads it",
        reason="UPLOAD_OFFSET_MISMATCH",
        artifact_id=artifact.artifact_id,
        committed_size=found.size_bytes,
    )


def _page(run_id: RunId | None, position: Sequence[Any] | None, reach: Reach) -> Select[Any]:
    query = select(artifacts)
    if run_id:
        query = query.where(artifacts.c.run_id == run_id)  # whose id tells the namespace
    else:
        query = query.where(where_clause(reach.within(EVERYTHING), _COLUMNS))
    rank = tuple_(artifacts.c.created_at, artifacts.c.artifact_id)
    if position is not None:
        # A plain tuple takes the types of the columns; tuple_() would not.
        query = query.where(rank < _rank_from(position))
    return query.order_by(artifacts.c.created_at.desc(), artifacts.c.artifact_id.desc())


def _all(connection: Connection, query: Select[Any]) -> list[Artifact]:
    return [_artifact(row) for row in connection.execute(query)]


def _rank_from(position: Sequence[Any]) -> tuple[datetime, str]:
    micros, artifact_id = position
    try:
        return time_of(micros), str(artifact_id)
    except (TypeError, OverflowError):
        why = "not a page token of this server"
        raise Invalid(
            f"page_token: {why}",
            reason="PAGE_TOKEN_INVALID",
            violations=(Violation("page_token", why),),
        ) from None


def _rank(artifact: Artifact) -> tuple[int, str]:
    return micros_of(artifact.created_at), artifact.artifact_id


def _artifact(row: Row[Any]) -> Artifact:
    return Artifact(
        artifact_id=ArtifactId(row.artifact_id),
        run_id=None if row.run_id is None else RunId(row.run_id),
        filename=row.filename,
        content_type=row.content_type,
        size_bytes=row.size_bytes,
        sha256=row.sha256,
        status=ArtifactStatus(row.status),
        created_at=row.created_at,
    )


def _row(artifact: Artifact) -> dict[str, Any]:
    row = {name: getattr(artifact, name) for name in Artifact.__slots__}
    row["namespace"] = namespace_of(artifact.artifact_id)
    return row | {"status": artifact.status.value}

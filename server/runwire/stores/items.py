"""The store's items at rest.

1. A path rests as one text, a separator behind each part, so that what begins alike lies together
   and sorts as the parts do.
2. What has expired is not there, swept or not. Reading lets an item that expires live longer only
   when a hundredth of its time is over, or every read would be a write.
3. Vectors are compared a page at a time on a thread: no index, exact, and the loop goes on.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)

from runwire.domain.assistant_ports import ItemQuery
from runwire.domain.errors import Exhausted
from runwire.domain.item import Item, ItemRow, Path
from runwire.domain.payload import decode
from runwire.stores.assistant_tables import item_vectors, items
from runwire.stores.database import Database
from runwire.stores.item_filters import fits
from runwire.stores.item_paths import bounds, joined, matching_paths, parts_of
from runwire.stores.nearness import cosines
from runwire.stores.writing import upserting

MAX_FOUND_BYTES: Final = 64 * 1024 * 1024
VECTORS_AT_ONCE: Final = 500
WORTH: Final = 0.01
"""The part of a time to live that has to be over before it is worth a write."""

Key = tuple[str, str]


class SqlItemRows:
    """Implements ItemRows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def write(self, namespace: str, rows: Sequence[ItemRow]) -> None:
        def run(connection: Connection) -> None:
            for row in sorted(rows, key=lambda each: (each.path, each.key)):
                self._write(connection, namespace, row)

        await self._database.write(run)

    async def get(self, namespace: str, path: Path, key: str) -> Item | None:
        statement = select(items).where(*self._living(namespace), *_is((joined(path), key)))
        row = await self._database.read(lambda c: c.execute(statement).one_or_none())
        return None if row is None else _item_from(row)

    async def find(self, query: ItemQuery, near: bytes | None) -> Sequence[Item]:
        if near is not None:
            return await self._nearest(query, near)
        order = (items.c.updated_at.desc(), items.c.path, items.c.key)
        statement = select(items).where(*self._meant(query)).order_by(*order)
        page = statement.limit(query.limit).offset(query.offset)
        return await self._database.read(lambda connection: _fetched(connection, page))

    async def paths(
        self,
        namespace: str,
        *,
        prefix: Path,
        suffix: Path,
        max_depth: int | None,
        limit: int,
        offset: int,
    ) -> Sequence[Path]:
        living = self._living(namespace)

        def read(connection: Connection) -> Sequence[Path]:
            def following(after: str, before: str, count: int) -> Sequence[str]:
                within = [items.c.path >= after]
                if before:
                    within.append(items.c.path < before)
                statement = select(items.c.path).distinct().where(*living, *within)
                return list(connection.scalars(statement.order_by(items.c.path).limit(count)))

            return matching_paths(
                following,
                prefix=prefix,
                suffix=suffix,
                max_depth=max_depth,
                limit=limit,
                offset=offset,
            )

        return await self._database.read(read)

    async def refresh(self, namespace: str, found: Sequence[Item]) -> None:
        now = self._database.now()
        due = [item for item in found if _worth(item, now)]
        if not due:
            return

        def write(connection: Connection) -> None:
            for item in sorted(due, key=lambda each: (each.path, each.key)):
                same = (items.c.namespace == namespace, *_is((joined(item.path), item.key)))
                later = _expiry(item.ttl_minutes, now)
                connection.execute(update(items).where(*same).values(expires_at=later))

        await self._database.write(write)

    async def sweep(self, limit: int) -> int:
        now = self._database.now()
        named = tuple_(items.c.namespace, items.c.path, items.c.key)
        old = select(items.c.namespace, items.c.path, items.c.key).where(items.c.expires_at <= now)
        statement = delete(items).where(named.in_(old.limit(limit)), items.c.expires_at <= now)
        return await self._database.write(lambda c: c.execute(statement).rowcount)

    def _write(self, connection: Connection, namespace: str, row: ItemRow) -> None:
        place = {"namespace": namespace, "path": joined(row.path), "key": row.key}
        same = [items.c[name] == value for name, value in place.items()]
        if row.value is None:
            connection.execute(delete(items).where(*same))
            return
        now = self._database.now()
        changed = {
            "value": row.value,
            "updated_at": now,
            "ttl_minutes": row.ttl_minutes,
            "expires_at": _expiry(row.ttl_minutes, now),
        }
        gone = [*same, items.c.expires_at <= now]
        connection.execute(delete(items).where(*gone))  # it would be made at another time
        statement = upserting(connection.dialect.name, items).values(
            **place, **changed, created_at=now
        )
        connection.execute(
            statement.on_conflict_do_update(index_elements=list(place), set_=changed)
        )
        of_item = [item_vectors.c[name] == value for name, value in place.items()]
        connection.execute(delete(item_vectors).where(*of_item))
        if row.vectors:
            found = [{**place, "field": f, "vector": v} for f, v in row.vectors.items()]
            connection.execute(insert(item_vectors), found)

    async def _nearest(self, query: ItemQuery, near: bytes) -> Sequence[Item]:
        """Return the items with the nearest vectors, then those that have none."""
        scores: dict[Key, float] = {}
        statement, after = self._vectors(query), ("", "", "")
        while page := await self._database.read(_following(statement, after)):
            told = await asyncio.to_thread(cosines, near, [row.vector for row in page])
            for row, score in zip(page, told, strict=True):
                key = (row.path, row.key)
                scores[key] = max(score, scores.get(key, -2.0))
            after = (page[-1].path, page[-1].key, page[-1].field)
        ranked = sorted(scores, key=lambda key: (-scores[key], key))
        wanted = ranked[query.offset : query.offset + query.limit]
        left = query.limit - len(wanted)
        statement = self._without_vectors(query)
        statement = statement.limit(left).offset(max(0, query.offset - len(ranked)))

        def read(connection: Connection) -> Sequence[Item]:
            found = {
                (joined(each.path), each.key): each
                for each in _fetched(connection, self._named(query.namespace, wanted))
            }
            first = [replace(found[key], score=scores[key]) for key in wanted if key in found]
            return [*first, *(_fetched(connection, statement) if left else ())]

        return await self._database.read(read)

    def _vectors(self, query: ItemQuery) -> Select[Any]:
        v = item_vectors.c
        same = and_(*(v[name] == items.c[name] for name in ("namespace", "path", "key")))
        statement = select(v.path, v.key, v.field, v.vector).join(items, same)
        statement = statement.where(*self._meant(query))
        return statement.order_by(v.path, v.key, v.field).limit(VECTORS_AT_ONCE)

    def _without_vectors(self, query: ItemQuery) -> Select[Any]:
        names = ("namespace", "path", "key")
        having = select(item_vectors.c.field).where(
            *(item_vectors.c[name] == items.c[name] for name in names)
        )
        statement = select(items).where(*self._meant(query), ~having.exists())
        return statement.order_by(items.c.updated_at.desc(), items.c.path, items.c.key)

    def _named(self, namespace: str, keys: Sequence[Key]) -> Select[Any]:
        return select(items).where(
            *self._living(namespace), tuple_(items.c.path, items.c.key).in_(keys)
        )

    def _meant(self, query: ItemQuery) -> Iterator[ColumnElement[bool]]:
        yield from self._living(query.namespace)
        if query.prefix:
            least, most = bounds(query.prefix)
            yield items.c.path >= least
            yield items.c.path < most
        if query.filter:
            yield fits(items.c.value, query.filter)

    def _living(self, namespace: str) -> tuple[ColumnElement[bool], ...]:
        living = or_(items.c.expires_at.is_(None), items.c.expires_at > self._database.now())
        return (items.c.namespace == namespace, living)


def _following(
    statement: Select[Any], after: tuple[str, str, str]
) -> Callable[[Connection], Sequence[Row[Any]]]:
    v = item_vectors.c
    page = statement.where(tuple_(v.path, v.key, v.field) > tuple_(*after))
    return lambda connection: connection.execute(page).all()


def _is(key: Key) -> tuple[ColumnElement[bool], ...]:
    return (items.c.path == key[0], items.c.key == key[1])


def _fetched(connection: Connection, statement: Select[Any]) -> list[Item]:
    """Return items; raise Exhausted, before any of them is read, if they are too much together."""
    sizes = statement.with_only_columns(func.length(items.c.value).label("size")).subquery()
    size = connection.scalar(select(func.coalesce(func.sum(sizes.c.size), 0))) or 0
    if size > MAX_FOUND_BYTES:
        raise Exhausted(
            f"what was found is {size} bytes, more than {MAX_FOUND_BYTES}: ask for less at a time",
            reason="PAGE_TOO_LARGE",
            max_bytes=MAX_FOUND_BYTES,
        )
    return [_item_from(row) for row in connection.execute(statement)]


def _item_from(row: Row[Any]) -> Item:
    value: Mapping[str, Any] = decode(row.value.encode())
    return Item(
        path=parts_of(row.path),
        key=row.key,
        value=value,
        created_at=row.created_at,
        updated_at=row.updated_at,
        ttl_minutes=row.ttl_minutes,
        expires_at=row.expires_at,
    )


def _expiry(ttl_minutes: float | None, now: datetime) -> datetime | None:
    return None if ttl_minutes is None else now + timedelta(minutes=ttl_minutes)


def _worth(item: Item, now: datetime) -> bool:
    if item.ttl_minutes is None or item.expires_at is None:
        return False
    life = timedelta(minutes=item.ttl_minutes)
    return item.expires_at - now < life * (1 - WORTH)

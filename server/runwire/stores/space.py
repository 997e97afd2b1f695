"""The space a database takes on disk: how much, and giving some back.

A SQLite file keeps the pages that were deleted and uses them again. It can be cut at its end only
where `auto_vacuum` was INCREMENTAL before its first table, or since it was rewritten as a whole.
"""

from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, text

from runwire.domain.storage import DatabaseStorage, Relation

INCREMENTAL: Final = 2  # of PRAGMA auto_vacuum
KEPT_PAGES: Final = 2048
"""So many free pages always stay (8 MiB): growing again would cost more than they do."""
SLICE_PAGES: Final = 256

_RELATIONS = text(
    "SELECT relname AS name, pg_total_relation_size(oid) AS size_bytes FROM pg_class"
    " WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace"
    " ORDER BY 2 DESC, 1"
)
_SIZE = text("SELECT pg_database_size(current_database())")


def space_of(connection: Connection) -> DatabaseStorage:
    """Return how large the database is."""
    if connection.dialect.name != "sqlite":
        found = connection.execute(_RELATIONS)
        return DatabaseStorage(
            size_bytes=connection.execute(_SIZE).scalar_one(),
            relations=tuple(Relation(name=row.name, size_bytes=row.size_bytes) for row in found),
        )
    page_bytes = _pragma(connection, "page_size")
    path = Path(str(connection.engine.url.database))
    files = (path, path.with_name(f"{path.name}-wal"))
    return DatabaseStorage(
        size_bytes=sum(file.stat().st_size for file in files if file.exists()),
        free_bytes=_pragma(connection, "freelist_count") * page_bytes,
    )


def give_back(connection: Connection) -> int:
    """Cut a slice of free pages from the file, unless few are left; return how many bytes."""
    if connection.dialect.name != "sqlite":
        return 0  # PostgreSQL's own vacuum does it
    if _pragma(connection, "auto_vacuum") != INCREMENTAL:
        return 0
    free, pages = _pragma(connection, "freelist_count"), _pragma(connection, "page_count")
    spare = min(free - max(KEPT_PAGES, pages // 20), SLICE_PAGES)
    if spare <= 0:
        return 0
    # The pragma frees a page with each row that is read, and rows without columns are read only by
    # the driver itself.
    driver: Any = connection.connection.dbapi_connection
    driver.execute(f"PRAGMA incremental_vacuum({spare})").fetchall()
    return spare * _pragma(connection, "page_size")


def _pragma(connection: Connection, name: str) -> int:
    return int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())

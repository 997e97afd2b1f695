"""How rows are written: statements made once, as the driver takes them, for any number of rows."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any, Final, Protocol

from sqlalchemy import Column, Dialect, Insert, Table, bindparam, select

from runwire.stores.arrays import Unnested
from runwire.stores.times import Micros, micros_of

MAX_ROWS: Final = 64


class Writing(Protocol):
    """A statement that writes rows."""

    def execute(self, cursor: Any, rows: Sequence[Mapping[str, Any]]) -> None:
        """Execute it for every row, on a cursor of the driver."""


class Prepared:
    """A statement in the driver's words, and the order it takes its parameters in."""

    def __init__(self, statement: Any, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self._sql = str(compiled)
        self._names = tuple(compiled.positiontup)
        self._times = frozenset(
            name for name in self._names if isinstance(compiled.binds[name].type, Micros)
        )

    def execute(self, cursor: Any, rows: Sequence[Mapping[str, Any]]) -> None:
        """Execute it for every row, on a cursor of the driver."""
        cursor.executemany(self._sql, [list(self.values(row)) for row in rows])

    def values(self, row: Mapping[str, Any]) -> Iterator[Any]:
        """Yield what the driver is given for a row."""
        for name in self._names:
            value = row[name]
            if value is not None and name in self._times:
                value = micros_of(value)
            yield value


class Grouped:
    """A statement that takes many rows at once, in forms for 1, 2, 4 … rows.

    The driver lets other threads run at every execution and then has to wait for its turn again, so
    that one execution a row costs far more than the rows. Sizes are powers of two, so that few
    forms of the statement exist.
    """

    def __init__(self, make: Callable[[int], Any], dialect: Dialect, columns: list[Any]) -> None:
        self._make = make
        self._dialect = dialect
        self._columns = [(column.name, isinstance(column.type, Micros)) for column in columns]
        self._forms: dict[int, str] = {}

    def execute(self, cursor: Any, rows: Sequence[Mapping[str, Any]]) -> None:
        """Execute it for every row, on a cursor of the driver."""
        start, left = 0, len(rows)
        while left:
            size = min(MAX_ROWS, 1 << left.bit_length() - 1)
            cursor.execute(self._form(size), self._values(rows[start : start + size]))
            start, left = start + size, left - size

    def _values(self, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
        values = []
        for row in rows:
            for name, is_time in self._columns:
                value = row[name]
                values.append(micros_of(value) if is_time and value is not None else value)
        return values

    def _form(self, size: int) -> str:
        if size not in self._forms:
            compiled = self._make(size).compile(dialect=self._dialect)
            expected = [f"{name}_{row}" for row in range(size) for name, _ in self._columns]
            if list(compiled.positiontup) != expected:
                raise RuntimeError(f"parameters in another order: {compiled.positiontup}")
            self._forms[size] = str(compiled)
        return self._forms[size]


def inserting(dialect: Dialect, statement: Insert) -> Writing:
    """Return what executes an insert of whole rows; a database numbers its rows by itself."""
    table: Any = statement.table
    columns = [c for c in table.c if not _numbered(table, c)]
    names = [column.name for column in columns]

    def make(size: int) -> Any:
        return statement.values(
            [{c.name: bindparam(f"{c.name}_{row}", type_=c.type) for c in columns}
             for row in range(size)]
        )  # fmt: skip

    if dialect.name == "sqlite":
        return Grouped(make, dialect, columns)

    def insert_given(given: Any) -> Any:
        return statement.from_select(names, select(*(given.c[name] for name in names)))

    return Unnested(insert_given, dialect, columns)


def upserting(database: str, table: Table) -> Any:
    """Return an insert that can say what is done on a conflict, for a kind of database."""
    return dialects(database).insert(table)


def dialects(database: str) -> Any:
    """Return what SQLAlchemy has for a kind of database."""
    # Of the database at hand only: PostgreSQL's take 2 MiB.
    return import_module(f"sqlalchemy.dialects.{database}")


def _numbered(table: Table, column: Column[Any]) -> bool:
    return bool(table.dialect_options["sqlite"]["autoincrement"]) and column.primary_key

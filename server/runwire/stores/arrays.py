"""Columns of many rows as arrays, in PostgreSQL's binary form.

A statement that takes arrays is sent once for any number of rows. The driver's own arrays are made
value by value in Python, and their type depends on what is in them, so that a statement would be
prepared again for every mixture.
"""

from collections.abc import Callable, Mapping, Sequence
from struct import Struct
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Dialect,
    Double,
    Float,
    Integer,
    LargeBinary,
    Text,
    bindparam,
    func,
)
from sqlalchemy.types import TypeEngine

from runwire.stores.times import Micros, micros_of

_HEADER: Final = Struct(">iiIii")
_SIZE: Final = Struct(">i")
_NUMBER: Final = Struct(">q")
_INTEGER: Final = Struct(">iq")
_DOUBLE: Final = Struct(">id")
_NULL: Final = _SIZE.pack(-1)
_TRUE, _FALSE = b"\0\0\0\1\1", b"\0\0\0\1\0"


class Packed(bytes):
    """An array as it is sent."""


class Texts(Packed):
    """Of texts."""


class Integers(Packed):
    """Of 64-bit integers."""


class Doubles(Packed):
    """Of floating-point numbers."""


class Booleans(Packed):
    """Of booleans."""


class Bytes(Packed):
    """Of byte strings."""


class Number(Packed):
    """No array, but one 64-bit integer."""

    @classmethod
    def of(cls, value: int) -> "Number":
        """Return a number as it is sent."""
        return cls(_NUMBER.pack(value))


class Word(Packed):
    """No array, but one text."""


class Unnested:
    """A statement that takes any number of rows at once, a parameter for each column.

    There is one form of it, whatever the rows hold, so that it is prepared once.
    """

    def __init__(self, make: Callable[[Any], Any], dialect: Dialect, columns: list[Any]) -> None:
        compiled = make(_unnested(columns)).compile(dialect=dialect)
        self._columns = {column.name: column.type for column in columns}
        if list(compiled.positiontup) != list(self._columns):
            raise RuntimeError(f"parameters in another order: {compiled.positiontup}")
        self.sql = str(compiled)

    def execute(self, cursor: Any, rows: Sequence[Mapping[str, Any]]) -> None:
        """Execute it for every row, on a cursor of the driver."""
        cursor.execute(self.sql, self.values(rows))

    def values(self, rows: Sequence[Mapping[str, Any]]) -> list[Packed]:
        """Return the parameters, in binary form."""
        columns = self._columns.items()
        return [_packed([row[name] for row in rows], kind) for name, kind in columns]


def _packed(values: Sequence[Any], kind: TypeEngine[Any]) -> Packed:
    """Return a column's values as one parameter."""
    of, element, pack, _ = _KINDS[type(kind)]
    body = [_NULL if value is None else pack(value) for value in values]
    return of(b"".join((_HEADER.pack(1, 1, element, len(values), 1), *body)))


def _unnested(columns: Sequence[Any]) -> Any:
    """Return the table `given` of rows whose columns are given as arrays, named as they are."""
    kinds = {column.name: _KINDS[type(column.type)][3] for column in columns}
    arrays = [bindparam(name, type_=ARRAY(kind)) for name, kind in kinds.items()]
    return func.unnest(*arrays).table_valued(*kinds).render_derived(name="given")


def _sized(value: bytes) -> bytes:
    return _SIZE.pack(len(value)) + value


_KINDS: Final[dict[type[Any], tuple[type[Packed], int, Callable[[Any], bytes], Any]]] = {
    Text: (Texts, 25, lambda value: _sized(value.encode()), Text()),
    Integer: (Integers, 20, lambda value: _INTEGER.pack(8, value), BigInteger()),
    BigInteger: (Integers, 20, lambda value: _INTEGER.pack(8, value), BigInteger()),
    Micros: (Integers, 20, lambda at: _INTEGER.pack(8, micros_of(at)), BigInteger()),
    Float: (Doubles, 701, lambda value: _DOUBLE.pack(8, value), Double()),
    Boolean: (Booleans, 16, lambda value: _TRUE if value else _FALSE, Boolean()),
    LargeBinary: (Bytes, 17, _sized, LargeBinary()),
}

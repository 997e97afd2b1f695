"""A table of text, column by column, read from CSV and written back."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

MAX_BYTES: Final = 64 * 1024 * 1024
MAX_COLUMNS: Final = 200
MAX_NAME_LENGTH: Final = 80
SEPARATORS: Final = ",;\t|"


class BadTable(ValueError):
    """The content is not a table; the message says what to mend."""


@dataclass(frozen=True, slots=True)
class Table:
    """Columns by name, all of one length; `ragged` counts rows that were too short or too long."""

    columns: Mapping[str, Sequence[str]]
    ragged: int = 0

    @property
    def row_count(self) -> int:
        """How many rows there are below the header."""
        return len(next(iter(self.columns.values()), ()))

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Yield the rows, as tuples of cells."""
        return zip(*self.columns.values(), strict=True)

    def with_column(self, name: str, cells: Sequence[str]) -> "Table":
        """Return this table with one column replaced."""
        return Table({**self.columns, name: cells}, self.ragged)


def read_csv(content: bytes) -> Table:
    """Return the table of a CSV with a header; raise BadTable if it is none.

    Short rows are filled with empty cells and long ones cut: both are counted as ragged.
    """
    if len(content) > MAX_BYTES:
        raise BadTable(f"the table is {len(content)} bytes, this example takes {MAX_BYTES} at most")
    rows = _rows(_text(content))
    if not rows:
        raise BadTable("the table is empty: its first line must be a header")
    names = _names(rows[0])
    width = len(names)
    body = [_fitted(row, width) for row in rows[1:]]
    ragged = sum(len(row) != width for row in rows[1:])
    columns = zip(*body, strict=True) if body else ((),) * width
    return Table({name: tuple(cells) for name, cells in zip(names, columns, strict=True)}, ragged)


def write_csv(table: Table) -> bytes:
    """Return a table as CSV in UTF-8, with a header."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows(table.rows())
    return out.getvalue().encode()


def _text(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    if "\0" in text:
        raise BadTable("the table holds NUL characters: it is not a CSV")
    return text


def _rows(text: str) -> list[list[str]]:
    header = text.lstrip().partition("\n")[0]
    separator = max(SEPARATORS, key=header.count)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        return [row for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise BadTable(f"the table is not a CSV: {error}") from None


def _names(header: Sequence[str]) -> list[str]:
    if len(header) > MAX_COLUMNS:
        raise BadTable(f"{len(header)} columns, this example takes {MAX_COLUMNS} at most")
    names: list[str] = []
    for place, cell in enumerate(header, start=1):
        name = " ".join(cell.split())[:MAX_NAME_LENGTH] or f"column_{place}"
        while name in names:
            name = f"{name}_{place}"
        names.append(name)
    return names


def _fitted(row: Sequence[str], width: int) -> list[str]:
    return [*row[:width], *[""] * (width - len(row))]

"""Applies rules to a table; every rule makes a new table and says how many cells it changed."""

from collections.abc import Sequence

from examples.data_quality.rules import (
    Cast,
    Clip,
    DropColumn,
    DropDuplicates,
    Fill,
    FillForward,
    Normalise,
    Rule,
)
from examples.data_quality.table import Table
from examples.data_quality.values import (
    date,
    is_missing,
    loose_date,
    loose_number,
    number,
    spell,
    tidy,
)

ColumnRule = Fill | FillForward | Clip | Cast | Normalise


def apply_rule(table: Table, rule: Rule) -> tuple[Table, int]:
    """Return the mended table, and how many cells (or rows) the rule changed."""
    match rule:
        case DropColumn(column=column):
            rest = {name: cells for name, cells in table.columns.items() if name != column}
            return Table(rest, table.ragged), table.row_count
        case DropDuplicates():
            rows = dict.fromkeys(table.rows())
            columns = dict(zip(table.columns, zip(*rows, strict=True), strict=True))
            return Table(columns, table.ragged), table.row_count - len(rows)
        case Fill() | FillForward() | Clip() | Cast() | Normalise():
            before = table.columns[rule.column]
            after = mend_column(before, rule)
            changed = sum(old != new for old, new in zip(before, after, strict=True))
            return table.with_column(rule.column, after), changed


def mend_column(cells: Sequence[str], rule: ColumnRule) -> list[str]:
    """Return a column's cells after a rule."""
    match rule:
        case Fill(value=value):
            return [value if is_missing(cell) else cell for cell in cells]
        case FillForward():
            return _filled_forward(cells)
        case Clip():
            return [_clipped(cell, rule) for cell in cells]
        case Cast():
            return [_cast(cell, rule) for cell in cells]
        case Normalise(replacements=replacements):
            return [replacements.get(cell, cell if replacements else tidy(cell)) for cell in cells]


def _filled_forward(cells: Sequence[str]) -> list[str]:
    above = next((cell for cell in cells if not is_missing(cell)), "")
    filled: list[str] = []
    for cell in cells:
        above = above if is_missing(cell) else cell
        filled.append(above)
    return filled


def _clipped(cell: str, rule: Clip) -> str:
    value = number(cell)
    if value is not None and rule.low is not None and value < rule.low:
        return spell(rule.low, rule.decimals)
    if value is not None and rule.high is not None and value > rule.high:
        return spell(rule.high, rule.decimals)
    return cell


def _cast(cell: str, rule: Cast) -> str:
    if is_missing(cell):
        return cell
    if rule.date_format:
        fits = date(cell, rule.date_format) is not None
        return cell if fits else loose_date(cell, rule.date_format) or ""
    if number(cell) is not None:
        return cell
    value = loose_number(cell)
    return "" if value is None else spell(value, rule.decimals)

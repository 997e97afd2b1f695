"""Free text: whether a run's ids, labels or error hold it, as `domain.matching` means it.

1. Only A to Z and a to z are taken for each other: databases differ in all that is beyond.
2. Ids are looked at as callers know them, without the namespace before them.
3. What is looked for is a parameter and no pattern: `%` and `_` are signs like any other.
4. PostgreSQL cannot take U+0000 out of JSON; it counts as U+FFFD, everywhere.
"""

from typing import Any

from sqlalchemy import Boolean, ColumnElement, Text, exists, literal, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from runwire.domain.matching import folded
from runwire.stores.tables import run_labels, runs

_labels = run_labels.alias("said")


class _Holds(FunctionElement[bool]):
    """Whether a column holds a text, capitals or not; the text has none."""

    type = Boolean()
    inherit_cache = True


class _Local(FunctionElement[str]):
    """An id without the namespace before it."""

    type = Text()
    inherit_cache = True


class _Message(FunctionElement[str]):
    """The message of an error at rest."""

    type = Text()
    inherit_cache = True


def text_clause(text: str) -> ColumnElement[bool]:
    """Return the condition on `runs` that they hold a text somewhere."""
    asked = literal(folded(text))
    columns = (
        *(_Local(column) for column in (runs.c.run_id, runs.c.graph_id, runs.c.thread_id)),
        runs.c.queue,
    )
    labelled = exists().where(
        _labels.c.run_id == runs.c.run_id,
        or_(_Holds(_labels.c.key, asked), _Holds(_labels.c.value, asked)),
    )
    # Most runs have no error: of them, this is known without a look at it.
    failed = runs.c.error.is_not(None) & _Holds(_Message(runs.c.error), asked)
    return or_(*(_Holds(column, asked) for column in columns), labelled, failed)


@compiles(_Holds)
def _holds(element: Any, compiler: Any, **how: Any) -> str:
    column, asked = (compiler.process(part, **how) for part in element.clauses)
    return f"(instr(lower({column}), {asked}) > 0)"


@compiles(_Holds, "postgresql")
def _holds_on_postgres(element: Any, compiler: Any, **how: Any) -> str:
    column, asked = (compiler.process(part, **how) for part in element.clauses)
    return f'(strpos(lower(({column}) COLLATE "C"), {asked}) > 0)'


@compiles(_Local)
def _local(element: Any, compiler: Any, **how: Any) -> str:
    (column,) = (compiler.process(part, **how) for part in element.clauses)
    return f"substr({column}, instr({column}, '/') + 1)"


@compiles(_Local, "postgresql")
def _local_on_postgres(element: Any, compiler: Any, **how: Any) -> str:
    (column,) = (compiler.process(part, **how) for part in element.clauses)
    return f"substr({column}, strpos({column}, '/') + 1)"


@compiles(_Message)
def _message(element: Any, compiler: Any, **how: Any) -> str:
    (column,) = (compiler.process(part, **how) for part in element.clauses)
    return f"json_extract(replace({column}, '\\u0000', '\\ufffd'), '$.message')"


@compiles(_Message, "postgresql")
def _message_on_postgres(element: Any, compiler: Any, **how: Any) -> str:
    (column,) = (compiler.process(part, **how) for part in element.clauses)
    return f"(CAST(replace({column}, '\\u0000', '\\ufffd') AS json) ->> 'message')"

"""What LangGraph's saver leaves of threads, by thread and by run: deleted and copied as a whole."""

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import Connection, Table, and_, delete, insert, literal, or_, select

from runwire.domain.run import Run

SAVED: Final[tuple[Table, ...]] = ()
"""Each has a `thread_id`, and the `run_id` of the run that left it."""
AT_ONCE: Final = 200


def drop_saved_of(connection: Connection, thread_ids: Sequence[str]) -> None:
    """Delete all that is saved of threads."""
    for some in _pieces(thread_ids):
        for table in SAVED:
            connection.execute(delete(table).where(table.c.thread_id.in_(some)))


def drop_saved_by(connection: Connection, runs: Sequence[Run]) -> None:
    """Delete what runs have saved in their threads."""
    for table in SAVED if runs else ():
        theirs = [
            and_(table.c.thread_id == (run.thread_id or run.run_id), table.c.run_id == run.run_id)
            for run in runs
        ]
        connection.execute(delete(table).where(or_(*theirs)))


def copy_saved(connection: Connection, thread_id: str, new_id: str) -> None:
    """Copy all that is saved of a thread."""
    for table in SAVED:
        columns = [
            literal(new_id).label(column.name) if column.name == "thread_id" else column
            for column in table.c
        ]
        rows = select(*columns).where(table.c.thread_id == thread_id)
        connection.execute(insert(table).from_select([column.name for column in table.c], rows))


def _pieces(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE))

"""What goes in the batch in which a run ends: runs nobody wants, checkpoints of no thread."""

from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

from sqlalchemy import Connection, bindparam, delete

from runwire.domain.run import OnEnd, Run, RunId, own_thread_of
from runwire.stores.saved_deleting import drop_saved, drop_saved_by
from runwire.stores.tables import runs
from runwire.stores.thread_tables import threads

_IDS: Final[Any] = bindparam("ids", expanding=True)
_RUNS: Final = delete(runs).where(runs.c.run_id.in_(_IDS))
_THREADS: Final = delete(threads).where(threads.c.thread_id.in_(_IDS))


class OnThread(Protocol):
    """A run, or a row that tells as much of it."""

    @property
    def run_id(self) -> str: ...
    @property
    def thread_id(self) -> str: ...


class Buried:
    """What one batch has to bury at its end."""

    def __init__(self) -> None:
        self._runs: dict[RunId, Run] = {}
        self._saved: dict[RunId, None] = {}

    def follow(self, before: Run | None, run: Run) -> None:
        """Note what goes with the end of a run."""
        if not run.status.final:
            return
        if run.on_end:
            self._runs[run.run_id] = run
        if run.sheds and before is not None and before.checkpoint_bytes:
            self._saved[run.run_id] = None

    def forget(self, run_id: RunId) -> None:
        """Note that a run is gone already."""
        self._runs.pop(run_id, None)

    def __bool__(self) -> bool:
        return bool(self._runs or self._saved)

    def bury(self, connection: Connection, gone: Callable[[Run], None]) -> None:
        """Delete all of it, everything before being written; tell of each run that is gone."""
        undone = [run for run in self._runs.values() if run.on_end is OnEnd.ROLL_BACK]
        drop_saved_by(connection, [run.run_id for run in undone])
        drop_saved(connection, list(map(own_thread_of, self._saved)))
        drop_runs(connection, list(self._runs.values()))
        for run in list(self._runs.values()):
            gone(run)
        self._runs, self._saved = {}, {}


def drop_runs(connection: Connection, gone: Sequence[OnThread]) -> None:
    """Delete runs with all they own; the sums over runs are not changed."""
    if not gone:
        return
    drop_saved(connection, [own_thread_of(run.run_id) for run in gone if not run.thread_id])
    connection.execute(_RUNS, {"ids": [run.run_id for run in gone]})


def drop_threads(connection: Connection, thread_ids: Sequence[str]) -> None:
    """Delete threads with all that is saved of them; the runs stay."""
    if thread_ids:
        drop_saved(connection, thread_ids)
        connection.execute(_THREADS, {"ids": list(thread_ids)})

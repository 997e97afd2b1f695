"""The parts by which a server is looked into: its figures, and why a run does not move."""

from collections.abc import Callable, Sequence
from importlib.metadata import version
from platform import python_version

from runwire.app.artifacts import ArtifactShelf
from runwire.app.explaining import Explaining
from runwire.app.figures import Build, Figures
from runwire.app.watch import Watch
from runwire.app.workers import Workers
from runwire.clock import now
from runwire.config import Settings
from runwire.domain.explanation import Executor
from runwire.domain.worker import Hello, serving
from runwire.engine.worker import Worker
from runwire.stores.backlog import SqlBacklog
from runwire.stores.database import Database
from runwire.stores.places import SqlPlaces
from runwire.stores.runs import SqlRunStore
from runwire.stores.state import SqlStateStore


def figures_of(
    database: Database, watch: Watch, shelf: ArtifactShelf, workers: Workers, *, embedded: bool
) -> Figures:
    """Return the numbers of a server; ``embedded`` if it executes runs in its own process."""
    return Figures(
        build=Build(
            version=version("runwire"), python=python_version(), database=database.kind_name
        ),
        store=database.tally,
        watches=watch.tally,
        artifacts=shelf.tally,
        newest=database.tail,
        backlog=SqlBacklog(database),
        workers=lambda: {"embedded": int(embedded), "connected": workers.connected},
    )


def explaining_of(
    settings: Settings, database: Database, workers: Callable[[], Sequence[Executor]]
) -> Explaining:
    """Return what says why a run does not move."""
    return Explaining(
        runs=SqlRunStore(database),
        states=SqlStateStore(database),
        places=SqlPlaces(database, settings.graph_limits),
        workers=workers,
        now=now,
        lease_seconds=settings.lease_seconds,
        renew_seconds=settings.renew_seconds,
    )


def who_serves(
    local: Hello | None, worker: Worker | None, workers: Workers
) -> Callable[[], Sequence[Executor]]:
    """Return what tells which workers could take a run, the one in this process included."""

    def serving_now() -> Sequence[Executor]:
        here = [] if local is None or worker is None else [serving(local, worker.room)]
        return [*here, *workers.serving()]

    return serving_now

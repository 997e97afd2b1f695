"""The parts by which a server is looked into: figures, overview, and why a run does not move."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.metadata import version
from importlib.util import find_spec
from platform import python_version

from runwire.app.artifacts import ArtifactShelf
from runwire.app.explaining import Explaining
from runwire.app.figures import Build, Figures
from runwire.app.graphs import GraphCatalog
from runwire.app.overview import Overview, ServerFacts
from runwire.app.watch import Watch
from runwire.app.workers import Workers
from runwire.clock import now
from runwire.config import Settings
from runwire.domain.explanation import Executor
from runwire.domain.ids import queue_names
from runwire.domain.overview import WorkerState
from runwire.domain.worker import Hello, serving
from runwire.engine.worker import Worker
from runwire.spelling import OFF
from runwire.stores.backlog import SqlBacklog
from runwire.stores.database import Database
from runwire.stores.namespaces import SqlNamespaceStore
from runwire.stores.overview import SqlOverview
from runwire.stores.places import SqlPlaces
from runwire.stores.runs import SqlRunStore
from runwire.stores.state import SqlStateStore

_ANY = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]", "": "127.0.0.1"}  # noqa: S104 - not listened on


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


def overview_of(
    settings: Settings,
    database: Database,
    graphs: GraphCatalog,
    local: Hello | None,
    worker: Worker | None,
    workers: Workers,
    embedded: str,
) -> Overview:
    """Return what shows the whole of a server."""
    started_at = now()

    def roster() -> Sequence[WorkerState]:
        here = [] if local is None or worker is None else [_embedded(local, worker)]
        return [*(replace(each, connected_at=started_at) for each in here), *workers.states()]

    served = settings.http_address != OFF and settings.langgraph_prefix != OFF
    return Overview(
        store=SqlOverview(database),
        namespaces=SqlNamespaceStore(database),
        graphs=graphs,
        workers=roster,
        embedded=embedded,
        facts=ServerFacts(
            version=version("runwire"),
            started_at=started_at,
            database=database.kind_name,
            auth=settings.auth,
            tls=settings.tls,
            langgraph=find_spec("langgraph") is not None,
            langgraph_path=settings.langgraph_prefix if served else None,
        ),
        now=now,
    )


def callable_at(address: str) -> str:
    """Return an address as a caller on this machine names it, who cannot call all addresses."""
    if address.startswith("unix:"):
        return address
    host, _, port = address.rpartition(":")
    return f"{_ANY.get(host, host)}:{port}"


def url_of(address: str, *, tls: bool) -> str:
    """Return the URL of what listens for HTTP; that of a Unix socket is its path."""
    if address.startswith("unix:"):
        return address
    return f"http{'s' if tls else ''}://{callable_at(address)}"


def _embedded(local: Hello, worker: Worker) -> WorkerState:
    return WorkerState(
        worker_id=local.worker_id,
        embedded=True,
        here=True,
        queues=queue_names(local.queues),
        graphs=tuple(graph.graph_id for graph in local.graphs),
        capacity=worker.max_runs,
        heard_at=now(),
    )

"""Who executes runs, in this process and elsewhere, put together."""

from runwire.app.artifacts import ArtifactShelf
from runwire.app.graphs import GraphCatalog
from runwire.app.leases import LocalLeases
from runwire.app.registrations import Registrations
from runwire.app.workers import NewLeases, Workers
from runwire.clock import now
from runwire.config import Settings
from runwire.domain.assistant_ports import ItemStore
from runwire.domain.ids import queue_names
from runwire.domain.ports import Artifacts, Bus
from runwire.domain.thread_ports import ThreadCheckpoints
from runwire.domain.worker import Hello
from runwire.engine.attempt import Execution
from runwire.engine.crossing import CrossingArtifacts, CrossingCheckpoints
from runwire.engine.crossing_items import CrossingItems
from runwire.engine.registry import Registry
from runwire.engine.worker import Worker
from runwire.spans import Tracer
from runwire.stores.journal import SqlJournal
from runwire.stores.runs import SqlRunStore
from runwire.stores.state import SqlStateStore


def new_leases_of(
    settings: Settings,
    journal: SqlJournal,
    states: SqlStateStore,
    shelf: ArtifactShelf,
    graphs: GraphCatalog,
) -> NewLeases:
    """Return what gives each worker its way to the journal."""
    return lambda hello: LocalLeases(
        journal=journal,
        states=states,
        artifacts=shelf,
        definitions=graphs,
        graphs=[graph.graph_id for graph in hello.graphs],
        queues=queue_names(hello.queues),
        lease_seconds=settings.lease_seconds,
    )


async def known(local: Hello | None, registrations: Registrations) -> Hello | None:
    """Return who executes runs here, once every server knows of it, and this one of the others."""
    if local is not None:
        await registrations.register(local)
    await registrations.refresh()
    return local


def local_of(settings: Settings, registry: Registry, worker_id: str) -> Hello | None:
    """Return who executes runs in this process, None if nobody does."""
    if settings.workers or not settings.worker:
        return None
    return Hello(
        worker_id=worker_id,
        graphs=tuple(registry.own()),
        tools=tuple(registry.tools()),
        queues=settings.queues,
    )


def workers_of(
    settings: Settings,
    journal: SqlJournal,
    runs: SqlRunStore,
    bus: Bus,
    registrations: Registrations,
    new_leases: NewLeases,
    checkpoints: ThreadCheckpoints,
) -> Workers:
    """Return what serves workers that live elsewhere."""
    return Workers(
        journal=journal,
        runs=runs,
        bus=bus,
        registrations=registrations,
        new_leases=new_leases,
        checkpoints=checkpoints,
        now=now,
        lease_seconds=settings.lease_seconds,
        renew_seconds=settings.renew_seconds,
    )


def worker_of(
    settings: Settings,
    hello: Hello | None,
    bus: Bus,
    registry: Registry,
    new_leases: NewLeases,
    tracer: Tracer | None,
    artifacts: Artifacts,
    checkpoints: ThreadCheckpoints,
    items: ItemStore,
) -> Worker | None:
    """Return who executes runs in this process."""
    if hello is None:
        return None
    leases = new_leases(hello)
    execution = Execution(
        registry=registry,
        leases=leases,
        artifacts=CrossingArtifacts(artifacts),
        now=now,
        tracer=tracer,
        checkpoints=CrossingCheckpoints(checkpoints),
        items=CrossingItems(items),
    )
    return Worker(
        worker_id=hello.worker_id,
        leases=leases,
        bus=bus,
        execution=execution,
        max_runs=settings.max_runs,
        renew_seconds=settings.renew_seconds,
        drain_seconds=settings.drain_seconds,
    )

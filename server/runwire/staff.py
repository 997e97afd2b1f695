"""Who executes runs: the worker of the server's own process, and those that live elsewhere."""

from runwire.app.artifacts import ArtifactShelf
from runwire.app.registrations import Registrations
from runwire.app.workers import NewLeases, Workers
from runwire.clock import now
from runwire.config import Settings
from runwire.domain.ports import Bus, Journal, RunStore
from runwire.domain.worker import Hello
from runwire.engine.attempt import Execution
from runwire.engine.crossing import CrossingArtifacts, CrossingCheckpoints
from runwire.engine.registry import Registry
from runwire.engine.worker import Worker
from runwire.spans import Tracer
from runwire.stores.database import Database
from runwire.stores.thread_checkpoints import SqlThreadCheckpoints


def local(settings: Settings, registry: Registry, worker_id: str) -> Hello | None:
    """Return who executes runs in this process, None if nobody does."""
    if settings.workers or not settings.worker:
        return None
    return Hello(
        worker_id=worker_id,
        graphs=tuple(registry.own()),
        tools=tuple(registry.tools()),
        queues=settings.queues,
    )


def workers(
    settings: Settings,
    database: Database,
    journal: Journal,
    runs: RunStore,
    bus: Bus,
    registrations: Registrations,
    new_leases: NewLeases,
) -> Workers:
    """Return the workers that live elsewhere."""
    return Workers(
        journal=journal,
        runs=runs,
        bus=bus,
        registrations=registrations,
        new_leases=new_leases,
        checkpoints=SqlThreadCheckpoints(database),
        lease_seconds=settings.lease_seconds,
        renew_seconds=settings.renew_seconds,
    )


def worker(
    settings: Settings,
    hello: Hello | None,
    database: Database,
    bus: Bus,
    registry: Registry,
    new_leases: NewLeases,
    shelf: ArtifactShelf,
    tracer: Tracer | None,
) -> Worker | None:
    """Return the worker of this process, None if there is none."""
    if hello is None:
        return None
    leases = new_leases(hello)
    execution = Execution(
        registry=registry,
        leases=leases,
        artifacts=CrossingArtifacts(shelf),
        now=now,
        tracer=tracer,
        checkpoints=CrossingCheckpoints(SqlThreadCheckpoints(database)),
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

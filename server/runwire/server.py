"""Everything wired together. The only module that knows every other."""

import asyncio
import logging
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

from runwire.app.artifacts import ArtifactShelf
from runwire.app.forks import Forks
from runwire.app.graphs import GraphCatalog
from runwire.app.inputs import Inputs
from runwire.app.leases import LocalLeases
from runwire.app.new_ids import NewIds
from runwire.app.registrations import Registrations
from runwire.app.runs import Runs
from runwire.app.states import States
from runwire.app.watch import Watch
from runwire.app.workers import Workers
from runwire.bus.memory import MemoryBus
from runwire.bus.postgres import PostgresBus
from runwire.config import Settings
from runwire.crew import LOCAL, Crew, worker_command
from runwire.domain.artifact import ArtifactId
from runwire.domain.errors import invalid
from runwire.domain.graph import GraphInfo
from runwire.domain.ids import queue_names
from runwire.domain.ports import Bus
from runwire.domain.run import RunId
from runwire.domain.worker import Hello
from runwire.engine.attempt import Execution
from runwire.engine.chores import Discarder, Gatekeeper, Sweeper
from runwire.engine.crossing import CrossingArtifacts
from runwire.engine.loading import load_graphs, load_module
from runwire.engine.registry import Registry
from runwire.engine.worker import Worker
from runwire.lifetime import run_until_asked
from runwire.rpc.addresses import Tls
from runwire.rpc.convert_events import encode_events
from runwire.rpc.server import RpcServer
from runwire.stores.artifacts import SqlArtifactStore
from runwire.stores.blobs import ObjectBlobStore
from runwire.stores.database import Database, open_database
from runwire.stores.database import migrate as migrate_database
from runwire.stores.events import SqlEventStore
from runwire.stores.graphs import SqlGraphStore
from runwire.stores.journal import SqlJournal
from runwire.stores.postgres import conninfo_of, is_postgres
from runwire.stores.registrations import SqlRegistrationStore
from runwire.stores.retention import SqlRetention
from runwire.stores.runs import SqlRunStore
from runwire.stores.state import SqlStateStore
from runwire.world import now

EMBEDDED = "embedded/"
"""Prefix of the ids of workers that live in a server's process, and end with it."""

logger = logging.getLogger("runwire.server")


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs."""

    grpc_address: str
    graphs: tuple[GraphInfo, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the edges serve and the background loops need."""

    runs: Runs
    states: States
    watch: Watch
    artifacts: ArtifactShelf
    graphs: GraphCatalog
    workers: Workers
    worker: Worker | None
    sweeper: Sweeper
    gatekeeper: Gatekeeper
    discarder: Discarder
    others: Sequence[Coroutine[Any, Any, None]]
    """What keeps up with the other servers on the same database."""


@asynccontextmanager
async def serve(settings: Settings) -> AsyncIterator[Server]:
    """Serve until the block ends; then drain. Raises Error where something stops the start."""
    for place in settings.tool_modules:
        load_module(place)
    registry = Registry(load_graphs(settings.python_graphs.values()))
    new_ids = NewIds(now)
    bus = _bus(settings)
    with _private_address() as private:
        async with open_database(
            settings.database_url,
            now=now,
            encode=encode_events,
            wake_all=bus.wake_all,
            graph_limits=settings.graph_limits,
        ) as database:
            parts = await _assemble(settings, database, bus, registry, new_ids)
            for path in settings.json_graphs:
                await parts.graphs.create(path.read_bytes(), validate_only=False)
            rpc = RpcServer(
                runs=parts.runs,
                states=parts.states,
                watch=parts.watch,
                artifacts=parts.artifacts,
                graphs=parts.graphs,
                workers=parts.workers,
                tls=tls_of(settings),
                new_request_id=new_ids.word,
            )
            port = rpc.add_address(settings.grpc_address)
            if settings.workers:
                rpc.add_address(private)
            async with _at_work(settings, parts, rpc, private):
                address = _bound(settings.grpc_address, port)
                yield Server(grpc_address=address, graphs=tuple(registry.own()))


def run(settings: Settings, on_started: Callable[[Server], None]) -> None:
    """Serve until SIGTERM or SIGINT; a second one ends the process at once."""
    run_until_asked(lambda: serve(settings), on_started)


def migrate(settings: Settings) -> None:
    """Bring the database's schema up to date."""
    migrate_database(settings.database_url)


@asynccontextmanager
async def _at_work(
    settings: Settings, parts: Parts, rpc: RpcServer, private: str
) -> AsyncIterator[None]:
    """Serve and execute while the block lasts; then stop executing, then serving."""
    crew = Crew(
        worker_command(settings, private),
        count=settings.workers,
        stop_seconds=settings.drain_seconds,
    )
    async with asyncio.TaskGroup() as tasks:
        loops = [
            *(tasks.create_task(each, name="others") for each in parts.others),
            tasks.create_task(parts.sweeper.run(), name="sweeper"),
            tasks.create_task(parts.gatekeeper.run(), name="gatekeeper"),
            tasks.create_task(parts.discarder.run(), name="discarder"),
            tasks.create_task(parts.workers.run(), name="workers"),
        ]
        if parts.worker is not None:
            loops.append(tasks.create_task(parts.worker.run(), name="worker"))
        await rpc.start()
        executing = tasks.create_task(crew.run(), name="crew")
        try:
            yield
        finally:
            rpc.leave()
            executing.cancel()
            await asyncio.wait([executing])  # they can still say what they came to
            await parts.workers.drain()
            for loop in loops:
                loop.cancel()
            await rpc.drain(settings.drain_seconds)


@contextmanager
def _private_address() -> Iterator[str]:
    """Return an address that only processes of this user can open; it is gone after the block."""
    with tempfile.TemporaryDirectory(prefix="runwire-") as directory:
        yield f"unix:{directory}/workers"


def _bus(settings: Settings) -> MemoryBus | PostgresBus:
    if settings.database_notify and is_postgres(settings.database_url):
        return PostgresBus(conninfo_of(settings.database_url))
    return MemoryBus()


async def _assemble(
    settings: Settings,
    database: Database,
    bus: MemoryBus | PostgresBus,
    registry: Registry,
    new_ids: NewIds,
) -> Parts:
    journal = SqlJournal(database.writer, max_crashes=settings.max_crashes)
    if database.alone:  # elsewhere they may be another server's
        for prefix in (EMBEDDED, LOCAL):
            await journal.abandon(prefix)
    await journal.limit_anew(settings.graph_limits)
    runs, states = SqlRunStore(database), SqlStateStore(database)
    registrations = Registrations(store=SqlRegistrationStore(database), learner=registry, now=now)
    graphs = GraphCatalog(
        graphs=registry, store=SqlGraphStore(database), refresh=registrations.refresh
    )
    shelf = ArtifactShelf(
        artifacts=SqlArtifactStore(database),
        blobs=ObjectBlobStore.open(settings.artifacts_url, now=now),
        runs=runs,
        now=now,
        new_id=lambda: ArtifactId(new_ids.uuid()),
    )
    inputs = Inputs(graphs=registry, artifacts=shelf)

    def leases_for(hello: Hello) -> LocalLeases:
        return LocalLeases(
            journal=journal,
            states=states,
            artifacts=shelf,
            definitions=graphs,
            graphs=[graph.graph_id for graph in hello.graphs],
            queues=queue_names(hello.queues),
            lease_seconds=settings.lease_seconds,
        )

    local = Hello(
        worker_id=f"{EMBEDDED}{new_ids.uuid()}",
        graphs=tuple(registry.own()),
        tools=tuple(registry.tools()),
        queues=settings.queues,
    )
    if settings.worker and not settings.workers:
        await registrations.register(local)
    await registrations.refresh()
    return Parts(
        runs=Runs(
            runs=runs,
            journal=journal,
            bus=bus,
            graphs=graphs,
            inputs=inputs,
            forks=Forks(states=states, graphs=graphs, inputs=inputs, now=now),
            now=now,
            new_id=lambda: RunId(new_ids.uuid()),
            cancel_grace_seconds=settings.cancel_grace_seconds,
        ),
        states=States(runs=runs, states=states),
        watch=Watch(runs=runs, events=SqlEventStore(database), bus=bus, now=now),
        artifacts=shelf,
        graphs=graphs,
        workers=Workers(
            journal=journal,
            runs=runs,
            bus=bus,
            registrations=registrations,
            new_leases=leases_for,
            lease_seconds=settings.lease_seconds,
            renew_seconds=settings.renew_seconds,
        ),
        worker=_worker(settings, local, bus, registry, leases_for(local), shelf)
        if settings.worker and not settings.workers
        else None,
        sweeper=Sweeper(journal),
        gatekeeper=Gatekeeper(journal),
        discarder=_discarder(settings, database, shelf),
        others=()
        if isinstance(bus, MemoryBus)
        else (
            bus.run(database.tail.doubt),
            journal.listen(bus),
        ),
    )


def _worker(
    settings: Settings,
    hello: Hello,
    bus: Bus,
    registry: Registry,
    leases: LocalLeases,
    shelf: ArtifactShelf,
) -> Worker:
    execution = Execution(
        registry=registry, leases=leases, artifacts=CrossingArtifacts(shelf), now=now
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


def _discarder(settings: Settings, database: Database, shelf: ArtifactShelf) -> Discarder:
    return Discarder(
        retention=SqlRetention(database),
        sweep_artifacts=shelf.sweep,
        now=now,
        delta_retention_seconds=settings.delta_retention_seconds,
    )


def tls_of(settings: Settings) -> Tls | None:
    """Read the certificates that the settings name; raise Invalid if one is of no use."""
    if settings.tls_certificate is None or settings.tls_key is None:
        return None
    try:
        return Tls.read(
            certificate=settings.tls_certificate,
            key=settings.tls_key,
            client_ca=settings.tls_client_ca,
        )
    except ValueError as error:
        raise invalid("tls_certificate", str(error)) from error


def _bound(address: str, port: int) -> str:
    if address.startswith("unix:"):
        return address
    return f"{address.rpartition(':')[0]}:{port}"

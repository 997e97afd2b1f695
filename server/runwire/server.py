"""Everything wired together. The only module that knows every other."""

import asyncio
import gc
import logging
import os
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from runwire.app.artifacts import ArtifactShelf
from runwire.app.forks import Forks
from runwire.app.graphs import GraphCatalog
from runwire.app.inputs import Inputs
from runwire.app.leases import LocalLeases
from runwire.app.new_ids import NewIds
from runwire.app.pruning import Archive
from runwire.app.runs import Runs
from runwire.app.states import States
from runwire.app.watch import Watch
from runwire.bus.memory import MemoryBus
from runwire.bus.postgres import PostgresBus
from runwire.config import Settings
from runwire.domain.artifact import ArtifactId
from runwire.domain.errors import invalid
from runwire.domain.graph import GraphInfo
from runwire.domain.ports import Bus
from runwire.domain.run import RunId
from runwire.engine.attempt import Execution
from runwire.engine.chores import Discarder, Sweeper
from runwire.engine.crossing import CrossingArtifacts
from runwire.engine.loading import load_graphs, load_module
from runwire.engine.registry import Registry
from runwire.engine.worker import Worker
from runwire.loop import new_event_loop
from runwire.rpc.addresses import Tls
from runwire.rpc.convert_events import encode_events
from runwire.rpc.server import RpcServer
from runwire.stores.artifacts import SqlArtifactStore
from runwire.stores.blobs import ObjectBlobStore
from runwire.stores.database import Database, open_database
from runwire.stores.events import SqlEventStore
from runwire.stores.graphs import SqlGraphStore
from runwire.stores.journal import SqlJournal
from runwire.stores.postgres import conninfo_of, is_postgres
from runwire.stores.retention import SqlRetention
from runwire.stores.runs import SqlRunStore
from runwire.stores.state import SqlStateStore
from runwire.stores.storage import SqlStorageStore

EMBEDDED = "embedded/"
"""Prefix of the ids of workers that live in a server's process, and end with it."""

GARBAGE_THRESHOLD = 50_000

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
    archive: Archive
    worker: Worker
    sweeper: Sweeper
    discarder: Discarder
    others: Sequence[Coroutine[Any, Any, None]]
    """What keeps up with the other servers on the same database."""


@asynccontextmanager
async def serve(settings: Settings) -> AsyncIterator[Server]:
    """Serve until the block ends; then drain. Raises Error where something stops the start."""
    for place in settings.tool_modules:
        load_module(place)
    registry = Registry(load_graphs(settings.python_graphs.values()))
    new_ids = NewIds(_now)
    bus = _bus(settings)
    async with open_database(
        settings.database_url, now=_now, encode=encode_events, wake_all=bus.wake_all
    ) as database:
        parts = await _assemble(settings, database, bus, registry, new_ids)
        for path in settings.json_graphs:
            await parts.graphs.create(path.read_bytes(), validate_only=False)
        for name in await parts.archive.unknown_graphs():
            logger.warning("retention.%s: no such graph, and no runs of it: misspelled?", name)
        rpc = RpcServer(
            runs=parts.runs,
            states=parts.states,
            watch=parts.watch,
            artifacts=parts.artifacts,
            graphs=parts.graphs,
            archive=parts.archive,
            tls=tls_of(settings),
            new_request_id=new_ids.word,
        )
        port = rpc.add_address(settings.grpc_address)
        async with asyncio.TaskGroup() as tasks:
            loops = [
                *(tasks.create_task(each, name="others") for each in parts.others),
                tasks.create_task(parts.sweeper.run(), name="sweeper"),
                tasks.create_task(parts.discarder.run(), name="discarder"),
                tasks.create_task(parts.worker.run(), name="worker"),
            ]
            await rpc.start()
            try:
                infos = tuple(registry.info(name) for name in registry.names())
                yield Server(grpc_address=_bound(settings.grpc_address, port), graphs=infos)
            finally:
                for loop in loops:
                    loop.cancel()
                await rpc.drain(settings.drain_seconds)


def run(settings: Settings, on_started: Callable[[Server], None]) -> None:
    """Serve until SIGTERM or SIGINT; a second one ends the process at once."""
    # What is loaded by now stays, and values made for a run die with it: looking for cycles among
    # them again and again costs more than a tenth of the throughput.
    gc.freeze()
    gc.set_threshold(GARBAGE_THRESHOLD)
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(_run(settings, on_started))


async def _run(settings: Settings, on_started: Callable[[Server], None]) -> None:
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop() -> None:
        if asked.is_set():
            os._exit(1)  # asked twice: what is on disk is complete at any instant
        asked.set()

    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop)
    async with serve(settings) as server:
        on_started(server)
        await asked.wait()
        logger.info("stopping: running nodes get %g seconds", settings.drain_seconds)


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
    journal = SqlJournal(database.writer)
    if database.alone:
        await journal.abandon(EMBEDDED)  # elsewhere they may be another server's
    runs, states = SqlRunStore(database), SqlStateStore(database)
    graphs = GraphCatalog(graphs=registry, store=SqlGraphStore(database))
    shelf = _shelf(settings, database, runs, new_ids)
    archive = _archive(settings, database, registry)
    inputs = Inputs(graphs=registry, artifacts=shelf)
    leases = LocalLeases(
        journal=journal,
        states=states,
        artifacts=shelf,
        definitions=graphs,
        graphs=registry.names(),
        lease_seconds=settings.lease_seconds,
    )
    return Parts(
        runs=Runs(
            runs=runs,
            journal=journal,
            bus=bus,
            graphs=graphs,
            inputs=inputs,
            forks=Forks(states=states, graphs=graphs, inputs=inputs, now=_now),
            now=_now,
            new_id=lambda: RunId(new_ids.uuid()),
            cancel_grace_seconds=settings.cancel_grace_seconds,
        ),
        states=States(runs=runs, states=states),
        watch=Watch(runs=runs, events=SqlEventStore(database), bus=bus, now=_now),
        artifacts=shelf,
        graphs=graphs,
        worker=_worker(settings, bus, registry, leases, shelf, f"{EMBEDDED}{new_ids.uuid()}"),
        sweeper=Sweeper(journal),
        archive=archive,
        discarder=_discarder(settings, database, shelf, archive),
        others=() if isinstance(bus, MemoryBus) else (bus.run(), journal.listen(bus)),
    )


def _worker(
    settings: Settings,
    bus: Bus,
    registry: Registry,
    leases: LocalLeases,
    shelf: ArtifactShelf,
    worker_id: str,
) -> Worker:
    execution = Execution(
        registry=registry, leases=leases, artifacts=CrossingArtifacts(shelf), now=_now
    )
    return Worker(
        worker_id=worker_id,
        leases=leases,
        bus=bus,
        execution=execution,
        max_runs=settings.max_runs,
        renew_seconds=settings.renew_seconds,
        drain_seconds=settings.drain_seconds,
    )


def _shelf(
    settings: Settings, database: Database, runs: SqlRunStore, new_ids: NewIds
) -> ArtifactShelf:
    return ArtifactShelf(
        artifacts=SqlArtifactStore(database),
        blobs=ObjectBlobStore.open(settings.artifacts_url, now=_now),
        runs=runs,
        now=_now,
        new_id=lambda: ArtifactId(new_ids.uuid()),
    )


def _archive(settings: Settings, database: Database, registry: Registry) -> Archive:
    return Archive(
        retention=SqlRetention(database),
        storage=SqlStorageStore(database),
        policy=settings.retention_policy,
        graphs=registry,
        definitions=SqlGraphStore(database),
        now=_now,
    )


def _discarder(
    settings: Settings, database: Database, shelf: ArtifactShelf, archive: Archive
) -> Discarder:
    return Discarder(
        retention=SqlRetention(database),
        prune=archive.keep,
        sweep_artifacts=shelf.sweep,
        now=_now,
        delta_retention_seconds=settings.delta_retention_seconds,
        retention_seconds=archive.policy.shortest_seconds,
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


def _now() -> datetime:
    return datetime.now(UTC)


def _bound(address: str, port: int) -> str:
    if address.startswith("unix:"):
        return address
    return f"{address.rpartition(':')[0]}:{port}"

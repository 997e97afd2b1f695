"""The parts of a server, made and put together."""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from runwire.app.artifacts import ArtifactShelf
from runwire.app.explaining import Explaining
from runwire.app.figures import Figures
from runwire.app.forks import Forks
from runwire.app.graphs import GraphCatalog
from runwire.app.inputs import Inputs
from runwire.app.items import Items
from runwire.app.namespaces import Namespaces
from runwire.app.new_ids import NewIds
from runwire.app.overview import Overview
from runwire.app.pruning import Archive
from runwire.app.registrations import Registrations
from runwire.app.runs import Runs
from runwire.app.schedules import Schedules
from runwire.app.states import States
from runwire.app.watch import Watch
from runwire.app.workers import Workers
from runwire.bus.memory import MemoryBus
from runwire.clock import now
from runwire.config import Settings
from runwire.crew import LOCAL
from runwire.domain.ports import Bus
from runwire.domain.run import RunId
from runwire.domain.thread_ports import GraphStates
from runwire.engine.chores import Discarder, Gatekeeper, Scheduler, Sweeper
from runwire.engine.registry import Registry
from runwire.engine.worker import Worker
from runwire.insight import explaining_of, figures_of, overview_of, who_serves
from runwire.item_parts import items_of
from runwire.keeping import discarder_of, keeping_of
from runwire.schedule_parts import scheduling
from runwire.spans import Tracer
from runwire.stores.database import Database
from runwire.stores.events import SqlEventStore
from runwire.stores.graphs import SqlGraphStore
from runwire.stores.journal import SqlJournal
from runwire.stores.namespaces import SqlNamespaceStore
from runwire.stores.registrations import SqlRegistrationStore
from runwire.stores.runs import SqlRunStore
from runwire.stores.state import SqlStateStore
from runwire.stores.thread_checkpoints import SqlThreadCheckpoints
from runwire.thread_parts import NO_CODE, ThreadParts, thread_parts
from runwire.webhook_parts import WebhookParts, webhook_parts
from runwire.work_parts import known, local_of, new_leases_of, worker_of, workers_of

if TYPE_CHECKING:
    from runwire.bus.postgres import PostgresBus

ServerBus: TypeAlias = "MemoryBus | PostgresBus"

Loop: TypeAlias = Callable[[], Coroutine[Any, Any, None]]
"""What goes on until it is cancelled, once it is begun."""

EMBEDDED = "embedded/"
"""Prefix of the ids of workers that live in a server's process, and end with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the edges serve and the background loops need."""

    runs: Runs
    states: States
    explaining: Explaining
    watch: Watch
    artifacts: ArtifactShelf
    graphs: GraphCatalog
    archive: Archive
    overview: Overview
    telling: WebhookParts
    namespaces: Namespaces
    workers: Workers
    worker: Worker | None
    sweeper: Sweeper
    gatekeeper: Gatekeeper
    discarder: Discarder
    figures: Figures
    schedules: Schedules
    scheduler: Scheduler
    threading: ThreadParts
    items: Items
    others: Sequence[Loop]
    """What else goes on, such as keeping up with the other servers on the same database."""


async def assemble(
    settings: Settings,
    database: Database,
    bus: ServerBus,
    registry: Registry,
    new_ids: NewIds,
    tracer: Tracer | None = None,
    graph_states: GraphStates = NO_CODE,
) -> Parts:
    """Return what a server consists of, over a database that is open."""
    journal, saved = await _journal(settings, database), SqlThreadCheckpoints(database)
    runs, states = SqlRunStore(database), SqlStateStore(database)
    registrations, graphs = _graphs(database, registry)
    shelf, archive = keeping_of(settings, database, registry, runs, new_ids)
    inputs = Inputs(graphs=registry, artifacts=shelf)
    new_leases = new_leases_of(settings, journal, states, shelf, graphs)
    local = await known(local_of(settings, registry, f"{EMBEDDED}{new_ids.uuid()}"), registrations)
    watch = Watch(runs=runs, events=SqlEventStore(database), bus=bus, now=now)
    workers = workers_of(settings, journal, runs, bus, registrations, new_leases, saved)
    items, item_sweeper = items_of(settings, database)
    worker = worker_of(settings, local, bus, registry, new_leases, tracer, shelf, saved, items)
    run_parts = _runs(settings, runs, journal, bus, graphs, inputs, states, new_ids)
    threading, schedules, scheduler = _later(
        *(settings, database, bus, journal, run_parts, registry, graphs, inputs, new_ids),
        *(graph_states, registrations),
    )
    return Parts(
        runs=run_parts,
        states=States(runs=runs, states=states, saved=saved, graph_states=graph_states),
        explaining=explaining_of(settings, database, who_serves(local, worker, workers)),
        watch=watch,
        artifacts=shelf,
        graphs=graphs,
        archive=archive,
        overview=overview_of(settings, database, graphs, local, worker, workers, EMBEDDED),
        namespaces=Namespaces(SqlNamespaceStore(database)),
        telling=await webhook_parts(settings, database, bus, new_ids),
        workers=workers,
        worker=worker,
        sweeper=Sweeper(journal),
        gatekeeper=Gatekeeper(journal),
        discarder=discarder_of(settings, database, shelf, archive),
        figures=figures_of(database, watch, shelf, workers, embedded=local is not None),
        schedules=schedules,
        scheduler=scheduler,
        threading=threading,
        items=items,
        others=(item_sweeper.run, *_others(database, journal, bus)),
    )


def _later(
    settings: Settings,
    database: Database,
    bus: Bus,
    journal: SqlJournal,
    runs: Runs,
    registry: Registry,
    graphs: GraphCatalog,
    inputs: Inputs,
    new_ids: NewIds,
    graph_states: GraphStates,
    registrations: Registrations,
) -> tuple[ThreadParts, Schedules, Scheduler]:
    """Return what makes runs of threads, and of schedules."""
    threading = thread_parts(
        *(settings, database, journal, runs, registry, graphs, new_ids, graph_states),
        look_again=registrations.refresh,
    )
    schedules, scheduler = scheduling(
        *(database, bus, runs, graphs, inputs, new_ids), make=threading.maker.fire
    )
    return threading, schedules, scheduler


async def _journal(settings: Settings, database: Database) -> SqlJournal:
    journal = SqlJournal(database.writer, max_crashes=settings.max_crashes)
    if database.alone:  # elsewhere they may be another server's
        for gone in (EMBEDDED, LOCAL):
            await journal.abandon(gone)
    await journal.limit_anew(settings.graph_limits)
    return journal


def _graphs(database: Database, registry: Registry) -> tuple[Registrations, GraphCatalog]:
    registrations = Registrations(store=SqlRegistrationStore(database), learner=registry, now=now)
    catalog = GraphCatalog(
        graphs=registry, store=SqlGraphStore(database), refresh=registrations.refresh
    )
    return registrations, catalog


def _runs(
    settings: Settings,
    runs: SqlRunStore,
    journal: SqlJournal,
    bus: Bus,
    graphs: GraphCatalog,
    inputs: Inputs,
    states: SqlStateStore,
    new_ids: NewIds,
) -> Runs:
    return Runs(
        runs=runs,
        journal=journal,
        bus=bus,
        graphs=graphs,
        inputs=inputs,
        forks=Forks(states=states, graphs=graphs, inputs=inputs, now=now),
        now=now,
        new_id=lambda: RunId(new_ids.uuid()),
        cancel_grace_seconds=settings.cancel_grace_seconds,
    )


def _others(database: Database, journal: SqlJournal, bus: ServerBus) -> Sequence[Loop]:
    if database.alone:
        return ()
    others: list[Loop] = [SqlNamespaceStore(database).keep_up]
    if not isinstance(bus, MemoryBus):
        others += [partial(bus.run, database.tail.doubt), partial(journal.listen, bus)]
        if database.telling is not None:
            others.append(partial(database.telling.keep_fresh, database))
    return others

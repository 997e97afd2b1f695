"""A server's life: everything made and started, and stopped in the right order."""

import asyncio
import logging
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from runwire.app.figures import Figures
from runwire.app.new_ids import NewIds
from runwire.assembly import Parts, ServerBus, assemble
from runwire.bus.memory import MemoryBus
from runwire.clock import now
from runwire.config import Settings
from runwire.crew import Crew, worker_command
from runwire.domain.errors import invalid
from runwire.domain.graph import GraphInfo
from runwire.domain.langgraph_auth import LangGraphAuth
from runwire.entrance import Entrance, open_entrance, warn_without_keys
from runwire.gathering import auth_of, registry_of
from runwire.graph_states import graph_states
from runwire.http.langgraph.endings import encode_ending
from runwire.http.server import HttpServer
from runwire.insight import callable_at, url_of
from runwire.langgraph_parts import langgraph_parts
from runwire.lifetime import run_until_asked
from runwire.rpc.addresses import Tls
from runwire.rpc.convert_events import encode_events
from runwire.rpc.convert_webhooks import encode_telling
from runwire.rpc.server import RpcServer
from runwire.rpc.services import Services
from runwire.spans import Tracer
from runwire.stores.database import Database, open_database
from runwire.stores.urls import conninfo_of, is_postgres
from runwire.tracing import tracing
from runwire.web import web_server

logger = logging.getLogger("runwire.server")


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs."""

    grpc_address: str
    http_address: str = ""
    """Empty if nothing is served over HTTP."""
    graphs: tuple[GraphInfo, ...] = ()
    figures: Figures | None = None


@asynccontextmanager
async def serve(settings: Settings, *, tracer: Tracer | None = None) -> AsyncIterator[Server]:
    """Serve until the block ends; then drain. Raises Error where something stops the start.

    A `tracer` of the caller's own counts in place of what the settings say.
    """
    registry = registry_of(settings)
    new_ids = NewIds(now)
    bus = _bus(settings)
    with _private_address() as private, auth_of(settings) as auth:
        async with (
            tracing(settings, tracer) as tracer,
            _database(settings, bus) as database,
            graph_states(registry, database) as states,
        ):
            parts = await assemble(
                settings, database, bus, registry, new_ids, tracer, graph_states=states
            )
            await _begin(settings, parts)
            entrance = open_entrance(settings, database)
            await warn_without_keys(settings, entrance)
            rpc = _rpc(settings, parts, entrance, new_ids, tracer)
            port = rpc.add_address(settings.grpc_address)
            if settings.workers:
                rpc.add_address(private)
            web = _web(settings, parts, rpc, new_ids, auth)
            parts.overview.listening(
                grpc_address=callable_at(_bound(settings.grpc_address, port)),
                http_address="" if web is None else url_of(web.address, tls=settings.tls),
            )
            async with _at_work(settings, parts, entrance, rpc, web, private):
                yield Server(
                    grpc_address=_bound(settings.grpc_address, port),
                    http_address="" if web is None else web.address,
                    graphs=tuple(registry.own()),
                    figures=parts.figures,
                )


def run(settings: Settings, on_started: Callable[[Server], None]) -> None:
    """Serve until SIGTERM or SIGINT; a second one ends the process at once."""
    run_until_asked(lambda: serve(settings), on_started)


async def _begin(settings: Settings, parts: Parts) -> None:
    """Make what the settings promise, and say what of them is of no use."""
    await parts.threading.assistants.begin()
    for path in settings.json_graphs:
        await parts.graphs.create(path.read_bytes(), validate_only=False)
    for name in await parts.archive.unknown_graphs():
        logger.warning("retention.%s: no such graph, and no runs of it: misspelled?", name)


@asynccontextmanager
async def _at_work(
    settings: Settings,
    parts: Parts,
    entrance: Entrance,
    rpc: RpcServer,
    web: HttpServer | None,
    private: str,
) -> AsyncIterator[None]:
    """Serve and execute while the block lasts; then stop executing, then serving."""
    crew = Crew(
        worker_command(settings, private),
        count=settings.workers,
        stop_seconds=settings.drain_seconds,
        api_key=entrance.private_key,
    )
    async with asyncio.TaskGroup() as tasks:
        loops = [
            *(
                tasks.create_task(each(), name="others")
                for each in (*parts.others, *entrance.loops)
            ),
            tasks.create_task(parts.sweeper.run(), name="sweeper"),
            tasks.create_task(parts.gatekeeper.run(), name="gatekeeper"),
            tasks.create_task(parts.discarder.run(), name="discarder"),
            tasks.create_task(parts.workers.run(), name="workers"),
            tasks.create_task(parts.scheduler.run(), name="scheduler"),
            tasks.create_task(parts.telling.sender.run(), name="sender"),
            tasks.create_task(parts.threading.expirer.run(), name="expirer"),
        ]
        if parts.worker is not None:
            loops.append(tasks.create_task(parts.worker.run(), name="worker"))
        await rpc.start()
        if web is not None:
            tasks.create_task(web.run(), name="http")
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
            async with asyncio.TaskGroup() as ends:
                ends.create_task(rpc.drain(settings.drain_seconds), name="drain")
                if web is not None:
                    ends.create_task(web.stop(settings.drain_seconds), name="stop")
            await entrance.close()


@contextmanager
def _private_address() -> Iterator[str]:
    """Return an address that only processes of this user can open; it is gone after the block."""
    with tempfile.TemporaryDirectory(prefix="runwire-") as directory:
        yield f"unix:{directory}/workers"


def _rpc(
    settings: Settings,
    parts: Parts,
    entrance: Entrance,
    new_ids: NewIds,
    tracer: Tracer | None,
) -> RpcServer:
    services = Services(
        runs=parts.runs,
        states=parts.states,
        explaining=parts.explaining,
        watch=parts.watch,
        artifacts=parts.artifacts,
        graphs=parts.graphs,
        archive=parts.archive,
        overview=parts.overview,
        webhooks=parts.telling.webhooks,
        keys=entrance.keys,
        audit=entrance.audit,
        namespaces=parts.namespaces,
        maker=parts.threading.maker,
        threads=parts.threading.threads,
        assistants=parts.threading.assistants,
        items=parts.items,
        schedules=parts.schedules,
        workers=None if settings.worker_callers == "off" else parts.workers,
        unix_workers_only=settings.worker_callers == "unix",
    )
    return RpcServer(
        services=services,
        guard=entrance.gate,
        record=entrance.auditor,
        tls=tls_of(settings),
        new_request_id=new_ids.word,
        tally=parts.figures.calls,
        tracer=tracer,
    )


def _web(
    settings: Settings,
    parts: Parts,
    rpc: RpcServer,
    new_ids: NewIds,
    auth: LangGraphAuth | None,
) -> HttpServer | None:
    return web_server(
        settings,
        rpc,
        new_request_id=new_ids.word,
        figures=parts.figures,
        langgraph=langgraph_parts(settings, parts, rpc.surroundings, auth),
    )


def _database(settings: Settings, bus: ServerBus) -> AbstractAsyncContextManager[Database]:
    return open_database(
        settings.database_url,
        now=now,
        encode=encode_events,
        wake_all=bus.wake_all,
        graph_limits=settings.graph_limits,
        encode_telling=encode_telling,
        encode_ending=encode_ending,
    )


def _bus(settings: Settings) -> ServerBus:
    if settings.database_notify and is_postgres(settings.database_url):
        # With PostgreSQL's driver, 9 MiB that a server on SQLite does without.
        postgres: Any = import_module("runwire.bus.postgres")
        bus: ServerBus = postgres.PostgresBus(conninfo_of(settings.database_url))
        return bus
    return MemoryBus()


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

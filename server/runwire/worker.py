"""A worker that lives elsewhere, wired together: graphs, the engine, and the way to a server."""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import grpc

from runwire.app.new_ids import NewIds
from runwire.bus.memory import MemoryBus
from runwire.clock import now
from runwire.config import Settings
from runwire.crew import LOCAL
from runwire.domain.worker import Hello
from runwire.engine.attempt import Execution
from runwire.engine.crossing import CrossingArtifacts, CrossingCheckpoints
from runwire.engine.crossing_items import CrossingItems
from runwire.engine.registry import Registry
from runwire.engine.worker import Worker
from runwire.gathering import registry_of
from runwire.lifetime import run_until_asked
from runwire.remote.artifacts import RemoteArtifacts
from runwire.remote.checkpoints import RemoteCheckpoints
from runwire.remote.items import RemoteItems
from runwire.remote.leases import RemoteLeases
from runwire.remote.link import Link
from runwire.remote.outbox import Outbox
from runwire.rpc.checks import seconds_of
from runwire.spans import Tracer
from runwire.tracing import tracing

logger = logging.getLogger("runwire.worker")


@asynccontextmanager
async def working(
    settings: Settings,
    servers: Sequence[str],
    *,
    credentials: grpc.ChannelCredentials | None = None,
    api_key: str = "",
    local: bool = False,
    on_connected: Callable[[str], object] | None = None,
) -> AsyncIterator[Hello]:
    """Take runs from a server and execute them until the block ends; then drain.

    A ``local`` worker lives no longer than the server that has started it. The block is left with
    an Error if a server refuses the worker for good.
    """
    registry = registry_of(settings)
    hello = Hello(
        worker_id=f"{LOCAL if local else ''}{_host()}-{os.getpid()}-{NewIds(now).word()}",
        graphs=tuple(registry.info(name) for name in registry.names()),
        tools=tuple(registry.tools()),
        queues=settings.queues,
    )
    outbox, bus = Outbox(), MemoryBus()
    leases = RemoteLeases(hello, bus=bus, outbox=outbox)
    link = Link(
        servers,
        listener=leases,
        outbox=outbox,
        credentials=credentials,
        api_key=api_key,
        on_connected=on_connected,
    )
    artifacts = RemoteArtifacts(lambda: link.server, credentials=credentials, api_key=api_key)
    async with tracing(settings) as tracer, asyncio.TaskGroup() as tasks:
        execution = _execution(registry, leases, link, artifacts, tracer)
        linking = tasks.create_task(link.run(), name="link")
        worker = tasks.create_task(_work(settings, hello, leases, bus, execution), name="worker")
        try:
            yield hello
        finally:
            worker.cancel()
            await asyncio.wait([worker])
            linking.cancel()
            await artifacts.aclose()


def run(
    settings: Settings,
    servers: Sequence[str],
    *,
    credentials: grpc.ChannelCredentials | None = None,
    api_key: str = "",
    local: bool = False,
    on_connected: Callable[[str], object] | None = None,
) -> None:
    """Work until SIGTERM or SIGINT; a second one ends the process at once."""
    run_until_asked(
        lambda: working(
            settings,
            servers,
            credentials=credentials,
            api_key=api_key,
            local=local,
            on_connected=on_connected,
        ),
        lambda hello: logger.debug("working", extra={"worker_id": hello.worker_id}),
    )


def _execution(
    registry: Registry,
    leases: RemoteLeases,
    link: Link,
    artifacts: RemoteArtifacts,
    tracer: Tracer | None,
) -> Execution:
    return Execution(
        registry=registry,
        leases=leases,
        artifacts=CrossingArtifacts(artifacts),
        now=now,
        tracer=tracer,
        checkpoints=CrossingCheckpoints(RemoteCheckpoints(lambda: link.way, leases.lease_of)),
        items=CrossingItems(RemoteItems(lambda: link.way)),
    )


async def _work(
    settings: Settings, hello: Hello, leases: RemoteLeases, bus: MemoryBus, execution: Execution
) -> None:
    welcome = await leases.welcomed
    worker = Worker(
        worker_id=hello.worker_id,
        leases=leases,
        bus=bus,
        execution=execution,
        max_runs=settings.max_runs,
        renew_seconds=seconds_of(welcome.renew_interval),
        drain_seconds=settings.drain_seconds,
    )
    await worker.run()


def _host() -> str:
    """Return the name of this machine, as ids may hold it."""
    name = "".join(c if c.isascii() and c.isalnum() else "-" for c in socket.gethostname())
    return name.strip("-")[:48] or "worker"

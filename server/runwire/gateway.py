"""A gateway that stands alone: HTTP here, and every call passed on over gRPC."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import grpc
from grpc import aio
from grpc_health.v1 import health_pb2

from httprule.channel import ChannelBackend, open_channel
from runwire.app.new_ids import NewIds
from runwire.clock import now
from runwire.config import Settings
from runwire.http import docs
from runwire.http.app import new_app, new_transcoder
from runwire.http.openapi import document
from runwire.http.server import HttpServer
from runwire.http.watches import SERVICES
from runwire.lifetime import run_until_asked
from runwire.web import dashboard_routes, https, known_hosts

CHECK: Final = "/grpc.health.v1.Health/Check"
CHECK_SECONDS: Final = 2.0

logger = logging.getLogger("runwire.gateway")


@asynccontextmanager
async def passing_on(
    settings: Settings, target: str, *, credentials: grpc.ChannelCredentials | None = None
) -> AsyncIterator[str]:
    """Serve HTTP until the block ends, and yield the address; raises AddressInUse.

    The gateway itself asks nobody for a key: what callers show is passed on.
    """
    async with open_channel(target, credentials) as channel:
        backend = ChannelBackend(channel)
        health = Health(channel)
        app = new_app(
            backend,
            transcoder=new_transcoder(),
            ready=health.problem,
            new_request_id=NewIds(now).word,
            max_body_bytes=settings.http_max_body_bytes,
            cors_origins=settings.http_cors_origins,
            hosts=known_hosts(settings),
            routes=(*docs.routes(lambda: document(SERVICES)), *dashboard_routes(settings)),
        )
        server = HttpServer(
            app,
            settings.http_address,
            tls=https(settings),
            setting="http_address",
            max_connections=settings.http_max_connections,
        )
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(server.run(), name="http")
            try:
                yield server.address
            finally:
                health.leave()
                await server.stop(settings.drain_seconds)


def run(
    settings: Settings,
    target: str,
    credentials: grpc.ChannelCredentials | None,
    *,
    on_started: Callable[[Settings, str, str], None],
) -> None:
    """Serve until SIGTERM or SIGINT; a second one ends the process at once.

    Once it serves, `on_started` is given the settings, the target and the address.
    """
    run_until_asked(
        lambda: passing_on(settings, target, credentials=credentials),
        lambda address: on_started(settings, target, address),
    )


class Health:
    """Whether callers should come here: as the server behind says, until the gateway leaves."""

    def __init__(self, channel: aio.Channel) -> None:
        self._leaving = False
        self._check: Any = channel.unary_unary(
            CHECK,
            request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
            response_deserializer=health_pb2.HealthCheckResponse.FromString,
        )

    def leave(self) -> None:
        """Send callers elsewhere from now on."""
        self._leaving = True

    async def problem(self) -> str:
        """Return why nothing should be sent here; empty if all is well."""
        if self._leaving:
            return "leaving"
        try:
            found = await self._check(health_pb2.HealthCheckRequest(), timeout=CHECK_SECONDS)
        except aio.AioRpcError as error:
            return f"the server behind does not answer: {error.code().name}"
        serving = health_pb2.HealthCheckResponse.SERVING
        return "" if found.status == serving else "the server behind is not serving"

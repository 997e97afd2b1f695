"""The gRPC server: services, health and reflection on their addresses, and the way out.

1. A port in use stops the start: sharing it silently would split callers between two servers.
2. Window probing is off: with it, readers that stand still make the process grow without bound.
3. On the way out health says so first, then watches are sent elsewhere, and all else may finish.
"""

import asyncio
import secrets
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import grpc
from grpc import aio

from runwire.domain.tallies import CallTally
from runwire.rpc.addresses import Tls, bind
from runwire.rpc.calls import MAX_MESSAGE_SECONDS, Surroundings
from runwire.rpc.draining import Draining
from runwire.rpc.guarding import Guard, Open, Recorder
from runwire.rpc.health import SERVICE as HEALTH
from runwire.rpc.health import HealthServicer
from runwire.rpc.methods import Method, methods_of
from runwire.rpc.reflection import reflection_methods
from runwire.rpc.scopes import Scoped, Scopes
from runwire.rpc.services import Services
from runwire.spans import Tracer

OPTIONS: Final[Sequence[tuple[str, int]]] = (
    ("grpc.so_reuseport", 0),
    ("grpc.http2.bdp_probe", 0),
    ("grpc.http2.lookahead_bytes", 256 * 1024),
    ("grpc.max_receive_message_length", 8 * 1024 * 1024),
    ("grpc.max_concurrent_streams", 1000),
    ("grpc.server.max_pending_requests", 100_000),
    ("grpc.server.max_pending_requests_hard_limit", 100_000),
    ("grpc.max_metadata_size", 16 * 1024),
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
    ("grpc.max_connection_age_ms", 30 * 60_000),
    ("grpc.max_connection_age_grace_ms", 60_000),
)

LAST_CALLS_SECONDS: Final = 5.0


def build_server(
    methods: Sequence[Method],
    surroundings: Surroundings,
    options: Sequence[tuple[str, int]] = (),
) -> aio.Server:
    """Return a server of methods, not started and without an address; `options` overrule ours."""
    return aio.server(
        handlers=(MethodTable(methods, surroundings),),
        options=tuple((dict(OPTIONS) | dict(options)).items()),
    )


class RpcServer:
    """Everything that speaks gRPC. Make it inside the loop that shall serve."""

    def __init__(
        self,
        *,
        services: Services,
        guard: Guard | None = None,
        record: Recorder | None = None,
        tls: Tls | None = None,
        new_request_id: Callable[[], str] = lambda: secrets.token_hex(8),
        max_message_seconds: float = MAX_MESSAGE_SECONDS,
        options: Sequence[tuple[str, int]] = (),
        tally: CallTally | None = None,
        tracer: Tracer | None = None,
    ) -> None:
        self._tls = tls
        self._workers = services.workers
        offered = services.offered()
        self._health = HealthServicer(service.full_name for service in offered)
        self.draining = Draining()
        names = [service.full_name for service in (*offered, HEALTH)]
        self.methods: Sequence[Method] = (
            *services.methods(authenticated=guard is not None),
            *methods_of(HEALTH, self._health),
            *reflection_methods(names),
        )
        scopes = Scopes(
            runs=services.runs,
            artifacts=services.artifacts,
            threads=services.threads,
            assistants=services.assistants,
        )
        self.surroundings = Surroundings(
            draining=self.draining,
            new_request_id=new_request_id,
            max_message_seconds=max_message_seconds,
            tally=tally,
            tracer=tracer,
            guard=Scoped(guard or Open(), scopes, services.namespaces),
            record=record,
        )
        self._server = build_server(self.methods, self.surroundings, options)

    def add_address(self, address: str) -> int:
        """Listen on ``host:port`` or ``unix:path`` and return the port; raise AddressInUse."""
        return bind(self._server, address, self._tls)

    @property
    def leaving(self) -> bool:
        """Whether health reports NOT_SERVING."""
        return self._health.leaving

    async def start(self) -> None:
        """Begin to answer."""
        await self._server.start()

    def leave(self) -> None:
        """Report NOT_SERVING from now on, and answer all the same."""
        self._health.leave()

    async def drain(self, grace_seconds: float, *, announce_seconds: float = 0.0) -> None:
        """Stop without losing an answer.

        Health says NOT_SERVING for ``announce_seconds``, so that balancers look elsewhere; then
        workers are sent away, watches end as UNAVAILABLE and other calls have ``grace_seconds`` to
        finish.
        """
        self.leave()
        await asyncio.sleep(announce_seconds)
        if self._workers is not None:
            await self._workers.drain()
        self.draining.begin()
        await self._server.stop(grace_seconds)
        await self.draining.left(LAST_CALLS_SECONDS)

    async def wait(self) -> None:
        """Wait until the server has stopped."""
        await self._server.wait_for_termination()


class MethodTable(grpc.GenericRpcHandler):
    """All methods of a server, by path."""

    def __init__(self, methods: Iterable[Method], surroundings: Surroundings) -> None:
        self._handlers = {method.path: _handler(method, surroundings) for method in methods}

    def service(self, handler_call_details: Any) -> Any:
        """Return the handler of a call, None if there is no such method."""
        return self._handlers.get(handler_call_details.method)


def _handler(method: Method, around: Surroundings) -> Any:
    match method.client_streaming, method.server_streaming:
        case False, False:
            return grpc.unary_unary_rpc_method_handler(around.unary(method))
        case False, True:
            return grpc.unary_stream_rpc_method_handler(around.unary_stream(method))
        case True, False:
            return grpc.stream_unary_rpc_method_handler(around.stream_unary(method))
        case _:
            return grpc.stream_stream_rpc_method_handler(around.stream_stream(method))

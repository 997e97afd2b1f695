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

from runwire.app.artifacts import ArtifactShelf
from runwire.app.graphs import GraphCatalog
from runwire.app.namespaces import Namespaces
from runwire.app.pruning import Archive
from runwire.app.runs import Runs
from runwire.app.states import States
from runwire.app.watch import Watch
from runwire.app.workers import Workers
from runwire.rpc.addresses import Tls, bind
from runwire.rpc.admin import AdminServicer
from runwire.rpc.artifacts import ArtifactServicer
from runwire.rpc.calls import MAX_MESSAGE_SECONDS, Guard, Open, Surroundings
from runwire.rpc.draining import Draining
from runwire.rpc.graphs import GraphServicer
from runwire.rpc.health import SERVICE as HEALTH
from runwire.rpc.health import HealthServicer
from runwire.rpc.methods import Method, methods_of
from runwire.rpc.namespaces import NamespaceServicer
from runwire.rpc.reflection import reflection_methods
from runwire.rpc.run_requests import wait_deadline_seconds
from runwire.rpc.runs import RunServicer
from runwire.rpc.scopes import Scoped, Scopes
from runwire.rpc.workers import WorkerServicer
from runwire.v1 import (
    admin_service_pb2,
    artifact_service_pb2,
    graph_service_pb2,
    namespace_service_pb2,
    run_service_pb2,
    worker_service_pb2,
)

RUNS: Final = run_service_pb2.DESCRIPTOR.services_by_name["RunService"]
ARTIFACTS: Final = artifact_service_pb2.DESCRIPTOR.services_by_name["ArtifactService"]
GRAPHS: Final = graph_service_pb2.DESCRIPTOR.services_by_name["GraphService"]
ADMIN: Final = admin_service_pb2.DESCRIPTOR.services_by_name["AdminService"]
NAMESPACES: Final = namespace_service_pb2.DESCRIPTOR.services_by_name["NamespaceService"]
WORKERS: Final = worker_service_pb2.DESCRIPTOR.services_by_name["WorkerService"]

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
        runs: Runs,
        states: States,
        watch: Watch,
        artifacts: ArtifactShelf,
        graphs: GraphCatalog,
        archive: Archive,
        namespaces: Namespaces | None = None,
        guard: Guard | None = None,
        workers: Workers | None = None,
        unix_workers_only: bool = False,
        tls: Tls | None = None,
        new_request_id: Callable[[], str] = lambda: secrets.token_hex(8),
        max_message_seconds: float = MAX_MESSAGE_SECONDS,
        options: Sequence[tuple[str, int]] = (),
    ) -> None:
        self._tls = tls
        self._workers = workers
        services = [RUNS, ARTIFACTS, GRAPHS, ADMIN]
        services += [] if namespaces is None else [NAMESPACES]
        services += [] if workers is None else [WORKERS]
        self._health = HealthServicer(service.full_name for service in services)
        self.draining = Draining()
        names = [service.full_name for service in (*services, HEALTH)]
        waits = {"WaitRun": wait_deadline_seconds}
        self.methods: Sequence[Method] = (
            *methods_of(
                RUNS,
                RunServicer(runs=runs, states=states, watch=watch, retention=archive.policy),
                deadlines=waits,
            ),
            *methods_of(ARTIFACTS, ArtifactServicer(artifacts)),
            *methods_of(GRAPHS, GraphServicer(graphs)),
            *methods_of(ADMIN, AdminServicer(archive)),
            *_namespace_methods(namespaces),
            *_worker_methods(workers, unix_only=unix_workers_only),
            *methods_of(HEALTH, self._health),
            *reflection_methods(names),
        )
        surroundings = Surroundings(
            draining=self.draining,
            new_request_id=new_request_id,
            max_message_seconds=max_message_seconds,
            guard=Scoped(guard or Open(), Scopes(runs=runs, artifacts=artifacts), namespaces),
        )
        self._server = build_server(self.methods, surroundings, options)

    def add_address(self, address: str) -> int:
        """Listen on ``host:port`` or ``unix:path`` and return the port; raise AddressInUse."""
        return bind(self._server, address, self._tls)

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


def _namespace_methods(namespaces: Namespaces | None) -> Sequence[Method]:
    return () if namespaces is None else methods_of(NAMESPACES, NamespaceServicer(namespaces))


def _worker_methods(workers: Workers | None, *, unix_only: bool) -> Sequence[Method]:
    if workers is None:
        return ()
    return methods_of(WORKERS, WorkerServicer(workers, unix_only=unix_only), lasting={"Work"})


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

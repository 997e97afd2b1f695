"""What operators can do through a client, and whoever looks at a server as a whole."""

from __future__ import annotations

from collections.abc import AsyncIterator

from grpc import aio

from runwire_client._calls_async import AsyncCalls
from runwire_client._payloads import duration
from runwire_client.keys import AuditEntry, entry_from_message
from runwire_client.overview import (
    QueueState,
    ServerState,
    WorkerState,
    queue_from_message,
    server_from_message,
    worker_from_message,
)
from runwire_client.storage import (
    Pruned,
    Storage,
    merged,
    pruned_from_message,
    storage_from_message,
)
from runwire_client.v1 import admin_service_pb2, admin_service_pb2_grpc


class AsyncAdmin:
    """Tells what a server stores, who works on what, and what callers changed; has it keep less.

    Timeouts, retries and the errors that every verb raises are as with runs.
    """

    def __init__(self, channel: aio.Channel, calls: AsyncCalls) -> None:
        self._stub = admin_service_pb2_grpc.AdminServiceStub(channel)
        self._calls = calls

    async def storage(self, *, timeout_seconds: float | None = None) -> Storage:
        """Return bytes and counts by graph and status, and the size of the database."""
        request = admin_service_pb2.GetStorageRequest()
        response = await self._calls.unary(
            self._stub.GetStorage, request, timeout_seconds=timeout_seconds
        )
        return storage_from_message(response)

    async def prune(
        self,
        *,
        graph_id: str = "",
        older_than_seconds: float | None = None,
        validate_only: bool = False,
        timeout_seconds: float | None = None,
    ) -> tuple[Pruned, ...]:
        """Delete ended runs that need not be kept, and return what has gone, by graph.

        Without `older_than_seconds`, what the server's retention policy says goes; with it, what
        ended longer ago than that. Only of `graph_id`, if given. `validate_only` deletes nothing
        and tells what would go. Each call to the server works for some seconds at most; this goes
        on until nothing more goes, and `timeout_seconds` holds for each call. Raises NotFound for
        an unknown graph.
        """
        request = admin_service_pb2.PruneRequest(graph_id=graph_id, validate_only=validate_only)
        if older_than_seconds is not None:
            request.older_than.CopyFrom(duration(older_than_seconds))
        gone: dict[str, Pruned] = {}
        more = True
        while more:
            response = await self._calls.unary(
                self._stub.Prune, request, timeout_seconds=timeout_seconds
            )
            for message in response.graphs:
                pruned = pruned_from_message(message)
                gone[pruned.graph_id] = merged(gone.get(pruned.graph_id), pruned)
            more = response.more
        return tuple(gone[graph] for graph in sorted(gone))

    async def audit(self, *, filter: str = "") -> AsyncIterator[AuditEntry]:  # noqa: A002
        """Yield what callers changed or tried to change, newest first.

        `filter` is AIP-160 over caller, namespace, method, code, event_time and subject, such as
        `caller = "key:ci" AND subject.run_id = "r-1"`.
        """
        request = admin_service_pb2.ListAuditEntriesRequest(filter=filter)
        async for page in self._calls.pages(self._stub.ListAuditEntries, request):
            for message in page.entries:
                yield entry_from_message(message)

    async def workers(self) -> AsyncIterator[WorkerState]:
        """Yield the workers that are alive or hold runs, by id."""
        request = admin_service_pb2.ListWorkersRequest()
        async for page in self._calls.pages(self._stub.ListWorkers, request):
            for message in page.workers:
                yield worker_from_message(message)

    async def queues(self) -> AsyncIterator[QueueState]:
        """Yield the queues, by name, with what waits in each and how long it has."""
        request = admin_service_pb2.ListQueuesRequest()
        async for page in self._calls.pages(self._stub.ListQueues, request):
            for message in page.queues:
                yield queue_from_message(message)

    async def server(self, *, timeout_seconds: float | None = None) -> ServerState:
        """Return what server this is, and where it listens."""
        request = admin_service_pb2.GetServerRequest()
        response = await self._calls.unary(
            self._stub.GetServer, request, timeout_seconds=timeout_seconds
        )
        return server_from_message(response.server)

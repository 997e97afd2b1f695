"""What operators do with namespaces through a client."""

from __future__ import annotations

from collections.abc import AsyncIterator

from google.protobuf.field_mask_pb2 import FieldMask
from grpc import aio

from runwire_client._calls_async import AsyncCalls
from runwire_client.namespaces import (
    Namespace,
    Quotas,
    namespace_from_message,
    quotas_message,
)
from runwire_client.v1 import namespace_pb2, namespace_service_pb2_grpc
from runwire_client.v1 import namespace_service_pb2 as wire


class AsyncNamespaces:
    """Makes, lists, changes and deletes namespaces; for admins of the whole server.

    Timeouts, retries and the errors that every verb raises are as with runs.
    """

    def __init__(self, channel: aio.Channel, calls: AsyncCalls) -> None:
        self._stub = namespace_service_pb2_grpc.NamespaceServiceStub(channel)
        self._calls = calls

    async def create(
        self,
        namespace: str,
        *,
        display_name: str = "",
        quotas: Quotas | None = None,
        timeout_seconds: float | None = None,
    ) -> Namespace:
        """Make a namespace; raise AlreadyExists, or Invalid for a malformed name."""
        request = wire.CreateNamespaceRequest(
            namespace=namespace,
            display_name=display_name,
            quotas=quotas_message(quotas or Quotas()),
        )
        response = await self._calls.unary(
            self._stub.CreateNamespace, request, timeout_seconds=timeout_seconds
        )
        return namespace_from_message(response.namespace)

    async def get(self, namespace: str, *, timeout_seconds: float | None = None) -> Namespace:
        """Return a namespace with what it holds now; everybody may get their own."""
        response = await self._calls.unary(
            self._stub.GetNamespace,
            wire.GetNamespaceRequest(namespace=namespace),
            timeout_seconds=timeout_seconds,
        )
        return namespace_from_message(response.namespace)

    async def list(self, *, page_size: int = 0) -> AsyncIterator[Namespace]:
        """Yield all namespaces, by name."""
        request = wire.ListNamespacesRequest(page_size=page_size)
        async for page in self._calls.pages(self._stub.ListNamespaces, request):
            for message in page.namespaces:
                yield namespace_from_message(message)

    async def update(
        self,
        namespace: str,
        *,
        display_name: str | None = None,
        stored_bytes: int | None = None,
        running_runs: int | None = None,
        queued_runs: int | None = None,
        timeout_seconds: float | None = None,
    ) -> Namespace:
        """Change what is given, and leave the rest; a quota of 0 is none."""
        given = {
            "stored_bytes": stored_bytes,
            "running_runs": running_runs,
            "queued_runs": queued_runs,
        }
        chosen = {name: value for name, value in given.items() if value is not None}
        paths = [f"quotas.{name}" for name in chosen]
        if display_name is not None:
            paths.append("display_name")
        request = wire.UpdateNamespaceRequest(
            namespace=namespace_pb2.Namespace(
                namespace=namespace,
                display_name=display_name or "",
                quotas=quotas_message(Quotas(**chosen)),
            ),
            update_mask=FieldMask(paths=paths),
        )
        response = await self._calls.unary(
            self._stub.UpdateNamespace, request, timeout_seconds=timeout_seconds
        )
        return namespace_from_message(response.namespace)

    async def delete(self, namespace: str, *, timeout_seconds: float | None = None) -> None:
        """Delete a namespace that holds nothing any more; raise NotAllowed if it does."""
        await self._calls.unary(
            self._stub.DeleteNamespace,
            wire.DeleteNamespaceRequest(namespace=namespace),
            timeout_seconds=timeout_seconds,
        )

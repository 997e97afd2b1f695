"""What can be done with API keys through a client."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from grpc import aio

from runwire_client._calls_async import AsyncCalls
from runwire_client._payloads import duration
from runwire_client.keys import (
    Identity,
    Key,
    NewKey,
    Role,
    identity_from_message,
    key_from_message,
    role_to_number,
)
from runwire_client.v1 import key_service_pb2, key_service_pb2_grpc


class AsyncKeys:
    """Makes, lists and revokes API keys, and tells who the caller is.

    Timeouts, retries and the errors that every verb raises are as with runs.
    """

    def __init__(self, channel: aio.Channel, calls: AsyncCalls) -> None:
        self._stub = key_service_pb2_grpc.KeyServiceStub(channel)
        self._calls = calls

    async def create(
        self,
        display_name: str,
        *,
        role: Role | str = Role.READER,
        namespace: str = "",
        graphs: Sequence[str] = (),
        lifetime_seconds: float | None = None,
        calls_per_second: float = 0.0,
        burst_calls: int = 0,
        timeout_seconds: float | None = None,
    ) -> NewKey:
        """Make a key; this is the only time that its secret is told.

        Without a namespace it belongs to the caller's own; `*` is all of them. It sees all graphs
        unless some are named, and counts for ever unless it has a lifetime.
        """
        request = key_service_pb2.CreateKeyRequest(
            display_name=display_name,
            role=role_to_number(role),
            namespace=namespace,
            graphs=graphs,
            calls_per_second=calls_per_second,
            burst_calls=burst_calls,
        )
        if lifetime_seconds is not None:
            request.lifetime.CopyFrom(duration(lifetime_seconds))
        response = await self._calls.unary(
            self._stub.CreateKey, request, timeout_seconds=timeout_seconds, once=True
        )
        return NewKey(key_from_message(response.key), response.secret)

    async def get(self, key_id: str, *, timeout_seconds: float | None = None) -> Key:
        """Return a key, or raise NotFound."""
        request = key_service_pb2.GetKeyRequest(key_id=key_id)
        response = await self._calls.unary(
            self._stub.GetKey, request, timeout_seconds=timeout_seconds
        )
        return key_from_message(response.key)

    async def list(self) -> AsyncIterator[Key]:
        """Yield keys, newest first."""
        request = key_service_pb2.ListKeysRequest()
        async for page in self._calls.pages(self._stub.ListKeys, request):
            for message in page.keys:
                yield key_from_message(message)

    async def revoke(self, key_id: str, *, timeout_seconds: float | None = None) -> Key:
        """Revoke a key for ever: at once where this is asked, within seconds on other servers."""
        request = key_service_pb2.RevokeKeyRequest(key_id=key_id)
        response = await self._calls.unary(
            self._stub.RevokeKey, request, timeout_seconds=timeout_seconds
        )
        return key_from_message(response.key)

    async def identity(self, *, timeout_seconds: float | None = None) -> Identity:
        """Return who the server takes the caller to be."""
        request = key_service_pb2.GetIdentityRequest()
        response = await self._calls.unary(
            self._stub.GetIdentity, request, timeout_seconds=timeout_seconds
        )
        return identity_from_message(response.identity)

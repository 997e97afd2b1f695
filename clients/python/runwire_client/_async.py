"""The client: one channel, and a noun for every service."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType

import grpc
from grpc import aio

from runwire_client._admin_async import AsyncAdmin
from runwire_client._artifacts_async import AsyncArtifacts
from runwire_client._assistants_async import AsyncAssistants
from runwire_client._calls_async import AsyncCalls
from runwire_client._channel import (
    DEFAULT_TARGET,
    Caller,
    Tls,
    Token,
    channel_options,
    secret_for,
)
from runwire_client._graphs_async import AsyncGraphs
from runwire_client._keys_async import AsyncKeys
from runwire_client._namespaces_async import AsyncNamespaces
from runwire_client._recovery import Backoff
from runwire_client._runs_async import AsyncRuns
from runwire_client._schedules_async import AsyncSchedules
from runwire_client._store_async import AsyncStore
from runwire_client._threads_async import AsyncThreads
from runwire_client._webhooks_async import AsyncWebhooks

DEFAULT_TIMEOUT_SECONDS = 30.0


class AsyncClient:
    """Speaks to a Runwire server: its nouns (`runs`, `artifacts` …) hold the verbs.

    `target` is host:port, or any target gRPC knows. `tls` encrypts the connection, as do
    `credentials` made by hand; without either it is plain text, meant for the same machine.
    `api_key` or `token` is sent with every call as a bearer token (a callable is asked each time),
    over TLS or to this machine only, unless `clear_text` says that the network is safe. `metadata`
    is sent, too. `namespace` says where to act, for callers who may act in any; others act in their
    own. `timeout_seconds` is how long a call may take unless it says otherwise, tries
    and pauses included; watches have no such limit. `backoff` paces tries and reconnects.

    Close it when done, or use it as a context manager. Threads may share a client; on asyncio it
    belongs to the event loop in which it was made.
    """

    def __init__(
        self,
        target: str = DEFAULT_TARGET,
        *,
        tls: Tls | None = None,
        credentials: grpc.ChannelCredentials | None = None,
        api_key: Token | None = None,
        token: Token | None = None,
        clear_text: bool = False,
        metadata: Mapping[str, str | bytes] | None = None,
        namespace: str = "",
        timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
        backoff: Backoff | None = None,
    ) -> None:
        options = channel_options(tls)
        if tls is not None and credentials is None:
            credentials = tls.credentials()
        secret = secret_for(
            target,
            token=token,
            api_key=api_key,
            secure=credentials is not None,
            clear_text=clear_text,
        )
        if credentials is None:
            self._channel = aio.insecure_channel(target, options=options)
        else:
            self._channel = aio.secure_channel(target, credentials, options=options)
        self._calls = calls = AsyncCalls(
            caller=Caller(token=secret, metadata=metadata, namespace=namespace),
            timeout_seconds=timeout_seconds,
            backoff=backoff or Backoff(),
        )
        self.runs = AsyncRuns(self._channel, calls)
        self.threads = AsyncThreads(self._channel, calls)
        self.assistants = AsyncAssistants(self._channel, calls)
        self.store = AsyncStore(self._channel, calls)
        self.artifacts = AsyncArtifacts(self._channel, calls)
        self.graphs = AsyncGraphs(self._channel, calls)
        self.schedules = AsyncSchedules(self._channel, calls)
        self.admin = AsyncAdmin(self._channel, calls)
        self.webhooks = AsyncWebhooks(self._channel, calls)
        self.keys = AsyncKeys(self._channel, calls)
        self.namespaces = AsyncNamespaces(self._channel, calls)

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connection; calls and watches still open end with Cancelled."""
        self._calls.close()
        await self._channel.close()

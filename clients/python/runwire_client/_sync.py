# Generated from _async.py by tools/unasync.py; never edited.
"""The client: one channel, and a noun for every service."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType

import grpc

from runwire_client._admin_sync import Admin
from runwire_client._artifacts_sync import Artifacts
from runwire_client._assistants_sync import Assistants
from runwire_client._calls_sync import Calls
from runwire_client._channel import (
    DEFAULT_TARGET,
    Caller,
    Tls,
    Token,
    channel_options,
    secret_for,
)
from runwire_client._graphs_sync import Graphs
from runwire_client._keys_sync import Keys
from runwire_client._namespaces_sync import Namespaces
from runwire_client._recovery import Backoff
from runwire_client._runs_sync import Runs
from runwire_client._schedules_sync import Schedules
from runwire_client._store_sync import Store
from runwire_client._threads_sync import Threads
from runwire_client._webhooks_sync import Webhooks

DEFAULT_TIMEOUT_SECONDS = 30.0


class Client:
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
            self._channel = grpc.insecure_channel(target, options=options)
        else:
            self._channel = grpc.secure_channel(target, credentials, options=options)
        self._calls = calls = Calls(
            caller=Caller(token=secret, metadata=metadata, namespace=namespace),
            timeout_seconds=timeout_seconds,
            backoff=backoff or Backoff(),
        )
        self.runs = Runs(self._channel, calls)
        self.threads = Threads(self._channel, calls)
        self.assistants = Assistants(self._channel, calls)
        self.store = Store(self._channel, calls)
        self.artifacts = Artifacts(self._channel, calls)
        self.graphs = Graphs(self._channel, calls)
        self.schedules = Schedules(self._channel, calls)
        self.admin = Admin(self._channel, calls)
        self.webhooks = Webhooks(self._channel, calls)
        self.keys = Keys(self._channel, calls)
        self.namespaces = Namespaces(self._channel, calls)

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; calls and watches still open end with Cancelled."""
        self._calls.close()
        self._channel.close()

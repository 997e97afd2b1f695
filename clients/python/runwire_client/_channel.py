"""How to reach a server: address, TLS, credentials, and the channel's options."""

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import grpc

from runwire_client._trace import TRACE_PARENT, trace_metadata
from runwire_client.errors import Invalid

DEFAULT_TARGET: Final = "127.0.0.1:50051"
OPTIONS: Final[tuple[tuple[str, int], ...]] = (
    # Without probing, an unread watch costs this many bytes and no more.
    ("grpc.http2.bdp_probe", 0),
    ("grpc.http2.lookahead_bytes", 262_144),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    ("grpc.keepalive_permit_without_calls", 1),
    # A page of runs with their inputs and outputs is the largest answer.
    ("grpc.max_receive_message_length", 64 * 1024 * 1024),
    ("grpc.max_send_message_length", 8 * 1024 * 1024),
    # A server that restarts is found again within seconds, whatever the outage lasted.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 5_000),
)

NAMESPACE: Final = "x-runwire-namespace"
"""Metadata by which a caller who may act in any namespace chooses one."""

Token = str | Callable[[], str]
Metadata = tuple[tuple[str, str | bytes], ...]


@dataclass(frozen=True, slots=True)
class Tls:
    """How to speak TLS; all PEM.

    `root_certificates` are trusted instead of the system's, if given. `certificate_chain` and
    `private_key` identify the client to servers that ask for it. `server_name` is expected in
    the server's certificate instead of the host in the target.
    """

    root_certificates: bytes | None = None
    certificate_chain: bytes | None = None
    private_key: bytes | None = None
    server_name: str = ""

    def credentials(self) -> grpc.ChannelCredentials:
        """Return gRPC's form of this."""
        return grpc.ssl_channel_credentials(
            root_certificates=self.root_certificates,
            private_key=self.private_key,
            certificate_chain=self.certificate_chain,
        )


@dataclass(frozen=True, slots=True)
class Caller:
    """What every call says about who makes it; a callable token is asked at each call.

    The trace that the caller is in goes along, unless `metadata` has another.
    """

    token: Token | None = field(default=None, repr=False)
    metadata: Mapping[str, str | bytes] | None = field(default=None, repr=False)
    namespace: str = ""

    def call_metadata(self) -> Metadata:
        """Return the metadata of one call."""
        pairs: Metadata = tuple((self.metadata or {}).items())
        if TRACE_PARENT not in (self.metadata or ()):
            pairs = (*pairs, *trace_metadata())
        if self.namespace:
            pairs = (*pairs, (NAMESPACE, self.namespace))
        if self.token is None:
            return pairs
        token = self.token if isinstance(self.token, str) else self.token()
        return (*pairs, ("authorization", f"Bearer {token}"))


def channel_options(tls: Tls | None) -> list[tuple[str, int | str]]:
    """Return the options of a channel."""
    options: list[tuple[str, int | str]] = list(OPTIONS)
    if tls is not None and tls.server_name:
        options.append(("grpc.ssl_target_name_override", tls.server_name))
    return options


def secret_for(
    target: str,
    *,
    token: Token | None,
    api_key: Token | None,
    secure: bool,
    clear_text: bool,
) -> Token | None:
    """Return what calls show; raise Invalid if others could read it on the way, or for both."""
    if token is not None and api_key is not None:
        raise Invalid("say api_key or token, not both", reason="INVALID_ARGUMENT")
    secret = api_key if token is None else token
    if secret is not None and not (secure or clear_text or is_local(target)):
        raise Invalid(
            f"the key or token would go to {target} in clear text: speak TLS (tls=Tls()), or say"
            " clear_text=True if the network is safe",
            reason="KEY_IN_CLEAR_TEXT",
        )
    return secret


def is_local(target: str) -> bool:
    """Whether a target is on this machine, for all that its spelling tells."""
    scheme, _, rest = target.partition(":")
    if scheme in ("unix", "unix-abstract"):
        return True
    name = rest.rpartition("/")[2] if scheme in ("dns", "ipv4", "ipv6") else target
    hosts = [_host(each) for each in name.split(",")]
    return all(host == "localhost" or _loops_back(host) for host in hosts)


def _host(address: str) -> str:
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address if address.count(":") > 1 else address.partition(":")[0]


def _loops_back(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

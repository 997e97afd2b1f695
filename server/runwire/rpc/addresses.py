"""Where a server listens, in the clear or over TLS."""

import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import grpc
from grpc import aio

from runwire.listening import AddressInUse as AddressInUse
from runwire.listening import in_use

_UNIX: Final = "unix:"
_PROBE_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """A server's certificates, as PEM; with `client_ca`, callers must show one that it signed."""

    certificate: bytes
    key: bytes
    client_ca: bytes = b""

    @classmethod
    def read(cls, *, certificate: Path, key: Path, client_ca: Path | None = None) -> "Tls":
        """Read PEM files; raise ValueError, naming the file at fault, if one is of no use."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        try:
            context.load_cert_chain(certificate, key)
        except (OSError, ssl.SSLError) as error:
            raise ValueError(
                f"{certificate} and {key} are no certificate and its key, in PEM: {error}"
            ) from None
        try:
            if client_ca is not None:
                context.load_verify_locations(client_ca)
        except (OSError, ssl.SSLError) as error:
            raise ValueError(f"{client_ca} holds no certificates, in PEM: {error}") from None
        return cls(
            certificate=certificate.read_bytes(),
            key=key.read_bytes(),
            client_ca=b"" if client_ca is None else client_ca.read_bytes(),
        )

    def credentials(self) -> grpc.ServerCredentials:
        """Return what gRPC takes."""
        return grpc.ssl_server_credentials(
            [(self.key, self.certificate)],
            root_certificates=self.client_ca or None,
            require_client_auth=bool(self.client_ca),
        )


def bind(server: aio.Server, address: str, tls: Tls | None) -> int:
    """Let a server listen on ``host:port`` or ``unix:path``; return the port it got.

    Raises AddressInUse. TLS is for ports only: files have owners.
    """
    if address.startswith(_UNIX) and _answers(address.removeprefix(_UNIX)):
        raise in_use(address)
    try:
        if tls is None or address.startswith(_UNIX):
            return server.add_insecure_port(address)
        return server.add_secure_port(address, tls.credentials())
    except RuntimeError:
        raise in_use(address) from None


def _answers(path: str) -> bool:
    # gRPC deletes a socket file that is there, even one on which somebody listens.
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(_PROBE_SECONDS)
        try:
            probe.connect(path)
        except OSError:
            return False
        return True

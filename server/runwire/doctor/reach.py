"""How a server is reached: its address, and its certificates."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import grpc
from cryptography import x509

from runwire.config import Settings
from runwire.doctor.finding import Finding, ok, problem, warning
from runwire.spelling import is_loopback
from runwire_client import Tls

SOON: Final = timedelta(days=21)
HEALTH_SECONDS: Final = 2.0


def addresses(settings: Settings) -> Iterator[Finding]:
    """Look whether somebody listens already, and who."""
    address = settings.grpc_address
    answers = speaks_tls(address) if settings.tls else serves(address)
    yield _address("gRPC address", "grpc_address", address, answers=answers)
    if not is_loopback(address) and not settings.tls:
        yield warning(
            "gRPC address",
            f"other machines can reach {address}, without TLS",
            "Set tls_certificate and tls_key, unless TLS ends before it.",
        )


def certificates(settings: Settings) -> Iterator[Finding]:
    """Look whether the server's certificate can be read, fits its key, and holds for a while."""
    certificate, key = settings.tls_certificate, settings.tls_key
    if certificate is None or key is None:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        yield problem(
            "certificates",
            f"{certificate} and {key} are no certificate and its key: {error}",
            "Set tls_certificate and tls_key to a pair, in PEM.",
        )
        return
    for path in filter(None, (certificate, settings.tls_client_ca)):
        yield from _validity(path)


def speaks_tls(address: str) -> bool:
    """Whether something at an address speaks HTTP/2 over TLS, whoever it is."""
    host, _, port = address.rpartition(":")
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    try:
        with (
            socket.create_connection((host.strip("[]"), int(port)), HEALTH_SECONDS) as plain,
            context.wrap_socket(plain) as secure,
        ):
            return secure.selected_alpn_protocol() == "h2"
    except OSError:
        return False


def serves(address: str, tls: Tls | None = None) -> bool:
    """Whether a gRPC server answers at an address."""
    found = (
        grpc.secure_channel(address, tls.credentials()) if tls else grpc.insecure_channel(address)
    )
    with found as channel:
        check: Any = channel.unary_unary("/grpc.health.v1.Health/Check")
        try:
            check(b"", timeout=HEALTH_SECONDS)
        except grpc.RpcError as error:
            return isinstance(error, grpc.Call) and error.code() not in (
                grpc.StatusCode.UNAVAILABLE,
                grpc.StatusCode.DEADLINE_EXCEEDED,
                grpc.StatusCode.INTERNAL,
                grpc.StatusCode.UNKNOWN,
            )
    return True


def _validity(path: Path) -> Iterator[Finding]:
    for found in x509.load_pem_x509_certificates(path.read_bytes()):
        ends, now = found.not_valid_after_utc, datetime.now(UTC)  # noqa: TID251 - a certificate's
        name = found.subject.rfc4514_string() or "a certificate"
        told = f"{path}: {name} holds until {ends:%Y-%m-%d}"
        if ends < now or found.not_valid_before_utc > now:
            yield problem("certificates", f"{told}, not today", "Renew it, and restart.")
        elif ends - now < SOON:
            yield warning("certificates", told, "Renew it soon, and restart.")
        else:
            yield ok("certificates", told)


def _address(what: str, setting: str, address: str, *, answers: bool) -> Finding:
    if answers:
        return ok(what, f"a server answers at {address}")
    error = _cannot_listen(address)
    if error is None:
        return ok(what, f"{address} is free: no server runs there")
    return problem(
        what,
        f"{address} cannot be listened on: {error}",
        f"Stop the other program, or choose another {setting}.",
    )


def _cannot_listen(address: str) -> str | None:
    if address.startswith("unix:"):
        parent = Path(address.removeprefix("unix:")).absolute().parent
        return None if parent.is_dir() else f"there is no directory {parent}"
    host, _, port = address.rpartition(":")
    try:
        found = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)
        family, kind, protocol, _name, where = found[0]
        with closing(socket.socket(family, kind, protocol)) as probe:
            # As a server: what a closed connection left behind is no hindrance.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(where)
    except OSError as error:
        return error.strerror or str(error)
    return None

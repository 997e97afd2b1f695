"""The HTTP side of a server: the same methods, in the same surroundings."""

import ssl
from collections.abc import Callable, Sequence

from google.protobuf.descriptor import ServiceDescriptor
from starlette.requests import Request

from httprule.headers import metadata_of
from httprule.requests import certificate_of, lines_of, peer_of
from runwire.app.figures import Figures
from runwire.config import Settings
from runwire.domain.errors import invalid
from runwire.http import docs
from runwire.http.app import PASSED, new_app, new_transcoder
from runwire.http.metrics import Check, metrics_routes
from runwire.http.openapi import document
from runwire.http.server import UNIX, HttpServer, tls_context
from runwire.http.watches import DOMAIN, SERVICES
from runwire.rpc.inside import InsideBackend, Shown
from runwire.rpc.server import RpcServer
from runwire.spelling import ANY_HOST, OFF, is_loopback


def web_server(
    settings: Settings,
    rpc: RpcServer,
    *,
    new_request_id: Callable[[], str],
    figures: Figures,
) -> HttpServer | None:
    """Return what serves HTTP, its address taken; None if it is off. Raises AddressInUse."""
    if settings.http_address == OFF:
        return None

    async def ready() -> str:
        return "leaving" if rpc.leaving else ""

    backend = InsideBackend(rpc.methods, rpc.surroundings)
    check = None if settings.metrics_public else _metrics_check(backend, new_request_id)
    app = new_app(
        backend,
        transcoder=new_transcoder(),
        ready=ready,
        new_request_id=new_request_id,
        max_body_bytes=settings.http_max_body_bytes,
        cors_origins=settings.http_cors_origins,
        hosts=known_hosts(settings),
        known=backend.recognize,
        routes=(
            *docs.routes(lambda: document(_served(rpc), secured=settings.auth)),
            *metrics_routes(figures, check),
        ),
    )
    return HttpServer(
        app,
        settings.http_address,
        tls=https(settings),
        setting="http_address",
        max_connections=settings.http_max_connections,
    )


def _metrics_check(backend: InsideBackend, new_request_id: Callable[[], str]) -> Check:
    async def check(request: Request) -> None:
        shown = Shown(
            metadata_of(lines_of(request.scope), domain=DOMAIN, passed=PASSED),
            peer_of(request.scope),
            certificate_of(request.scope),
        )
        await backend.check_metrics(shown, new_request_id())

    return check


def known_hosts(settings: Settings) -> Sequence[str] | None:
    """Return the names to be called by, None if it does not matter.

    Where callers have to say who they are, a page that got here by a made-up name has nothing to
    show; where anybody may call from elsewhere, there are names that we do not know.
    """
    address, names = settings.http_address, settings.http_hosts
    if ANY_HOST in names or address.startswith(UNIX):
        return None  # no browser gets to a Unix socket
    return names if names or (is_loopback(address) and not settings.auth) else None


def _served(rpc: RpcServer) -> Sequence[ServiceDescriptor]:
    """Return the services that can be called over HTTP here: what the pages tell of."""
    names = {method.path.split("/")[1] for method in rpc.methods}
    return [service for service in SERVICES if service.full_name in names]


def https(settings: Settings) -> ssl.SSLContext | None:
    """Return how HTTP speaks TLS, None if it does not; raise Invalid if a certificate is no use."""
    if settings.tls_certificate is None or settings.tls_key is None:
        return None
    try:
        return tls_context(
            certificate=settings.tls_certificate,
            key=settings.tls_key,
            client_ca=settings.tls_client_ca,
        )
    except OSError as error:
        raise invalid("tls_certificate", f"no certificate and key, in PEM: {error}") from error

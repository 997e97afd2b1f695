"""The HTTP side of a server: the same methods, in the same surroundings."""

import ssl
from collections.abc import Callable, Sequence

from google.protobuf.descriptor import ServiceDescriptor
from starlette.routing import BaseRoute

from runwire.config import Settings
from runwire.domain.errors import invalid
from runwire.http import docs
from runwire.http.app import new_app, new_transcoder
from runwire.http.openapi import document
from runwire.http.server import HttpServer, tls_context
from runwire.http.watches import SERVICES
from runwire.rpc.inside import InsideBackend
from runwire.rpc.server import RpcServer
from runwire.spelling import OFF


def web_server(
    settings: Settings,
    rpc: RpcServer,
    *,
    new_request_id: Callable[[], str],
    routes: Sequence[BaseRoute] = (),
) -> HttpServer | None:
    """Return what serves HTTP, its address taken; None if it is off. Raises AddressInUse.

    `routes` are served beside the API: documents, figures.
    """
    if settings.http_address == OFF:
        return None

    async def ready() -> str:
        return "leaving" if rpc.leaving else ""

    app = new_app(
        InsideBackend(rpc.methods, rpc.surroundings),
        transcoder=new_transcoder(),
        ready=ready,
        new_request_id=new_request_id,
        max_body_bytes=settings.http_max_body_bytes,
        cors_origins=settings.http_cors_origins,
        routes=(*docs.routes(document(_served(rpc), secured=settings.auth)), *routes),
    )
    return HttpServer(app, settings.http_address, tls=https(settings), setting="http_address")


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

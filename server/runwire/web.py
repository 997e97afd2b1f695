"""The HTTP side of a server: the same methods, in the same surroundings."""

import ssl
from collections.abc import Callable, Sequence

from google.protobuf.descriptor import ServiceDescriptor
from starlette.requests import Request
from starlette.routing import BaseRoute

from httprule.headers import metadata_of
from httprule.requests import certificate_of, lines_of, peer_of
from runwire.app.figures import Figures
from runwire.config import Settings
from runwire.domain.errors import invalid
from runwire.http import docs
from runwire.http.app import PASSED, new_app, new_transcoder
from runwire.http.dashboard_files import Dashboard
from runwire.http.langgraph.application import METHODS, LangGraphApi, Pages
from runwire.http.langgraph.parts import Parts as LangGraphParts
from runwire.http.metrics import Check, metrics_routes
from runwire.http.openapi import document
from runwire.http.origins import ALL, LOOPBACK_PAGES
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
    langgraph: LangGraphParts | None = None,
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
            *dashboard_routes(settings),
        ),
        langgraph=None if langgraph is None else _langgraph_api(settings, langgraph),
    )
    return HttpServer(
        app,
        settings.http_address,
        tls=https(settings),
        setting="http_address",
        max_connections=settings.http_max_connections,
    )


def dashboard_routes(settings: Settings) -> Sequence[BaseRoute]:
    """Return where the dashboard's files are served: nowhere, if it is off."""
    return Dashboard().routes() if settings.dashboard else ()


def _langgraph_api(settings: Settings, parts: LangGraphParts) -> LangGraphApi | None:
    if settings.langgraph_prefix == OFF:
        return None
    return LangGraphApi(parts, prefix=settings.langgraph_prefix, pages=langgraph_pages(settings))


def langgraph_pages(settings: Settings) -> Pages:
    """Return which pages may call the LangGraph API, and what their browsers are told."""
    origins = (*settings.http_cors_origins, *langgraph_origins(settings))
    said = settings.langgraph_cors
    if said is None:
        return Pages(origins=origins)
    return Pages(
        origins=origins,
        pattern=said.allow_origin_regex,
        methods=said.allow_methods or METHODS,
        headers=said.allow_headers or ("*",),
        exposed=said.expose_headers,
        credentials=said.allow_credentials,
        max_age_seconds=said.max_age,
    )


def langgraph_origins(settings: Settings) -> Sequence[str]:
    """Return which pages may call the LangGraph API.

    Where every caller has to show a key, a page has nothing that its user did not give it, so any
    may try. A certificate is shown by the browser itself, and where nobody is asked anything a page
    needs nothing: there only pages of this machine may, unless the settings name others.
    """
    if settings.langgraph_cors_origins is not None:
        return settings.langgraph_cors_origins
    known = settings.auth and settings.tls_client_ca is None
    return (ALL,) if known else (LOOPBACK_PAGES,)


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

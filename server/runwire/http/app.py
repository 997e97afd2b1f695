"""Everything that is served over HTTP, as one ASGI application.

Requests go by the first segment of their path: to a plain route, where there is one (`/healthz`,
`/readyz`, and whatever the caller adds: `/` and `/ui` are the dashboard), else to the transcoder,
whose answers to unknown paths are those of the API. What is LangGraph's goes there before, since
other pages may call it.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from httprule.asgi import Application
from httprule.backend import Backend, Call
from httprule.limits import Edge
from httprule.options import Options
from httprule.transcoder import Transcoder
from runwire.http.hosts import Hosts
from runwire.http.langgraph.application import LangGraphApi
from runwire.http.origins import Origins
from runwire.http.payloads import CODECS, adapt
from runwire.http.watches import DOMAIN, RANGES, RESUMING, SERVICES
from runwire.http.websocket import Sockets

EXPOSED: Final = (
    *("X-Request-Id", "Retry-After", "WWW-Authenticate", "Allow", "ETag", "Accept-Ranges"),
    *("Content-Range", "Content-Disposition", "Content-Length"),
)
PASSED: Final = frozenset({"x-runwire-namespace"})
"""Headers that are metadata under their own names, beside those that any gateway passes on."""
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
PREFLIGHT_SECONDS: Final = 600

Ready = Callable[[], Awaitable[str]]
"""Says why nothing should be sent here just now; empty if all is well."""


def new_transcoder() -> Transcoder:
    """Return the transcoder of everything that is offered over HTTP."""
    return Transcoder(SERVICES, codecs=CODECS, options=Options(domain=DOMAIN))


def new_app(
    backend: Backend,
    *,
    transcoder: Transcoder,
    ready: Ready,
    new_request_id: Callable[[], str],
    max_body_bytes: int,
    cors_origins: Sequence[str] = (),
    hosts: Sequence[str] | None = None,
    known: Callable[[Call], Awaitable[None]] | None = None,
    routes: Sequence[BaseRoute] = (),
    langgraph: LangGraphApi | None = None,
) -> Any:
    """Return the application; `routes` are served beside the API, for all who can connect.

    `known` raises Failure for callers of whom no large body is to be read.
    `hosts` are names that callers may know this server by, None whatever they call it.
    """
    edge = Edge(
        domain=DOMAIN,
        max_body_bytes=max_body_bytes,
        resuming=RESUMING,
        ranges=RANGES,
        adapt=adapt,
        known=known,
        new_request_id=new_request_id,
        passed_headers=PASSED,
    )
    plain = (*health_routes(ready), *routes)
    app: Any = Front(
        api=Application(transcoder, backend, edge),
        sockets=Sockets(transcoder, backend, edge),
        plain=plain,
    )
    app = Origins(app, cors_origins)
    if cors_origins:
        app = CORSMiddleware(
            app,
            allow_origins=list(cors_origins),
            allow_methods=METHODS,
            allow_headers=["*"],
            expose_headers=EXPOSED,
            max_age=PREFLIGHT_SECONDS,
        )
    if langgraph is not None:
        app = Fork(langgraph, app)
    return app if hosts is None else Hosts(app, hosts)


def health_routes(ready: Ready) -> Sequence[BaseRoute]:
    """Return what probes ask: whether this lives, and whether it should be sent anything."""

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(_: Request) -> Response:
        problem = await ready()
        return PlainTextResponse(f"{problem or 'ok'}\n", 503 if problem else 200)

    return (Route("/healthz", healthz), Route("/readyz", readyz))


class Fork:
    """Sends what is LangGraph's there, and all else on."""

    def __init__(self, langgraph: LangGraphApi, others: Any) -> None:
        self._langgraph = langgraph
        self._others = others

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Have it answered."""
        there = self._langgraph if self._langgraph.serves(scope["path"]) else self._others
        await there(scope, receive, send)


class Front:
    """Sends each request where it belongs."""

    def __init__(self, *, api: Any, sockets: Any, plain: Sequence[BaseRoute]) -> None:
        self._api = api
        self._sockets = sockets
        self._plain = Starlette(routes=list(plain))
        self._first = frozenset(_first_segment(route) for route in plain)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer, or have it answered."""
        if scope["type"] == "websocket":
            await self._sockets(scope, receive, send)
        elif _first_of(scope["path"]) in self._first:
            await self._plain(scope, receive, send)
        else:
            await self._api(scope, receive, send)


def _first_segment(route: BaseRoute) -> str | None:
    if not isinstance(route, Route | Mount):
        raise TypeError(f"{route!r} has no path of its own")
    return _first_of(route.path)


def _first_of(path: str) -> str | None:
    """Return the first segment of a path: empty for `/` alone, None for `//` and what is none."""
    before, _, rest = path.partition("/")
    first = rest.partition("/")[0]
    return None if before or not path or (rest and not first) else first

"""The LangGraph-compatible API as one ASGI application, and which pages of others may call it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from httprule.requests import Receive, Send
from runwire.http.langgraph import (
    assistants,
    commands,
    crons,
    events,
    events_socket,
    items,
    meta,
    run_streams,
    runs,
    thread_feed,
    thread_states,
    threads,
)
from runwire.http.langgraph.answers import EXPOSED, json_answer
from runwire.http.langgraph.parts import Parts
from runwire.http.origins import LOOPBACK_PAGES, LOOPBACK_PATTERN, Origins

FIRST: Final = frozenset({"ok", "info", "assistants", "threads", "runs", "store"})
"""What the paths of this API begin with, below its prefix."""
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
SETTING: Final = "langgraph_cors_origins"


def routes(parts: Parts) -> Sequence[BaseRoute]:
    """Return every route; the first that fits a path counts."""
    groups = {
        "meta": (meta,),
        "assistants": (assistants,),
        "store": (items,),
        "threads": (threads, thread_states, thread_feed),
        "runs": (crons, runs, run_streams, commands, events, events_socket),
    }
    files = [file for name, some in groups.items() if name not in parts.off for file in some]
    return [*meta.probes(parts), *(each for file in files for each in file.routes(parts))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """Which web pages may call, and what their browsers are told."""

    origins: tuple[str, ...] = ()
    pattern: str = ""
    """A regular expression of further origins."""
    methods: tuple[str, ...] = METHODS
    headers: tuple[str, ...] = ("*",)
    exposed: tuple[str, ...] = ()
    """Headers that pages may read, beside those that clients need."""
    credentials: bool = False
    max_age_seconds: int = 600


class LangGraphApi:
    """The application, below a prefix."""

    def __init__(self, parts: Parts, *, prefix: str = "", pages: Pages | None = None) -> None:
        self.prefix = prefix
        app = Starlette(
            routes=list(routes(parts)),
            exception_handlers={HTTPException: _not_served},
        )
        app.router.redirect_slashes = False
        self._app = _for(pages or Pages(), app)

    def serves(self, path: str) -> bool:
        """Whether a path is of this API."""
        if self.prefix:
            return path == self.prefix or path.startswith(f"{self.prefix}/")
        return path.lstrip("/").partition("/")[0] in FIRST

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Answer a request, or talk over a WebSocket."""
        root_path = f"{scope.get('root_path', '')}{self.prefix}"
        await self._app({**scope, "root_path": root_path}, receive, send)


def _for(pages: Pages, app: Any) -> Any:
    """Return the application with what browsers want to hear before they show a page an answer."""
    patterns = [pages.pattern] if pages.pattern else []
    if LOOPBACK_PAGES in pages.origins:
        patterns.append(LOOPBACK_PATTERN)
    pattern = "|".join(f"(?:{each})" for each in patterns)
    app = Origins(app, pages.origins, setting=SETTING, pattern=pattern)
    if not (pages.origins or pattern):
        return app
    return CORSMiddleware(
        app,
        allow_origins=[origin for origin in pages.origins if origin != LOOPBACK_PAGES],
        allow_origin_regex=pattern or None,
        allow_methods=pages.methods,
        allow_headers=pages.headers,
        allow_credentials=pages.credentials,
        expose_headers=(*EXPOSED, *pages.exposed),
        max_age=pages.max_age_seconds,
    )


async def _not_served(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    path = request.url.path[:200]
    detail = f"{request.method} is not for {path}" if status == 405 else f"nothing is at {path}"
    headers = error.headers if isinstance(error, HTTPException) else None
    return json_answer({"detail": detail}, status=status, headers=headers)

"""The LangGraph-compatible API as one ASGI application, and which pages of others may call it."""

from collections.abc import Collection, Sequence
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
from runwire.langgraph_tables import Cors

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
    return [*meta.probes(), *(each for file in files for each in file.routes(parts))]


class LangGraphApi:
    """The application, below a prefix."""

    def __init__(
        self,
        parts: Parts,
        *,
        prefix: str = "",
        origins: Collection[str] = (),
        cors: Cors | None = None,
    ) -> None:
        self.prefix = prefix
        cors = cors or Cors()
        app = Starlette(
            routes=list(routes(parts)),
            exception_handlers={HTTPException: _not_served},
        )
        app.router.redirect_slashes = False
        known = Origins(app, origins, pattern=cors.allow_origin_regex, setting=SETTING)
        self._app = _for_pages_of(known, origins, cors)

    def serves(self, path: str) -> bool:
        """Whether a path is of this API."""
        if self.prefix:
            return path == self.prefix or path.startswith(f"{self.prefix}/")
        return path.lstrip("/").partition("/")[0] in FIRST

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Answer a request, or talk over a WebSocket."""
        root_path = f"{scope.get('root_path', '')}{self.prefix}"
        await self._app({**scope, "root_path": root_path}, receive, send)


def _for_pages_of(app: Any, origins: Collection[str], cors: Cors) -> Any:
    """Return the application with what browsers want to hear before they show a page an answer."""
    patterns = [LOOPBACK_PATTERN] if LOOPBACK_PAGES in origins else []
    patterns += [cors.allow_origin_regex] if cors.allow_origin_regex else []
    if not origins and not patterns:
        return app
    return CORSMiddleware(
        app,
        allow_origins=[origin for origin in origins if origin != LOOPBACK_PAGES],
        allow_origin_regex="|".join(f"(?:{each})" for each in patterns) or None,
        allow_methods=cors.allow_methods or METHODS,
        allow_headers=cors.allow_headers or ["*"],
        allow_credentials=cors.allow_credentials,
        expose_headers=[*EXPOSED, *cors.expose_headers],
        max_age=cors.max_age,
    )


async def _not_served(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    path = request.url.path[:200]
    detail = f"{request.method} is not for {path}" if status == 405 else f"nothing is at {path}"
    headers = error.headers if isinstance(error, HTTPException) else None
    return json_answer({"detail": detail}, status=status, headers=headers)

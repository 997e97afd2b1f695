"""`/ok` and `/info`: whether this serves, and what it can; nobody is asked who they are."""

import logging
import platform
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from runwire.domain.errors import NotFound
from runwire.domain.run import RunId
from runwire.http.langgraph.answers import json_answer
from runwire.http.langgraph.bodies import Query
from runwire.http.langgraph.parts import Parts

NO_CHECK: Final = frozenset({"", "0", "false"})
NOBODY: Final = RunId("default/-")
UNREADABLE: Final = "the database cannot be read now"

_log = logging.getLogger(__name__)


def probes(parts: Parts) -> Sequence[BaseRoute]:
    """Return the route that is always there."""

    async def ok(request: Request) -> Response:
        if Query(request.query_params).text("check_db", "0") not in NO_CHECK:
            try:
                await _ask_database(parts)
            except Exception:  # noqa: BLE001 - whatever it is, it is not well
                _log.exception("the database does not answer as it should")
                return json_answer({"ok": False, "detail": UNREADABLE}, status=500)
        return json_answer({"ok": True})

    return (Route("/ok", ok),)


def routes(parts: Parts) -> Sequence[BaseRoute]:
    """Return the routes."""

    async def info(_: Request) -> Response:
        return json_answer(_told(parts))

    return (Route("/info", info),)


async def _ask_database(parts: Parts) -> None:
    """Look for a run that there cannot be; raise what keeps the database from saying so."""
    with suppress(NotFound):
        await parts.runs.get(NOBODY)


def _told(parts: Parts) -> Mapping[str, Any]:
    return {
        "version": parts.version,
        "langgraph_py_version": parts.langgraph_version,
        "flags": {
            "assistants": True,
            "crons": True,
            "langsmith": False,
            "langsmith_tracing_replicas": False,
            "strict_resume": True,
            "stream_namespaces": True,
        },
        "host": {"kind": "self-hosted", "server": "runwire", "python": platform.python_version()},
    }

"""`/ok` and `/info`: whether this serves, and what it can; nobody is asked who they are."""

import platform
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from runwire.http.langgraph.answers import json_answer
from runwire.http.langgraph.parts import Parts


def probes() -> Sequence[BaseRoute]:
    """Return the route that is always there."""

    async def ok(_: Request) -> Response:
        return json_answer({"ok": True})

    return (Route("/ok", ok),)


def routes(parts: Parts) -> Sequence[BaseRoute]:
    """Return the routes."""

    async def info(_: Request) -> Response:
        return json_answer(_told(parts))

    return (Route("/info", info),)


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

"""Threads, over HTTP."""

from collections.abc import Sequence

from starlette.routing import BaseRoute

from runwire.http.langgraph.parts import Parts


def routes(_parts: Parts) -> Sequence[BaseRoute]:
    """Return the routes."""
    return ()

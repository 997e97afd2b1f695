"""What an authentication handler asks to see of a request, and how it is called with that."""

import asyncio
import inspect
import json
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any, Final

from starlette.datastructures import QueryParams
from starlette.requests import Request as AsgiRequest

from runwire.domain.langgraph_auth import Request
from runwire.engine.faults import GraphError

AUTHORIZATION: Final = b"authorization"


class Arguments:
    """A handler with the arguments that it names."""

    def __init__(self, handler: Callable[..., Any], *, reference: str) -> None:
        self._handler = handler
        self._names = _names(handler, reference)

    async def call(self, request: Request) -> Any:
        """Return what the handler says of a request."""
        given = {name: _ASKED[name](request) for name in self._names}
        if inspect.iscoroutinefunction(self._handler):
            return await self._handler(**given)
        found = await asyncio.to_thread(self._handler, **given)
        return await found if inspect.isawaitable(found) else found


def _names(handler: Callable[..., Any], reference: str) -> tuple[str, ...]:
    names: list[str] = []
    for name, parameter in inspect.signature(handler).parameters.items():
        if parameter.kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD):
            continue
        if name in _ASKED:
            names.append(name)
        elif parameter.default is inspect.Parameter.empty:
            raise GraphError(
                f"{reference!r}: the authentication handler takes {name!r}; it may take"
                f" {', '.join(_ASKED)}"
            )
    return tuple(names)


def _request(request: Request) -> AsgiRequest:
    given = False

    async def receive() -> MutableMapping[str, Any]:
        nonlocal given
        if given:
            return {"type": "http.disconnect"}
        given = True
        return {"type": "http.request", "body": request.body, "more_body": False}

    scope = {
        "query_string": request.query_string,
        "path": request.path,
        **request.scope,
        "type": "http",
        "method": request.method,
        "headers": [*request.headers],
        "path_params": dict(request.path_params),
    }
    return AsgiRequest(scope, receive)


def _body(request: Request) -> Any:
    """Return the body as JSON; None if there is none, or it is none."""
    try:
        return json.loads(request.body) if request.body else None
    except ValueError:
        return None


def _authorization(request: Request) -> str | None:
    lines = (value for name, value in request.headers if name.lower() == AUTHORIZATION)
    found = next(lines, None)
    return None if found is None else found.decode("latin-1")


_ASKED: Final[Mapping[str, Callable[[Request], Any]]] = {
    "request": _request,
    "body": _body,
    "path": lambda request: request.path,
    "method": lambda request: request.method,
    "path_params": lambda request: dict(request.path_params),
    "query_params": lambda request: QueryParams(request.query_string),
    "headers": lambda request: {name.lower(): value for name, value in request.headers},
    "authorization": _authorization,
}

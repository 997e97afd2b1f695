"""One route as an operation: what it is, what it takes, and every way it can answer."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from httprule.openapi.bodies import request_body, success
from httprule.openapi.options import Options
from httprule.openapi.parameters import path_parameters, query_parameters
from httprule.openapi.schemas import Schemas
from httprule.openapi.wellknown import Schema
from httprule.rules import Route

_SENTENCE: Final = re.compile(r"^(.+?)[.](?=\s|$)", re.DOTALL)
_RESPONSES: Final = "#/components/responses/"
DEFAULT: Final = "Error"


def operation(
    route: Route, names: Collection[str], *, name: str, schemas: Schemas, options: Options
) -> Schema:
    """Return the operation of a route whose path has these names."""
    method = route.method
    made: Schema = {
        "tags": [method.containing_service.name],
        "operationId": name,
        **_described(schemas.comment(method.full_name)),
    }
    if method.GetOptions().deprecated:
        made["deprecated"] = True
    parameters = [
        *path_parameters(route, names, schemas),
        *query_parameters(route, schemas),
    ]
    if parameters:
        made["parameters"] = parameters
    body = request_body(route, schemas, options.examples)
    if body is not None:
        made["requestBody"] = body
    made["responses"] = _responses(route, schemas, options)
    return _extended(made, options.extras(route))


def names_of(routes: Iterable[Route]) -> Mapping[Route, str]:
    """Return the ids of operations: those of additional bindings end with their number."""
    found: dict[Route, str] = {}
    count = Counter[str]()
    for route in routes:
        name = f"{route.method.containing_service.name}_{route.method.name}"
        count[name] += 1
        found[route] = f"{name}_{count[name]}" if count[name] > 1 else name
    return found


def _described(comment: str) -> Schema:
    sentence = _SENTENCE.match(comment)
    summary = " ".join((sentence[1] if sentence else comment).split())
    if not summary:
        return {}
    return {"summary": summary, "description": comment}


def _responses(route: Route, schemas: Schemas, options: Options) -> Schema:
    found: Schema = {"200": success(route, schemas, events=options.streams)}
    for status, failing in sorted(options.failures.items()):
        if failing.when(route):
            found[str(status)] = {"$ref": _RESPONSES + failing.name}
    found["default"] = {"$ref": _RESPONSES + DEFAULT}
    return found


def _extended(made: Schema, extras: Mapping[str, Any]) -> Schema:
    """Return an operation with more said about it."""
    extended = {**made, **extras}
    if "parameters" in extras:
        extended["parameters"] = [*made.get("parameters", ()), *extras["parameters"]]
    if "responses" in extras:
        extended["responses"] = dict(sorted({**made["responses"], **extras["responses"]}.items()))
    return extended

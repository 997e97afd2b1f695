"""The whole document: every operation, and what operations share.

What comes out depends on nothing but what goes in: the same services give the same bytes.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from google.protobuf.descriptor import ServiceDescriptor

from httprule.openapi.bodies import takes_raw
from httprule.openapi.comments import comments_of
from httprule.openapi.failures import Failures
from httprule.openapi.operations import DEFAULT, names_of, operation
from httprule.openapi.options import Failing, Options
from httprule.openapi.parameters import path_of
from httprule.openapi.schemas import Schemas
from httprule.openapi.wellknown import Schema
from httprule.rules import Route, routes_of

OPENAPI: Final = "3.1.1"
METHODS: Final = frozenset({"GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"})
_ANY_ERROR: Final = Failing(name=DEFAULT, description="Any other error.")


def document(
    services: Iterable[ServiceDescriptor], descriptors: bytes, options: Options
) -> dict[str, Any]:
    """Return the OpenAPI document of services, as plain JSON values.

    `descriptors` is a FileDescriptorSet with the comments of the services' protos.
    Left out is what OpenAPI cannot say, methods of HTTP of any name, and what HTTP cannot carry,
    streams of anything but raw bytes from a caller.
    """
    services = sorted(services, key=lambda service: service.full_name)
    schemas = Schemas(comments_of(descriptors), options.spelled)
    failures = Failures(schemas, descriptors)
    routes = [route for route in routes_of(services) if _sayable(route)]
    made: dict[str, Any] = {
        "openapi": OPENAPI,
        "info": _info(options),
        "servers": [{"url": url} for url in options.servers],
        "tags": [_tag(service, schemas) for service in services if _has(routes, service)],
        "paths": _paths(routes, schemas, options),
    }
    if options.security:
        made["security"] = [{name: []} for name in sorted(options.security)]
        if options.open_to_all:
            made["security"].append({})
    made["components"] = _components(schemas, failures, options)
    return made


def _sayable(route: Route) -> bool:
    carried = takes_raw(route) or not route.method.client_streaming
    return carried and route.http_method in METHODS


def _info(options: Options) -> Schema:
    info: Schema = {"title": options.title, "version": options.version}
    if options.description:
        info["description"] = options.description
    if options.license:
        info["license"] = dict(options.license)
    return info


def _has(routes: Iterable[Route], service: ServiceDescriptor) -> bool:
    return any(route.method.containing_service.full_name == service.full_name for route in routes)


def _tag(service: ServiceDescriptor, schemas: Schemas) -> Schema:
    comment = schemas.comment(service.full_name)
    return {"name": service.name, **({"description": comment} if comment else {})}


def _paths(routes: Sequence[Route], schemas: Schemas, options: Options) -> Schema:
    paths: dict[str, Schema] = {}
    ids = names_of(routes)
    for alike in _by_shape(routes).values():
        names = _names(alike)
        item = paths.setdefault(path_of(alike[0].template).named(names), {})
        for route in alike:
            item[route.http_method.lower()] = operation(
                route, names, name=ids[route], schemas=schemas, options=options
            )
    return dict(sorted(paths.items()))


def _by_shape(routes: Iterable[Route]) -> Mapping[tuple[str, ...], list[Route]]:
    """Return the routes by what stands around their holes: such paths are one to OpenAPI."""
    found: dict[tuple[str, ...], list[Route]] = {}
    for route in routes:
        found.setdefault(path_of(route.template).texts, []).append(route)
    return found


def _names(alike: Sequence[Route]) -> tuple[str, ...]:
    """Return the names of the holes that routes of one path share: the shortest."""
    spelled = [[hole.name for hole in path_of(each.template).holes] for each in alike]
    shortest = [
        min(each, key=lambda name: (len(name), name)) for each in zip(*spelled, strict=True)
    ]
    return tuple(shortest if len(set(shortest)) == len(shortest) else spelled[0])


def _components(schemas: Schemas, failures: Failures, options: Options) -> Schema:
    failings = {failing.name: failing for failing in (*options.failures.values(), _ANY_ERROR)}
    responses = {name: failures.answer(each) for name, each in sorted(failings.items())}
    components: Schema = {
        "schemas": dict(sorted(schemas.components.items())),
        "responses": responses,
    }
    if options.security:
        components["securitySchemes"] = {
            name: dict(scheme) for name, scheme in sorted(options.security.items())
        }
    return components

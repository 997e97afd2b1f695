"""The OpenAPI document of Runwire: what its descriptors do not say."""

from collections.abc import Iterable, Mapping
from importlib import resources
from importlib.metadata import version
from typing import Any, Final

from google.protobuf.descriptor import ServiceDescriptor

from httprule.openapi import document as openapi
from httprule.openapi.bodies import returns_raw
from httprule.openapi.failures import ERROR
from httprule.openapi.options import BEARER, Failing, Options, api_key
from httprule.openapi.wellknown import Schema
from httprule.rules import Route
from runwire.http import examples

_RETRY: Final = {"Retry-After": "Seconds to wait before another try."}
DESCRIPTORS: Final = "descriptor.binpb"
_DESCRIPTION: Final = """\
Hosts graphs and runs them durably, watched live.

Every call can also be made over gRPC, and means the same there. Fields that are unset are left
out of answers. Request bodies may spell a field as here or as in the protos (`runId`, `run_id`);
an unknown field or query key is an error that names it.

**Errors** are a google.rpc.Status: `details` tells programs the reason, and which fields are wrong.

**Streams** come as one JSON object on each line, or as server-sent events for
`Accept: text/event-stream`.

**WebSockets**: `/v1/runs/{run_id}/ws` sends what `GET /v1/runs/{run_id}:watch` sends, and
`/v1/runs/ws` what `GET /v1/runs:watch` sends, one message for each line, with the same query keys.

**Headers**: any call takes `Grpc-Timeout`, the time it may take, for example `5S` or `100m`, and
`X-Request-Id`, which the answer has as well. What has `GET` has `HEAD`; every path has `OPTIONS`.
"""
_PAYLOAD: Final[Schema] = {
    "type": "object",
    "description": (
        "A value that the server carries and does not read: input and output of a run, data of an"
        " event, state. A JSON value is spelled out in `json`, exactly as it was given, down to"
        " the digits of its numbers. At most one of `json`, `data`, `artifactId`."
    ),
    "properties": {
        "json": {"description": "Any JSON value, at most 1 MiB of it."},
        "data": {
            "type": "string",
            "contentEncoding": "base64",
            "description": "A value that is not JSON, or JSON as bytes; at most 1 MiB.",
        },
        "artifactId": {
            "type": "string",
            "description": "Id of an artifact that holds a value too large to carry inline.",
        },
        "contentType": {
            "type": "string",
            "description": 'Media type of `data`; "application/json" when left out.',
        },
        "metadata": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "Free-form facts about the encoding, for example encryption key ids.",
        },
    },
}


def _writes(route: Route) -> bool:
    return route.http_method != "GET"


def _has_body(route: Route) -> bool:
    return bool(route.body)


FAILURES: Final[Mapping[int, Failing]] = {
    400: Failing(
        name="BadRequest",
        description=(
            "The request is wrong (INVALID_ARGUMENT, OUT_OF_RANGE), or the thing is not in a"
            " condition that allows it (FAILED_PRECONDITION)."
        ),
    ),
    401: Failing(
        name="Unauthenticated",
        description="Credentials are missing, wrong or expired.",
        headers={"WWW-Authenticate": "How to authenticate."},
    ),
    403: Failing(name="PermissionDenied", description="The caller may not do this."),
    404: Failing(name="NotFound", description="What the request names does not exist."),
    409: Failing(
        name="Conflict",
        description="It exists already (ALREADY_EXISTS), or has changed meanwhile (ABORTED).",
        when=_writes,
    ),
    408: Failing(name="TooSlow", description="The body came too slowly.", when=_has_body),
    413: Failing(name="TooLarge", description="The body is too large.", when=_has_body),
    415: Failing(
        name="UnsupportedMediaType",
        description="The body is not of a type or an encoding that is taken here.",
        when=_has_body,
    ),
    429: Failing(
        name="ResourceExhausted",
        description="A quota or a rate is used up, or a value is larger than the limit.",
        headers=_RETRY,
    ),
    431: Failing(name="HeadersTooLarge", description="The headers are too large."),
    500: Failing(
        name="Internal",
        description="A fault of the server, which logs it under the request id in the answer.",
    ),
    501: Failing(
        name="Unimplemented",
        description="This server does not offer the call; an older one behind a gateway, say.",
    ),
    503: Failing(
        name="Unavailable",
        description="The server is leaving or cannot reach its database: try again.",
        headers=_RETRY,
    ),
    504: Failing(name="DeadlineExceeded", description="The time for the call is over."),
}


def document(
    services: Iterable[ServiceDescriptor], *, secured: bool | None = None
) -> dict[str, Any]:
    """Return the document of these services.

    `secured` tells whether this server asks for credentials; None leaves it open.
    """
    descriptors = resources.files("runwire.v1").joinpath(DESCRIPTORS).read_bytes()
    return openapi.document(services, descriptors, _options(secured=secured))


def _options(*, secured: bool | None) -> Options:
    schemes = {
        "bearer": {**BEARER, "description": "An API key or a JWT."},
        "apiKey": {**api_key("x-api-key"), "description": "An API key."},
    }
    return Options(
        title="Runwire",
        version=version("runwire"),
        description=_DESCRIPTION,
        license={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        failures=FAILURES,
        spelled={"runwire.v1.Payload": _PAYLOAD},
        security={} if secured is False else schemes,
        open_to_all=secured is None,
        examples=examples.BODIES,
        extras=_extras,
    )


def _extras(route: Route) -> Mapping[str, Any]:
    """Return what HTTP adds to some calls."""
    if returns_raw(route):
        return _RANGED
    name = route.method.full_name
    if name in _RESUMED:
        return {"parameters": [{**_LAST_EVENT, "schema": _RESUMED[name]}]}
    return {}


_LAST_EVENT: Final[Schema] = {
    "name": "Last-Event-ID",
    "in": "header",
    "description": (
        "The `id` of the last server-sent event that was received; the stream goes on behind it."
        " Browsers send it by themselves."
    ),
}
_SEQUENCE: Final[Schema] = {"type": "string", "pattern": "^[0-9]{1,18}$"}
_RESUMED: Final[Mapping[str, Schema]] = {
    "runwire.v1.RunService.WatchRun": _SEQUENCE,
    "runwire.v1.RunService.WatchRuns": {"type": "string"},
    "runwire.v1.ThreadService.WatchThread": {"type": "string"},
}
_BYTES: Final[Schema] = {"*/*": {"schema": {}}}
_TEXT: Final[Schema] = {"type": "string"}
_ETAG: Final[Schema] = {"description": "Changes with the content.", "schema": _TEXT}
_PLACE: Final[Schema] = {"description": "Which bytes, of how many.", "schema": _TEXT}
_RANGED: Final[Mapping[str, Any]] = {
    "parameters": [
        {
            "name": "Range",
            "in": "header",
            "description": (
                "One range of bytes: `bytes=0-1023`, `bytes=1024-`; `bytes=-500` for the last 500."
            ),
            "schema": {
                "type": "string",
                "pattern": "^bytes=([0-9]{1,18}-[0-9]{0,18}|-[0-9]{1,18})$",
            },
        },
        {
            "name": "If-None-Match",
            "in": "header",
            "description": "Tags of content that the caller has already.",
            "schema": _TEXT,
        },
    ],
    "responses": {
        "206": {
            "description": "The range that was asked for.",
            "headers": {"Content-Range": _PLACE, "ETag": _ETAG},
            "content": _BYTES,
        },
        "304": {"description": "The caller has it already.", "headers": {"ETag": _ETAG}},
        "416": {
            "description": "There are no bytes in this range.",
            "content": {"application/json": {"schema": ERROR}},
        },
    },
}

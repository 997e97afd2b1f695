"""What is sent and what comes back: request bodies and answers that are OK."""

from collections.abc import Mapping
from typing import Any, Final

from google.protobuf.descriptor import Descriptor

from httprule.fields import HTTP_BODY, is_http_body
from httprule.openapi.failures import ERROR
from httprule.openapi.parameters import fields_in
from httprule.openapi.schemas import Schemas
from httprule.openapi.wellknown import Schema
from httprule.rules import WHOLE, Route

_JSON: Final = "application/json"
_LINES: Final = "application/x-ndjson"
_EVENTS: Final = "text/event-stream"
_OCTETS: Final = "application/octet-stream"
_ANY: Final = "*/*"
_FILE: Final[Schema] = {"type": "string", "format": "binary"}
_MASK: Final = "google.protobuf.FieldMask"


def takes_raw(route: Route) -> bool:
    """Return whether the body is bytes of any type, and no JSON."""
    if route.body == WHOLE:
        return bool(route.method.input_type.full_name == HTTP_BODY)
    return is_http_body(route.body_field)


def returns_raw(route: Route) -> bool:
    """Return whether the answer is bytes of any type, and no JSON."""
    if route.response_field is None:
        return bool(route.method.output_type.full_name == HTTP_BODY)
    return is_http_body(route.response_field)


def request_body(route: Route, schemas: Schemas, examples: Mapping[str, Any]) -> Schema | None:
    """Return the description of a route's body; None if it has none."""
    if not route.body:
        return None
    if takes_raw(route):
        text = "The bytes themselves, of any type; `Content-Type` is passed on."
        # The first type is what pages offer to send, a file; `*/*` alone they would send as it is.
        return {"description": text, "content": {_OCTETS: {"schema": _FILE}, _ANY: {"schema": {}}}}
    schema, required = _sent(route, schemas)
    content: Schema = {"schema": schema}
    if route.method.full_name in examples:
        content["example"] = examples[route.method.full_name]
    body: Schema = {"content": {_JSON: content}}
    return {**body, "required": True} if required else body


def _sent(route: Route, schemas: Schemas) -> tuple[Schema, bool]:
    """Return the schema of a JSON body, and whether there has to be one."""
    request = route.method.input_type
    taken = fields_in(route.template)
    if route.body == WHOLE:
        if not taken:
            return schemas.of(request), bool(schemas.required(request))
        schema = schemas.object_of(request, without=taken)
        return schema, "required" in schema
    field = request.fields_by_name[route.body]
    partial = route.http_method == "PATCH" and _masked(request)
    inner = {
        path.removeprefix(f"{route.body}.") for path in taken if path.startswith(f"{route.body}.")
    }
    return schemas.field(field, without=inner, partial=partial), True


def _masked(request: Descriptor) -> bool:
    """Return whether a field mask tells what of the body counts."""
    return any(
        field.message_type is not None and field.message_type.full_name == _MASK
        for field in request.fields
    )


def success(route: Route, schemas: Schemas, *, events: bool) -> Schema:
    """Return the description of a route's answer when all is well."""
    if returns_raw(route):
        text = "The bytes themselves, of the type that `Content-Type` tells."
        return {"description": text, "content": {_ANY: {"schema": {}}}}
    message = _returned(route, schemas)
    if not route.method.server_streaming:
        text = schemas.comment(route.method.output_type.full_name) or "OK."
        return {"description": text, "content": {_JSON: {"schema": message}}}
    return _stream(message, events=events)


def _returned(route: Route, schemas: Schemas) -> Schema:
    response = route.method.output_type
    if not route.response_body:
        return schemas.of(response)
    return schemas.field(response.fields_by_name[route.response_body])


def _stream(message: Schema, *, events: bool) -> Schema:
    line: Schema = {
        "description": "One line of the stream.",
        "oneOf": [
            _line("result", message, "One message."),
            _line("error", ERROR, "How the stream broke off; always last."),
        ],
    }
    content: dict[str, Any] = {_LINES: {"schema": line}}
    text = "A stream of messages, one JSON object on each line."
    if events:
        text += (
            " With `Accept: text/event-stream` it comes as server-sent events instead, with the"
            " message in `data`. The last one is `event: end`, or, if the stream broke off,"
            " `event: error`, whose `data` is a google.rpc.Status."
        )
        content[_EVENTS] = {"schema": {"type": "string"}}
    return {"description": text, "content": content}


def _line(name: str, schema: Schema, text: str) -> Schema:
    return {
        "type": "object",
        "description": text,
        "properties": {name: schema},
        "required": [name],
    }

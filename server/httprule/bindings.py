"""One route's requests: path, query and body into a message."""

from collections.abc import Sequence
from typing import Any

from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from httprule.cursor import Cursor, decoded, where
from httprule.faults import UNDECODABLE, Invalid, WrongType
from httprule.fields import HTTP_BODY, is_http_body
from httprule.options import Options
from httprule.paths import field_path
from httprule.query import Query
from httprule.reading import Readers
from httprule.rules import WHOLE, Route


class Binding:
    """How the requests of one route are read."""

    def __init__(self, route: Route, *, readers: Readers, options: Options) -> None:
        request = route.method.input_type
        self._options = options
        self._make = GetMessageClass(request)
        self._body = route.body
        self._whole = readers.of(request) if route.body == WHOLE else None
        field = route.body_field
        self._field = None if field is None else readers.of_field(field)
        self._path = [
            (variable, field_path(request, variable.field.split("."), json_names=False))
            for variable in route.template.variables
        ]
        taken = frozenset(variable.field for variable in route.template.variables)
        self._query = Query(
            request,
            taken=taken if field is None else taken | {field.name},
            closed=route.body == WHOLE,
            options=options,
        )
        is_body = self._whole is not None and request.full_name == HTTP_BODY
        self.raw = is_body or is_http_body(field)
        """Whether the body is taken as it is."""

    def request(
        self, segments: Sequence[str], query: str, content_type: str, body: bytes
    ) -> Message:
        """Return the message of a request."""
        message = self._make()
        if self.raw:
            raw = self._raw(message)
            raw.content_type, raw.data = _text(content_type), body
        elif body:
            self._read(message, content_type, body)
        for variable, path in self._path:
            try:
                text = variable.value(segments, self._options.kept_escapes)
            except Invalid as fault:
                raise Invalid(fault.problem, variable.field) from None
            path.set(message, text)
        if query:
            self._query.read(query, message)
        return message

    def chunk(self, chunk: bytes) -> Message:
        """Return a message that holds nothing but a raw body."""
        message = self._make()
        self._raw(message).data = chunk
        return message

    def _raw(self, message: Message) -> Any:
        if self._field is None:
            return message
        raw = getattr(message, self._field.name)
        raw.SetInParent()
        return raw

    def _read(self, message: Message, content_type: str, body: bytes) -> None:
        if not self._body:
            raise Invalid("this route takes no body", reason=UNDECODABLE)
        _check_type(content_type)
        cursor = Cursor(
            decoded(body),
            max_depth=self._options.max_message_depth,
            max_raw_depth=self._options.max_raw_depth,
        )
        try:
            if self._whole is not None:
                self._whole(message, cursor)
            elif self._field is not None:
                cursor.path.append(self._field.name)
                self._field.into(message, cursor, set())
            cursor.finish()
        except Invalid as fault:
            path = fault.path or where(cursor.path)
            raise Invalid(fault.problem, path, reason=fault.reason) from None


def _check_type(content_type: str) -> None:
    """Refuse what says that it is something else than JSON in UTF-8; silence says nothing."""
    if not content_type or content_type == "application/json":
        return
    kind, *parameters = (part.strip().lower() for part in content_type.split(";"))
    charsets = [part[8:].strip('"') for part in parameters if part.startswith("charset=")]
    if kind != "application/json" or not {"utf-8", "utf8"}.issuperset(charsets):
        raise WrongType("send JSON, with the content type application/json")


def _text(content_type: str) -> str:
    # A header may hold any bytes, a proto string only what UTF-8 can say.
    return content_type.encode("utf-8", "replace").decode()

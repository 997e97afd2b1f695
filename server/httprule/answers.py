"""One route's responses: a message into what goes over HTTP."""

from dataclasses import dataclass
from typing import Any, Final

from google.protobuf.message import Message

from httprule.fields import HTTP_BODY, is_http_body
from httprule.rules import Route
from httprule.writing import Writers, encoded

JSON: Final = "application/json"
OCTETS: Final = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Answer:
    """The body of an HTTP response, or a piece of it, and what type it is of."""

    content_type: str
    data: bytes


class Answering:
    """How the responses of one route are written."""

    def __init__(self, route: Route, writers: Writers) -> None:
        response, field = route.method.output_type, route.response_field
        self.raw = is_http_body(field) if field else response.full_name == HTTP_BODY
        """Whether the response is a body of any type, sent as it is."""
        self._field = "" if field is None else field.name
        self._write = writers.of(response) if field is None else writers.of_field(field)

    def answer(self, message: Message) -> Answer:
        """Return a response as what goes over HTTP."""
        value: Any = getattr(message, self._field) if self._field else message
        if self.raw:
            return Answer(value.content_type or OCTETS, value.data)
        return Answer(JSON, encoded(self._write(value)))

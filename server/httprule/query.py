"""The query of a URL into fields: dots into messages, a key again for each repeated value.

Names that the path or the body stands for are no query parameters: who may set them was decided by
the path.
"""

from collections.abc import Iterator
from typing import Final

from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message

from httprule.escapes import unescape
from httprule.faults import UNDECODABLE, Invalid
from httprule.options import Options
from httprule.paths import FieldPath, field_path

_MAX_KNOWN_KEYS: Final = 256


class Query:
    """The query parameters of one rule."""

    def __init__(
        self, descriptor: Descriptor, *, taken: frozenset[str], closed: bool, options: Options
    ) -> None:
        self._descriptor = descriptor
        self._taken = taken
        self._closed = closed
        self._options = options
        self._known: dict[str, FieldPath] = {}

    def read(self, query: str, message: Message) -> None:
        """Put every parameter into its field."""
        seen: set[str] = set()
        for key, text in self._parameters(query):
            if key in self._options.ignored_query:
                continue
            path = self._known.get(key) or self._find(key)
            name = path.name
            if name in seen and not path.repeated:
                raise Invalid("this query parameter is given twice", name)
            seen.add(name)
            path.set(message, text)

    def _parameters(self, query: str) -> Iterator[tuple[str, str]]:
        if query.count("&") >= self._options.max_query_parameters:
            most = self._options.max_query_parameters
            raise Invalid(f"more than {most} query parameters", reason=UNDECODABLE)
        for pair in query.split("&"):
            if pair:
                key, _, text = pair.partition("=")
                name = _unescape(key, "")
                yield name, _unescape(text, name)

    def _find(self, key: str) -> FieldPath:
        if self._closed:
            raise Invalid("the body is the whole message; put this into it", key[:100])
        path = field_path(self._descriptor, key.split("."), json_names=True)
        for taken in self._taken:
            if path.name == taken or path.name.startswith(f"{taken}."):
                raise Invalid("set by the path or the body, so no query parameter", path.name)
        if len(self._known) < _MAX_KNOWN_KEYS:
            self._known[key] = path
        return path


def _unescape(text: str, name: str) -> str:
    try:
        return unescape(text.replace("+", " "))
    except Invalid as fault:
        raise Invalid(fault.problem, name[:100]) from None

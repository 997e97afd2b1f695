"""HTTP requests into messages and messages into HTTP answers, by the rules of services.

1. Everything is compiled when the transcoder is made, and every wrong rule is told then.
2. Values from the path win over the body: whoever looked at the path knows what is asked for.
3. A request gives a message or a Failure, whatever its bytes are.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import Message
from google.rpc import code_pb2

from httprule.answers import Answer, Answering
from httprule.bindings import Binding
from httprule.codecs import Codec
from httprule.escapes import check_escapes
from httprule.failures import Failure, failure, invalid_argument
from httprule.faults import Invalid, RuleError, WrongType
from httprule.options import Options
from httprule.reading import Readers
from httprule.rules import ANY_METHOD, Route, routes_of
from httprule.trie import Trie
from httprule.writing import Writers

_NO_CODECS: Final[Mapping[str, Codec]] = MappingProxyType({})
_MAX_PATH_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class _Compiled:
    route: Route
    binding: Binding
    answering: Answering


class Transcoder:
    """The routes of some services."""

    def __init__(
        self,
        services: Iterable[ServiceDescriptor],
        *,
        codecs: Mapping[str, Codec] = _NO_CODECS,
        options: Options = Options(),  # noqa: B008 - frozen
    ) -> None:
        self._options = options
        self._tries: dict[str, Trie[_Compiled]] = {}
        self.routes: Sequence[Route] = tuple(routes_of(services))
        """Every binding, in the order of the protos."""
        readers, writers = Readers(codecs), Writers(codecs)
        for route in self.routes:
            binding = Binding(route, readers=readers, options=options)
            self._add(_Compiled(route, binding, Answering(route, writers)))

    def find(self, http_method: str, raw_path: str) -> "Found":
        """Return the route of a request; `raw_path` is percent-encoded and has no query."""
        found = self._wanted(http_method, raw_path)
        if found is None:
            raise self._missing(raw_path)
        compiled, segments = found
        try:
            check_escapes(raw_path)
        except Invalid as fault:
            raise invalid_argument(fault, self._options.domain) from None
        return Found(compiled, segments, self._options.domain)

    def _add(self, compiled: _Compiled) -> None:
        route = compiled.route
        trie = self._tries.setdefault(route.http_method, Trie())
        other = trie.add(route.template, compiled)
        if other is not None:
            raise RuleError(f"{route} and {other.route} take the same paths")

    def _wanted(self, http_method: str, raw_path: str) -> tuple[_Compiled, Sequence[str]] | None:
        """Return what a method and a path lead to; no variable takes a verb that a path may have.

        `DELETE /v1/files/x:download` is no file `x:download` where a file can be downloaded.
        """
        found = self._look_up(http_method, raw_path) or self._look_up(ANY_METHOD, raw_path)
        if found is None or _has_verb(found) or ":" not in raw_path[raw_path.rfind("/") :]:
            return found
        other = self._look_up(ANY_METHOD, raw_path)
        if other is not None and _has_verb(other):
            return other
        return None if self._verbs(raw_path) else found

    def _verbs(self, raw_path: str) -> Sequence[str]:
        """Return the methods that take the end of a path as a verb."""
        looked = ((name, trie.find(raw_path)) for name, trie in self._tries.items())
        return [name for name, found in looked if found is not None and _has_verb(found)]

    def _look_up(self, http_method: str, raw_path: str) -> tuple[_Compiled, Sequence[str]] | None:
        trie = self._tries.get(http_method)
        return None if trie is None else trie.find(raw_path)

    def _missing(self, raw_path: str) -> Failure:
        domain, shown = self._options.domain, raw_path[:_MAX_PATH_SHOWN]
        shown = shown.encode("ascii", "backslashreplace").decode()
        fitting = [name for name, trie in self._tries.items() if trie.find(raw_path)]
        allow = tuple(sorted(self._verbs(raw_path) or fitting))
        if not allow:
            message = f"nothing is served at {shown}"
            return failure(code_pb2.NOT_FOUND, message, reason="ROUTE_NOT_FOUND", domain=domain)
        message = f"{shown} takes {', '.join(allow)} only"
        return failure(
            code_pb2.UNIMPLEMENTED,
            message,
            reason="METHOD_NOT_ALLOWED",
            domain=domain,
            allow=allow,
            http_status=405,
        )


def _has_verb(found: tuple[_Compiled, Sequence[str]]) -> bool:
    return bool(found[0].route.template.verb)


class Found:
    """A route that was asked for, with the values of its path."""

    def __init__(self, compiled: _Compiled, segments: Sequence[str], domain: str) -> None:
        self._binding = compiled.binding
        self._answering = compiled.answering
        self._segments = segments
        self._domain = domain
        self.route: Route = compiled.route
        self.method: MethodDescriptor = compiled.route.method

    @property
    def takes_raw_body(self) -> bool:
        """Whether the body is taken as it is, of any type: a google.api.HttpBody."""
        return self._binding.raw

    @property
    def returns_raw(self) -> bool:
        """Whether what is sent back, once or as a stream, is a google.api.HttpBody."""
        return self._answering.raw

    def request(self, query: str, content_type: str, body: bytes) -> Message:
        """Return the request of an RPC that takes one message."""
        if self.method.client_streaming:
            raise self._no_streams()
        return self._made(lambda: self._binding.request(self._segments, query, content_type, body))

    def first(self, query: str, content_type: str, chunk: bytes) -> Message:
        """Return the first message of an upload: what the URL says, and a first chunk."""
        if not self.takes_raw_body:
            raise self._no_streams()
        return self._made(lambda: self._binding.request(self._segments, query, content_type, chunk))

    def next(self, chunk: bytes) -> Message:
        """Return a further message of an upload: a chunk, and nothing else."""
        if not self.takes_raw_body:
            raise self._no_streams()
        return self._binding.chunk(chunk)

    def answer(self, message: Message) -> Answer:
        """Return a response as what goes over HTTP."""
        return self._answering.answer(message)

    def _made(self, make: Callable[[], Message]) -> Message:
        try:
            return make()
        except Invalid as fault:
            raise invalid_argument(fault, self._domain) from None
        except WrongType as wrong:
            raise failure(
                code_pb2.INVALID_ARGUMENT,
                str(wrong),
                reason="CONTENT_TYPE_UNSUPPORTED",
                domain=self._domain,
                http_status=415,
            ) from None

    def _no_streams(self) -> Failure:
        return failure(
            code_pb2.UNIMPLEMENTED,
            f"{self.method.full_name} takes a stream of messages; send it over gRPC",
            reason="STREAM_UNSUPPORTED",
            domain=self._domain,
        )

"""What a document says that no descriptor knows: who serves, who may call, how calls fail."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from httprule.openapi.wellknown import Schema
from httprule.rules import Route

BEARER: Final[Schema] = {"type": "http", "scheme": "bearer"}


def api_key(header: str) -> Schema:
    """Return the security scheme of a key in a header."""
    return {"type": "apiKey", "in": "header", "name": header}


def nothing(_: Route) -> Mapping[str, Any]:
    """Say nothing about an operation."""
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Failing:
    """A way in which calls fail: an HTTP status other than 2xx."""

    name: str
    """Of the component that describes it, for example `NotFound`."""
    description: str
    when: Callable[[Route], bool] = lambda _: True
    """Which operations can fail so."""
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Headers that may come with it, and what they mean."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a document says that no descriptor knows."""

    title: str
    version: str
    description: str = ""
    license: Mapping[str, str] | None = None
    servers: tuple[str, ...] = ("/",)
    failures: Mapping[int, Failing] = field(default_factory=lambda: MappingProxyType({}))
    """By HTTP status. The `default` answer is described in any case."""
    spelled: Mapping[str, Schema] = field(default_factory=lambda: MappingProxyType({}))
    """Schemas of messages, by full name, that have a JSON form of their own."""
    security: Mapping[str, Schema] = field(default_factory=lambda: MappingProxyType({}))
    """Security schemes by name; a call needs any one of them."""
    open_to_all: bool = False
    """Whether calls without credentials are possible, too."""
    examples: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    """Bodies of requests, as JSON values, by the method's full name."""
    streams: bool = True
    """Whether server streams can be had as text/event-stream, too."""
    extras: Callable[[Route], Mapping[str, Any]] = nothing
    """More of an operation: `parameters` are appended, `responses` added by status, others set."""

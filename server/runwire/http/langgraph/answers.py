"""Answers: JSON in which values that rest as bytes are put as they are, and pages of lists."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from starlette.responses import Response

from runwire.domain.payload import encode

JSON: Final = "application/json"
TOTAL: Final = "X-Pagination-Total"
NEXT: Final = "X-Pagination-Next"
EXPOSED: Final = ("Content-Location", "Location", TOTAL, NEXT, "X-Request-Id", "Retry-After")
"""Headers that pages of other origins may read: clients learn by them which run they started."""


@dataclass(frozen=True, slots=True)
class Raw:
    """A member of an object that is JSON already."""

    data: bytes


Shown = Mapping[str, Any]
"""An object to be answered; members may be `Raw`, and times are written as ISO 8601."""


def json_answer(
    value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return an answer with a value."""
    return Response(written(value), status, headers, JSON)


def no_content(headers: Mapping[str, str] | None = None) -> Response:
    """Return the answer to what leaves nothing to say."""
    return Response(None, 204, headers)


def page(items: Iterable[Shown], *, total: int, offset: int, count: int) -> Response:
    """Return an answer with some of what matches, and where to go on in the headers."""
    headers = {TOTAL: str(total)}
    if offset + count < total:
        headers[NEXT] = str(offset + count)
    return json_answer(list(items), headers=headers)


def only(item: Shown, names: Sequence[str] | None) -> Shown:
    """Return the members that are asked for; all of them if nothing is."""
    return item if not names else {name: item[name] for name in names if name in item}


def written(value: Any) -> bytes:
    """Return a value as JSON: an object or a list of objects may hold `Raw` one level below."""
    if isinstance(value, Raw):
        return value.data
    if isinstance(value, list):
        return b"[" + b",".join(map(written, value)) + b"]"
    if isinstance(value, Mapping):
        members = (encode(str(name)) + b":" + _member(each) for name, each in value.items())
        return b"{" + b",".join(members) + b"}"
    return _member(value)


def _member(value: Any) -> bytes:
    if isinstance(value, Raw):
        return value.data
    if isinstance(value, datetime):
        return encode(value.isoformat())
    return encode(_plain(value)) if isinstance(value, Mapping | list | tuple) else encode(value)


def _plain(value: Any) -> Any:
    """Return a value with mappings and tuples as what JSON can be made of."""
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, datetime) else value

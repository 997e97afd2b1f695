"""What comes in: JSON bodies, query parameters and ids, checked before anything is done.

1. Unknown keys are left alone: clients of all ages send what they know of.
2. What has the wrong type is refused with the name of the field.
3. `null` is as good as nothing, unless a route says otherwise.
"""

import asyncio
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Annotated, Any, Final, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from starlette.datastructures import QueryParams
from starlette.requests import ClientDisconnect, Request

from httprule.bodies import ClientGone
from runwire.domain.errors import Exhausted, Invalid, Violation, invalid
from runwire.domain.payload import decode

MAX_PAGE: Final = 1000
MAX_OFFSET: Final = 2**31
BODY: Final = "body"
BODY_SECONDS: Final = 60.0

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}")
_TYPE: Final = re.compile(r".*\[.*|str|int|float|dict|list|constrained-\w+|[A-Z]\w*")
_TRUE: Final = frozenset({"true", "1", "yes", "on"})
_FALSE: Final = frozenset({"false", "0", "no", "off", ""})

M = TypeVar("M", bound="Body")


class Body(BaseModel):
    """A JSON object that comes in."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


def uuid_of(text: str, *, name: str) -> str:
    """Return an id in lower case; raise Invalid if it is no UUID."""
    if _UUID.fullmatch(text) is None:
        raise invalid(name, f"{text[:64]!r} is not a UUID")
    plain = text.replace("-", "").lower()
    return "-".join((plain[:8], plain[8:12], plain[12:16], plain[16:20], plain[20:]))


def _uuid(text: str) -> str:
    try:
        return uuid_of(text, name="id")
    except Invalid as error:
        raise ValueError(error.violations[0].description) from None


Uuid = Annotated[str, AfterValidator(_uuid)]
"""An id in a body."""
Limit = Annotated[int, Field(ge=1, le=MAX_PAGE)]
"""How many at most are listed."""
Offset = Annotated[int, Field(ge=0, le=MAX_OFFSET)]
"""How many come before what is listed."""


async def read(request: Request, max_bytes: int) -> bytes:
    """Return a body; raise Exhausted if it is too large or slow, ClientGone if it breaks off."""
    chunks, size = [], 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                size += len(chunk)
                if size > max_bytes:
                    raise Exhausted(
                        f"the body is larger than {max_bytes} bytes (http_max_body_bytes)",
                        reason="BODY_TOO_LARGE",
                    )
                chunks.append(chunk)
    except TimeoutError:
        raise Exhausted(
            f"the body did not come within {BODY_SECONDS:g} s", reason="UPLOAD_TOO_SLOW"
        ) from None
    except ClientDisconnect:
        raise ClientGone from None
    return b"".join(chunks)


def parsed(model: type[M], data: bytes, *, nulls: Collection[str] = ()) -> M:
    """Return a body's fields; an empty body is as good as an empty object. Raises Invalid.

    ``nulls`` are the fields of which `null` says something.
    """
    return checked(model, object_in(data), nulls=nulls)


def object_in(data: bytes) -> Mapping[str, Any]:
    """Return the JSON object that a body is, empty if the body is; raise Invalid."""
    found = decode(data, name=BODY) if data.strip() else {}
    if not isinstance(found, dict):
        raise invalid(BODY, "should be a JSON object")
    return found


def checked(
    model: type[M],
    value: Mapping[str, Any],
    *,
    within: str = "",
    nulls: Collection[str] = (),
) -> M:
    """Return fields that were read already; raise Invalid, naming what is wrong."""
    said = {name: each for name, each in value.items() if each is not None or name in nulls}
    try:
        return model.model_validate(said)
    except ValidationError as error:
        raise _refused(error, within) from None


def _refused(error: ValidationError, within: str) -> Invalid:
    told: dict[str, list[str]] = {}
    for each in error.errors(include_url=False, include_context=False, include_input=False):
        place = _path((*([within] if within else []), *each["loc"]))
        told.setdefault(place, []).append(_said(each["msg"]))
    found = [Violation(place, " or ".join(said)) for place, said in told.items()]
    text = "; ".join(f"{each.field}: {each.description}" for each in found[:5])
    return Invalid(text, violations=found, field=found[0].field)


def _path(parts: Iterable[str | int]) -> str:
    """Return where something is, without the names of the types that it might have had."""
    return ".".join(str(part) for part in parts if not _TYPE.fullmatch(str(part)))


def _said(text: str) -> str:
    return text.removeprefix("Value error, ")


class Query:
    """The parameters of a query."""

    def __init__(self, given: QueryParams) -> None:
        self._given = given

    def text(self, name: str, default: str = "") -> str:
        """Return a parameter."""
        return self._given.get(name, default)

    def many(self, *names: str) -> Sequence[str]:
        """Return all values of a parameter, whichever of its names it goes by."""
        return [
            part
            for name in (*names, *(f"{name}[]" for name in names))
            for value in self._given.getlist(name)
            for part in value.split(",")
            if part
        ]

    def integer(self, name: str, default: int, *, least: int, most: int) -> int:
        """Return a number; raise Invalid if it is none, or out of bounds."""
        text = self._given.get(name, "")
        if not text:
            return default
        if not re.fullmatch(r"-?[0-9]{1,18}", text) or not least <= int(text) <= most:
            raise invalid(name, f"should be a number from {least} to {most}")
        return int(text)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return whether something is asked for; raise Invalid for what says neither."""
        text = self._given.get(name)
        if text is None:
            return default
        if text.lower() in _TRUE:
            return True
        if text.lower() not in _FALSE:
            raise invalid(name, "should be true or false")
        return False

    def choice(self, name: str, choices: Sequence[str], default: str) -> str:
        """Return one of a few words; raise Invalid for another."""
        text = self._given.get(name, "") or default
        if text not in choices:
            raise invalid(name, f"should be one of {', '.join(filter(None, choices))}")
        return text

"""JSON values as bytes, exactly as they were written.

1. Bytes that a caller sent are stored and returned untouched.
2. What passes through Python keeps integers of any size, 5 apart from 5.0, and every key: so the
   standard library's codec is used, which does; faster ones turn 2^64 into a float and NaN into
   null.
3. NaN and Infinity are not JSON and are refused, in both directions.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

from runwire.domain.errors import Exhausted, invalid

JSON_TYPE: Final = "application/json"
MAX_INLINE_BYTES: Final = 1024 * 1024
MAX_DEPTH: Final = 200

_SURROGATE: Final = "\\ud"
_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)


class _BracketsOnly(dict[int, int | None]):
    """A table for `str.translate` that drops all but brackets, and makes them of one kind."""

    def __missing__(self, _: int) -> None:
        return None


_BRACKETS_ONLY: Final = _BracketsOnly(str.maketrans("[]{}", "[][]"))


@dataclass(frozen=True, slots=True)
class Payload:
    """A value: its bytes, or the id of the artifact that holds them."""

    data: bytes = b"{}"
    content_type: str = JSON_TYPE
    artifact_id: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)


def encode(value: Any, *, name: str = "value") -> bytes:
    """Return a value as compact JSON bytes; raise Invalid, naming it, if it is not JSON."""
    try:
        return _ENCODER.encode(value).encode()
    except RecursionError:
        raise invalid(name, f"nested deeper than {MAX_DEPTH} levels") from None
    except UnicodeEncodeError:
        raise invalid(name, "a string holds half of a surrogate pair") from None
    except (TypeError, ValueError) as error:
        raise invalid(name, f"not JSON: {error}") from None


def decode(data: bytes, *, name: str = "value") -> Any:
    """Return the value of JSON bytes; raise Invalid, naming it, if they are not JSON."""
    try:
        text = data.decode()
        check_depth(text, name=name)
        value = _DECODER.decode(text)
        if (
            "\\u" in text and _SURROGATE in text.lower()
        ):  # an escape may be one half only, which no string can hold
            _ENCODER.encode(value).encode()
        return value
    except UnicodeEncodeError:
        raise invalid(
            name, "not JSON: a string holds half of a surrogate pair", reason="INVALID_JSON"
        ) from None
    except UnicodeDecodeError:
        raise invalid(name, "not UTF-8", reason="INVALID_JSON") from None
    except RecursionError:
        raise invalid(name, f"nested deeper than {MAX_DEPTH} levels") from None
    except (json.JSONDecodeError, _NotJsonError) as error:
        raise invalid(name, f"not JSON: {error}", reason="INVALID_JSON") from None
    except ValueError:
        # Python's own limit, which its text tells programmers how to raise.
        raise invalid(
            name, "not JSON: an integer has more than 4,300 digits", reason="INVALID_JSON"
        ) from None


def check_depth(text: str, *, name: str, max_depth: int = MAX_DEPTH) -> None:
    """Raise Invalid if JSON text is nested deeper than so many levels."""
    # Few values hold more brackets than levels allowed; only those are looked at.
    if text.count("[") + text.count("{") <= max_depth:
        return
    brackets = _STRING.sub("", text).translate(_BRACKETS_ONLY)
    for _ in range(max_depth):
        # Each round takes the innermost pairs away, so it takes as many as there are levels.
        brackets = brackets.replace("[]", "")
        if not brackets:
            return
    raise invalid(name, f"nested deeper than {max_depth} levels")


def check_size(data: bytes, *, name: str) -> None:
    """Raise Exhausted if a value is too large to be carried inline."""
    if len(data) > MAX_INLINE_BYTES:
        raise Exhausted(
            f"{name} is {len(data)} bytes, the inline limit is {MAX_INLINE_BYTES}:"
            " upload it as an artifact and send its artifact_id",
            reason="PAYLOAD_TOO_LARGE",
            field=name,
            size_bytes=len(data),
            max_bytes=MAX_INLINE_BYTES,
        )


class _NotJsonError(ValueError):
    """What Python would take, and JSON does not know."""


def _refuse(word: str) -> NoReturn:
    raise _NotJsonError(f"{word} is not a JSON number")


def _float(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise _NotJsonError(f"{text[:32]} is beyond the range of a double")
    return value


_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_DECODER = json.JSONDecoder(parse_constant=_refuse, parse_float=_float)

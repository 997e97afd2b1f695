"""Single values of a field: read from JSON or from the text of a path or query, and written."""

import base64
import math
import re
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any, Final

from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor

from httprule.cursor import Cursor, well_formed
from httprule.faults import Invalid
from httprule.raw import NUMBER

quoted: Callable[[str], str] = encode_basestring
"""Write a string as JSON."""

_WHOLE: Final = re.compile(r"-?+(?:0|[1-9][0-9]{0,19}+)")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]*+={0,2}")
_NOT_NUMBERS: Final = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_MAX_DIGITS: Final = 1100
"""Longer than any number that fits a field, and short enough to be read at once."""


def number(value: float) -> str:
    """Write a finite number as JSON."""
    text = repr(value)
    # Without its fraction, -0.0 would be an integer to many, and so no longer negative.
    return text if text == "-0.0" else text.removesuffix(".0")


@dataclass(frozen=True, slots=True)
class Scalar:
    """The three spellings of one kind of value."""

    read: Callable[[Cursor], Any]
    parse: Callable[[str], Any]
    write: Callable[[Any], str]


def scalar_of(field: FieldDescriptor) -> Scalar:
    """Return how the values of a field that is no message are spelled."""
    if field.enum_type is not None:
        return _enum(field.enum_type)
    return _SCALARS[field.type]


def _integer(bits: int, *, signed: bool) -> Scalar:
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)

    def parse(text: str) -> int:
        value = int(text) if _WHOLE.fullmatch(text) else _whole(text)
        if low <= value <= high:
            return value
        raise Invalid(f"expected an integer from {low} to {high}")

    def read(cursor: Cursor) -> int:
        return parse(cursor.string() if cursor.peek() == '"' else cursor.number())

    return Scalar(read, parse, str if bits == 32 else '"{}"'.format)


def _whole(text: str) -> int:
    if len(text) > _MAX_DIGITS or not NUMBER.fullmatch(text):
        raise Invalid("expected an integer")
    value = Decimal(text)
    # A large exponent alone says that it fits nowhere; spelled out it would fill the memory.
    if value.adjusted() > 20 or value != value.to_integral_value():
        raise Invalid("expected an integer within the range of its type")
    return int(value)


def _parse_double(text: str) -> float:
    if text in _NOT_NUMBERS:
        return _NOT_NUMBERS[text]
    if len(text) > _MAX_DIGITS or not NUMBER.fullmatch(text):
        raise Invalid("expected a number, NaN, Infinity or -Infinity")
    value = float(text)
    if math.isinf(value):
        raise Invalid("a number beyond the range of a double")
    return value


def _parse_float(text: str) -> float:
    value = _parse_double(text)
    try:
        struct.pack("<f", value)
    except OverflowError:
        raise Invalid("a number beyond the range of a float") from None
    return value


def _read_with(parse: Callable[[str], float]) -> Callable[[Cursor], float]:
    return lambda cursor: parse(cursor.string() if cursor.peek() == '"' else cursor.number())


def _write_double(value: float) -> str:
    if math.isfinite(value):
        return number(value)
    return '"NaN"' if math.isnan(value) else ('"Infinity"' if value > 0 else '"-Infinity"')


def _write_float(value: float) -> str:
    if value == 0 or not math.isfinite(value):
        return _write_double(value)
    # The shortest spelling that is this float again: its double has digits nobody wrote.
    for digits in range(6, 9):
        text = f"{value:.{digits}g}"
        try:
            if struct.unpack("<f", struct.pack("<f", float(text)))[0] == value:
                return text
        except OverflowError:
            continue
    return f"{value:.9g}"


def _parse_boolean(text: str) -> bool:
    found = {"true": True, "True": True, "false": False, "False": False}.get(text)
    if found is None:
        raise Invalid("expected true or false")
    return found


def _parse_bytes(text: str) -> bytes:
    """Read base64 of either alphabet, padded or not."""
    bare = text.rstrip("=")
    if not _BASE64.fullmatch(text) or len(bare) % 4 == 1:
        raise Invalid("expected base64")
    return base64.urlsafe_b64decode(
        bare.replace("+", "-").replace("/", "_") + "=" * (-len(bare) % 4)
    )


def written_bytes(value: bytes) -> str:
    """Write bytes as base64."""
    return f'"{base64.b64encode(value).decode()}"'


@lru_cache(maxsize=1024)
def _enum(enum: EnumDescriptor) -> Scalar:
    numbers = {value.name: value.number for value in enum.values}
    names: Mapping[int, str] = {value.number: quoted(value.name) for value in reversed(enum.values)}
    integer = _SCALARS[FieldDescriptor.TYPE_INT32]

    def named(text: str) -> int:
        found = numbers.get(text)
        if found is None:
            raise Invalid(f"no value of {enum.full_name}; expected one of {_some(numbers)}")
        return found

    def known(number: int) -> int:
        if enum.is_closed and number not in names:
            raise Invalid(f"no value of {enum.full_name}")
        return number

    def parse(text: str) -> int:
        return known(integer.parse(text)) if _WHOLE.fullmatch(text) else named(text)

    def read(cursor: Cursor) -> int:
        return named(cursor.string()) if cursor.peek() == '"' else known(integer.read(cursor))

    if enum.full_name == "google.protobuf.NullValue":
        return Scalar(lambda cursor: 0 if cursor.null() else read(cursor), parse, lambda _: "null")
    return Scalar(read, parse, lambda number: names.get(number) or str(number))


def _some(names: Mapping[str, int]) -> str:
    shown = list(names)[:10]
    return ", ".join(shown) + (", …" if len(names) > len(shown) else "")


_INT32: Final = _integer(32, signed=True)
_INT64: Final = _integer(64, signed=True)
_UINT32: Final = _integer(32, signed=False)
_UINT64: Final = _integer(64, signed=False)
_SCALARS: Final[Mapping[int, Scalar]] = {
    FieldDescriptor.TYPE_INT32: _INT32,
    FieldDescriptor.TYPE_SINT32: _INT32,
    FieldDescriptor.TYPE_SFIXED32: _INT32,
    FieldDescriptor.TYPE_INT64: _INT64,
    FieldDescriptor.TYPE_SINT64: _INT64,
    FieldDescriptor.TYPE_SFIXED64: _INT64,
    FieldDescriptor.TYPE_UINT32: _UINT32,
    FieldDescriptor.TYPE_FIXED32: _UINT32,
    FieldDescriptor.TYPE_UINT64: _UINT64,
    FieldDescriptor.TYPE_FIXED64: _UINT64,
    FieldDescriptor.TYPE_DOUBLE: Scalar(_read_with(_parse_double), _parse_double, _write_double),
    FieldDescriptor.TYPE_FLOAT: Scalar(_read_with(_parse_float), _parse_float, _write_float),
    FieldDescriptor.TYPE_BOOL: Scalar(
        Cursor.boolean, _parse_boolean, lambda value: "true" if value else "false"
    ),
    FieldDescriptor.TYPE_STRING: Scalar(Cursor.string, well_formed, quoted),
    FieldDescriptor.TYPE_BYTES: Scalar(
        lambda cursor: _parse_bytes(cursor.string()), _parse_bytes, written_bytes
    ),
}

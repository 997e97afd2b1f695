"""What graphs say, as JSON: messages, models and whatever else authors put into their state.

1. Nothing a graph says fails because JSON does not know it: what has no form of its own becomes
   null, as NaN and Infinity do.
2. The fast path is tried first; only what it refuses (huge integers, odd keys, halves of surrogate
   pairs, cycles) is taken apart piece by piece.
"""

import base64
import math
from collections import deque
from collections.abc import Callable, Mapping, Set
from dataclasses import fields, is_dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any, Final
from uuid import UUID

import orjson
from pydantic import BaseModel

from runwire.domain.payload import MAX_DEPTH, decode, encode

_FAST: Final = orjson.OPT_SERIALIZE_NUMPY
_KEYED: Final = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS


def dump(value: Any) -> bytes:
    """Return a value as JSON bytes."""
    try:
        return orjson.dumps(value, _plain, _FAST)
    except (TypeError, ValueError, RecursionError):
        return _dump_odd(value)


def plain(value: Any) -> Any:
    """Return a value as what JSON can hold: dicts, lists, texts, numbers."""
    return decode(dump(value), name="value")


def _dump_odd(value: Any) -> bytes:
    try:
        return orjson.dumps(value, _plain, _KEYED)
    except (TypeError, ValueError, RecursionError):
        return encode(_clean(value, MAX_DEPTH - 1))


def _plain(value: Any) -> Any:
    """Return what stands for a value that JSON does not know."""
    for kind, form in _FORMS:
        if isinstance(value, kind):
            return form(value)
    as_list = getattr(value, "tolist", None)  # arrays, and numbers of numpy
    return as_list() if callable(as_list) and not isinstance(value, type) else None


def _clean(value: Any, depth: int) -> Any:
    """Return a value without anything that JSON refuses; what is too deep becomes null."""
    if value is None or (isinstance(value, bool | int) and not isinstance(value, Enum)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str):
        return _whole(value)
    return None if depth <= 0 else _clean_all(value, depth - 1)


def _clean_all(value: Any, depth: int) -> Any:
    if isinstance(value, Mapping):
        return {_key(key): _clean(item, depth) for key, item in value.items()}
    if isinstance(value, list) or type(value) is tuple:
        return [_clean(item, depth) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        named = {each.name: getattr(value, each.name, None) for each in fields(value)}
        return _clean_all(named, depth)
    return _clean(_plain(value), depth)


def _key(key: Any) -> str:
    if isinstance(key, Enum):
        key = key.value
    if isinstance(key, bool):
        return "true" if key else "false"
    return _whole("null" if key is None else str(key))


def _whole(text: str) -> str:
    """Return a text without halves of surrogate pairs."""
    return text.encode("utf-8", "replace").decode()


def _error(error: BaseException) -> Any:
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - an author's exception may fail at that, too
        text = ""
    return {"error": type(error).__name__, "message": text}


def _model(value: BaseModel) -> Any:
    try:
        return value.model_dump()
    except Exception:  # noqa: BLE001 - an author's serializer may fail; its fields are still there
        return dict(value)


def _tuple(value: Any) -> Any:
    """Return a tuple as a list, one with names as an object."""
    return value._asdict() if hasattr(value, "_asdict") else list(value)


_FORMS: Final[tuple[tuple[Any, Callable[[Any], Any]], ...]] = (
    (BaseModel, _model),
    (BaseException, _error),
    (Decimal, float),
    (PurePath | UUID, str),
    (date | time, lambda value: value.isoformat()),
    (Mapping, dict),
    (tuple, _tuple),
    (Set | deque, list),
    (bytes | bytearray | memoryview, lambda value: base64.b64encode(value).decode()),
    (timedelta, timedelta.total_seconds),
    (Enum, lambda value: value.value),
)

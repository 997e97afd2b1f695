"""Lists that only grew rest as their new end.

1. Whether a list has only grown is told by its serialised elements, never by identity: what rests
   of the last version must be how the new one begins, byte by byte.
2. A list is a MessagePack array: a header that counts, and the elements one behind the other. A
   part is an array by itself, so that parts are joined by adding up headers.
3. `RADIX` parts of one weight become one part of the next weight, as the digits of a counter do:
   the chain of a list that grew n times has some ``RADIX * log(n)`` parts, and all parts together
   take ``log(n)`` times what the list takes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from struct import Struct
from typing import Final

from runwire.domain.thread_checkpoint import ChannelBlob

KIND: Final = "msgpack"
RADIX: Final = 25

_FIXED, _SHORT, _LONG = 0x90, 0xDC, 0xDD
_MAX_FIXED: Final = 15
_MAX_SHORT: Final = 0xFFFF
_16: Final = Struct(">BH")
_32: Final = Struct(">BI")


@dataclass(frozen=True, slots=True)
class Part:
    """A version in the chain, how heavy it is, and how many elements and bytes came before it."""

    version: str
    weight: int
    count: int
    start: int


@dataclass(frozen=True, slots=True)
class Grown:
    """A list as it rests: its elements, how many, and the parts they are in."""

    elements: bytes
    count: int
    parts: tuple[Part, ...]


def first(channel: str, version: str, body: bytes) -> tuple[ChannelBlob, Grown | None]:
    """Return a value that rests whole; one that is a list can grow."""
    blob = ChannelBlob(channel=channel, version=version, kind=KIND, body=body)
    return blob, grown((blob,))


def grow(
    before: Grown, channel: str, version: str, body: bytes
) -> tuple[ChannelBlob, Grown] | None:
    """Return the new end of a list that was serialised; None if it has not only grown."""
    count, offset = _header(body)
    known = len(before.elements)
    if count < before.count or not body.startswith(before.elements, offset):
        return None
    elements = body[offset:]
    if count == before.count and len(elements) != known:
        return None
    parts, weight = before.parts, 1
    while (first_of := _full(parts, weight)) is not None:
        weight *= RADIX
        parts = parts[:first_of]
    held = before.parts[len(parts)] if len(parts) < len(before.parts) else None
    at, begun = (held.count, held.start) if held else (before.count, known)
    blob = ChannelBlob(
        channel=channel,
        version=version,
        kind=KIND,
        body=_array(count - at) + elements[begun:],
        base_version=parts[-1].version,
        weight=weight,
    )
    return blob, Grown(elements, count, (*parts, Part(version, weight, at, begun)))


def grown(blobs: Sequence[ChannelBlob]) -> Grown | None:
    """Return the list that parts make up; None if it is not one, or cannot be told."""
    if any(blob.kind != KIND or not _is_array(blob.body) for blob in blobs):
        return None
    count, elements, parts = 0, bytearray(), []
    for blob in blobs:
        parts.append(Part(blob.version, blob.weight, count, len(elements)))
        more, offset = _header(blob.body)
        count += more
        elements += blob.body[offset:]
    return Grown(bytes(elements), count, tuple(parts))


def joined(blobs: Sequence[ChannelBlob]) -> tuple[str, bytes]:
    """Return a value, of which these are the parts, as one, and its kind."""
    if len(blobs) == 1:
        return blobs[0].kind, blobs[0].body
    headers = [_header(blob.body) for blob in blobs]
    head = _array(sum(count for count, _ in headers))
    ends = (blob.body[offset:] for blob, (_, offset) in zip(blobs, headers, strict=True))
    return blobs[0].kind, b"".join((head, *ends))


def _full(parts: Sequence[Part], weight: int) -> int | None:
    """Return the first of the parts of a weight, if with one more they are to be one part."""
    begin = len(parts)
    while begin and parts[begin - 1].weight == weight:
        begin -= 1
    return begin if len(parts) - begin >= RADIX - 1 and begin else None


def _is_array(body: bytes) -> bool:
    return bool(body) and (body[0] & 0xF0 == _FIXED or body[0] in (_SHORT, _LONG))


def _header(body: bytes) -> tuple[int, int]:
    """Return how many elements an array has, and where they begin."""
    kind = body[0]
    if kind == _SHORT:
        return int(_16.unpack_from(body)[1]), _16.size
    if kind == _LONG:
        return int(_32.unpack_from(body)[1]), _32.size
    return kind - _FIXED, 1


def _array(count: int) -> bytes:
    if count <= _MAX_FIXED:
        return bytes((_FIXED + count,))
    return _16.pack(_SHORT, count) if count <= _MAX_SHORT else _32.pack(_LONG, count)

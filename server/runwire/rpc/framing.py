"""Messages made of bytes that exist already: no event is taken apart to be sent.

Watch messages are small: a number or a token, and a batch of events as it rests in the store. The
tags are those of WatchRunResponse (CreateAndWatchRunResponse has the same), WatchRunsResponse and
WatchThreadResponse.
"""

from typing import Final

_NEXT_SEQUENCE: Final = b"\x08"  # 1, varint
_BATCH: Final = b"\x1a"  # 3, bytes
_RESUME_TOKEN: Final = b"\x0a"  # 1, bytes
_VARINT: Final = 0  # wire types, the lowest three bits of a tag
_LENGTH: Final = 2
MAX_FIELD_BYTES: Final = 256
_EVENTS_TAG: Final = 0x12  # 2, bytes


def varint(number: int) -> bytes:
    """Return a number that is not negative in protobuf's encoding, 7 bits to a byte."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def watch_batch(body: bytes, next_sequence: int) -> bytes:
    """Return a watch message of RunEventBatch bytes."""
    return b"".join((_NEXT_SEQUENCE, varint(next_sequence), _BATCH, varint(len(body)), body))


def feed_batch(body: bytes, resume_token: str) -> bytes:
    """Return a WatchRunsResponse of RunEventBatch bytes, its events under their other tag."""
    token = resume_token.encode()
    return b"".join((_RESUME_TOKEN, varint(len(token)), token, _retagged(body)))


def thread_batch(body: bytes, resume_token: str) -> bytes:
    """Return a WatchThreadResponse of RunEventBatch bytes."""
    token = resume_token.encode()
    begin = (_RESUME_TOKEN, varint(len(token)), token)
    return b"".join((*begin, _BATCH, varint(len(body)), body))


def first_field(message: bytes) -> bytes:
    """Return a message with its first field only: of streams that can go on, the position."""
    if not message:
        return message
    kind, (size, end) = message[0] & 7, _varint_at(message, 1)
    if kind == _LENGTH:
        end += size
    return message[:end] if kind in (_VARINT, _LENGTH) and end <= MAX_FIELD_BYTES else b""


def _varint_at(data: bytes | bytearray, position: int) -> tuple[int, int]:
    """Return a varint and the place behind it."""
    number, shift = 0, 0
    while True:
        byte = data[position]
        number |= (byte & 0x7F) << shift
        position, shift = position + 1, shift + 7
        if byte < 0x80:
            return number, position


def _retagged(body: bytes) -> bytes:
    out = bytearray(body)
    position, end = 0, len(out)
    while position < end:
        out[position] = _EVENTS_TAG
        size, position = _varint_at(out, position + 1)
        position += size
    return bytes(out)

"""Messages made of bytes that exist already: no event is taken apart to be sent.

Watch messages are small: a number or a token, and a batch of events as it rests in the store. The
tags are those of WatchRunResponse (CreateAndWatchRunResponse has the same) and WatchRunsResponse.
"""

from typing import Final

_NEXT_SEQUENCE: Final = b"\x08"  # 1, varint
_BATCH: Final = b"\x1a"  # 3, bytes
_RESUME_TOKEN: Final = b"\x0a"  # 1, bytes
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


def _retagged(body: bytes) -> bytes:
    out = bytearray(body)
    position, end = 0, len(out)
    while position < end:
        out[position] = _EVENTS_TAG
        size, shift, position = 0, 0, position + 1
        while True:
            byte = out[position]
            size |= (byte & 0x7F) << shift
            position, shift = position + 1, shift + 7
            if byte < 0x80:
                break
        position += size
    return bytes(out)

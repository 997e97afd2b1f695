"""How the bytes of durable segments rest: packed, to a third of what they are on the wire.

Events repeat themselves: the run's id in each, words such as `application/json`, the same tags in
the same places. So they are deflated with a dictionary that ends with the run's id. A segment of a
run that took three events has 200 bytes; alone it would hardly shrink.

1. A packed body begins with `PACKED`, any other with the tag of its first event: both can be read.
2. `WORDS` never changes, or what rests could not be read: another dictionary is another first byte.
3. Deltas stay as they are: they come by the thousand and are soon discarded.
"""

import zlib
from typing import Final

from runwire.domain.segment import Segment

PACKED: Final = b"\x01"
WINDOW: Final = 12  # bits; 4 KiB hold the dictionary, and making it ready costs little
MEMORY: Final = 5
WORDS: Final = (
    b'false}true}null,{"status":"message":"content":"error":"score":"value":"count":"name":"text":'
    b'"type":"id":"2026-01-01T00:00:00Z"user assistant system tool agent router finish start plan '
    b"\x22\x04a:1 \x01(\x01R\x03\n\x01a\x92\x01#\n\x10application/json\x12\x0f"
    b"\x82\x01-\n\x0800000001\x12\x04node\x1a\x1b\n\x10application/json\x12\x07"
    b'{"n":1}"\x04node\n\x0800000002\n\x0800000003R\x1f\x08\x02\x10\x04"\x1b\n\x10'
    b"application/json\x12\x07R\x06\x08\x01\x10\x02(\x01"
    b'R\x02\x10\x01"\x06node:1Z\x0c\x10\x02\x18\x01"\x04node(\x01'
    b'"\x06node:1Z\x0c\x10\x04\x18\x01"\x04node(\x01\nM\n$'
)


def packed(segment: Segment) -> bytes:
    """Return the bytes to store for a segment."""
    if segment.delta:
        return segment.body
    deflating = zlib.compressobj(
        1, zlib.DEFLATED, -WINDOW, MEMORY, zlib.Z_DEFAULT_STRATEGY, _words(segment.run_id)
    )
    body = PACKED + deflating.compress(segment.body) + deflating.flush()
    return body if len(body) < len(segment.body) else segment.body


def unpacked(run_id: str, stored: bytes) -> bytes:
    """Return the bytes of a segment from what is stored."""
    if not stored.startswith(PACKED):
        return stored
    return zlib.decompressobj(-WINDOW, _words(run_id)).decompress(stored[1:])


def _words(run_id: str) -> bytes:
    """Return the dictionary, what is likeliest at its end."""
    return b"%b%b\x10" % (WORDS, run_id.encode())

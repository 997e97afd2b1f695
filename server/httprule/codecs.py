"""A type's own way of being JSON, where the generic mapping does not do."""

from collections.abc import Mapping
from typing import Protocol

from google.protobuf.message import Message


class Codec(Protocol):
    """How messages of one type are written and read as JSON.

    1. `write` returns JSON text, which is put into the answer as it is.
    2. `read` is given the caller's JSON text as it stood: checked to be JSON, no deeper than the
       options allow, numbers untouched. It never sees `null`, which leaves the field unset.
    3. `read` refuses by raising `httprule.faults.Invalid`; `path` is where the value stands
       (`spec.input`), for faults further inside. Without a path of its own the fault stands there.
    4. Inside a google.protobuf.Any the generic mapping holds, since `@type` needs an object.
    """

    def write(self, message: Message) -> bytes: ...

    def read(self, raw: bytes, path: str) -> Message: ...


Codecs = Mapping[str, Codec]
"""Codecs by the full name of the message type."""

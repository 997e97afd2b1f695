"""Messages into JSON, by writers that are compiled once for each message type.

1. Names are lowerCamelCase, 64-bit integers are strings, what is unset is left out.
2. What a codec writes stands in the text byte for byte, UTF-8 or not: bytes that are none travel
   through the text as lone surrogates, which no proto string can hold.
"""

from collections.abc import Callable
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from httprule import structs, texts
from httprule.anything import ANY, write_any
from httprule.codecs import Codec, Codecs
from httprule.fields import entry_of, repeated
from httprule.scalars import quoted, scalar_of

Write = Callable[[Any], str]
"""Writes a value as JSON."""


def encoded(text: str) -> bytes:
    """Return written JSON as bytes."""
    return text.encode("utf-8", "surrogateescape")


class Writers:
    """The writers of message types, each made when it is first asked for."""

    def __init__(self, codecs: Codecs) -> None:
        self._codecs = codecs
        self._made: dict[Descriptor, Write] = {}

    def of(self, descriptor: Descriptor) -> Write:
        """Return how a whole message of a type is written."""
        found = self._made.get(descriptor)
        if found is None:
            found = self._made[descriptor] = self._make(descriptor)
        return found

    def of_field(self, field: FieldDescriptor) -> Write:
        """Return how the value of a field is written."""
        entry = entry_of(field)
        if entry is not None:
            return self._map(entry)
        write = self._single(field)
        if repeated(field):
            return lambda values: "[" + ",".join(map(write, values)) + "]"
        return write

    def _make(self, descriptor: Descriptor) -> Write:
        name = descriptor.full_name
        codec = self._codecs.get(name)
        if codec is not None:
            return _with_codec(codec)
        special = texts.WRITE.get(name) or structs.WRITE.get(name)
        if special is not None:
            return special
        if name in texts.WRAPPERS:
            scalar = scalar_of(descriptor.fields_by_name["value"]).write
            return lambda message: scalar(message.value)
        if name == ANY:
            generic, pool = self if not self._codecs else Writers({}), descriptor.file.pool
            return lambda message: write_any(message, pool, generic.of)
        return self._members(descriptor)

    def _members(self, descriptor: Descriptor) -> Write:
        fields = {
            field.number: (quoted(field.json_name) + ":", self.of_field(field))
            for field in descriptor.fields
        }

        def write(message: Any) -> str:
            members = []
            for field, value in message.ListFields():
                found = fields.get(field.number)
                if found is not None:
                    members.append(found[0] + found[1](value))
            return "{" + ",".join(members) + "}"

        return write

    def _single(self, field: FieldDescriptor) -> Write:
        if field.message_type is None:
            return scalar_of(field).write
        return self._later(field.message_type)

    def _map(self, entry: Descriptor) -> Write:
        fields = entry.fields_by_name
        key, value = scalar_of(fields["key"]).write, self._single(fields["value"])

        def write(values: Any) -> str:
            members = (f"{_as_key(key(name))}:{value(values[name])}" for name in values)
            return "{" + ",".join(members) + "}"

        return write

    def _later(self, descriptor: Descriptor) -> Write:
        # A type may contain itself, so its writer is looked up when there is something to write.
        found: Write | None = None

        def write(message: Any) -> str:
            nonlocal found
            if found is None:
                found = self.of(descriptor)
            return found(message)

        return write


def _as_key(text: str) -> str:
    return text if text.startswith('"') else f'"{text}"'


def _with_codec(codec: Codec) -> Write:
    return lambda message: codec.write(message).decode("utf-8", "surrogateescape")

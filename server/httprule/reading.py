"""JSON into messages, by readers that are compiled once for each message type.

1. Both spellings of a name are taken, each field once; unknown names are refused.
2. `null` leaves a field unset, except where null is a value of its own.
3. A fault is left with the cursor's path at it, so that a good request pays nothing for paths.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from httprule import structs, texts
from httprule.anything import ANY, TYPE, read_any
from httprule.codecs import Codec, Codecs
from httprule.cursor import Cursor, where
from httprule.faults import UNDECODABLE, Invalid
from httprule.fields import choice, entry_of, repeated, spellings
from httprule.scalars import scalar_of

Read = Callable[[Any, Cursor], None]
"""Reads one JSON value into a message."""

_TAKES_NULL: Final = ("google.protobuf.Value", "google.protobuf.NullValue")
_MAX_KEY_SHOWN: Final = 100


@dataclass(frozen=True, slots=True)
class FieldReader:
    """How one field of a message is read."""

    name: str
    number: int
    choice: str
    takes_null: bool
    read: Read

    def into(self, message: Any, cursor: Cursor, chosen: set[str]) -> None:
        """Read the field, unless it is null; `chosen` are the oneofs that have a value."""
        if not self.takes_null and cursor.peek() == "n" and cursor.null():
            return
        if self.choice:
            if self.choice in chosen:
                raise Invalid(f"another field of the oneof {self.choice} is given, too")
            chosen.add(self.choice)
        self.read(message, cursor)


class Readers:
    """The readers of message types, each made when it is first asked for."""

    def __init__(self, codecs: Codecs) -> None:
        self._codecs = codecs
        self._made: dict[Descriptor, Read] = {}
        self._contents: dict[Descriptor, Read] = {}

    def of(self, descriptor: Descriptor) -> Read:
        """Return how a whole message of a type is read."""
        found = self._made.get(descriptor)
        if found is None:
            found = self._made[descriptor] = self._make(descriptor)
        return found

    def of_field(self, field: FieldDescriptor) -> FieldReader:
        """Return how a field is read into its message."""
        entry = entry_of(field)
        if entry is not None:
            read = self._map(field.name, entry)
        elif repeated(field):
            read = self._list(field)
        else:
            read = self._single(field)
        kind = field.message_type or field.enum_type
        takes_null = not repeated(field) and kind is not None and kind.full_name in _TAKES_NULL
        return FieldReader(field.name, field.number, choice(field), takes_null, read)

    def content(self, descriptor: Descriptor) -> Read:
        """Return how a message is read inside an Any, where `@type` stands among its fields."""
        found = self._contents.get(descriptor)
        if found is None:
            found = self.of(descriptor)
            if isinstance(found, _Members):
                found = _Members(descriptor, self, ignored=TYPE)
            self._contents[descriptor] = found
        return found

    def _make(self, descriptor: Descriptor) -> Read:
        name = descriptor.full_name
        codec = self._codecs.get(name)
        if codec is not None:
            return _with_codec(codec)
        if name in texts.WRAPPERS:
            return _scalar(descriptor.fields_by_name["value"])
        if name == ANY:
            return self._any(descriptor)
        special = _with_text(name) if name in texts.PARSE else structs.READ.get(name)
        return special or _Members(descriptor, self)

    def _any(self, descriptor: Descriptor) -> Read:
        # Codecs do not reach into an Any: what they write need not be an object, which @type needs.
        generic, pool = self if not self._codecs else Readers({}), descriptor.file.pool
        return lambda message, cursor: read_any(message, cursor, pool, generic.content)

    def _single(self, field: FieldDescriptor) -> Read:
        if field.message_type is None:
            return _scalar(field)
        name, inner = field.name, self._later(field.message_type)

        def read(message: Any, cursor: Cursor) -> None:
            value = getattr(message, name)
            value.SetInParent()
            inner(value, cursor)

        return read

    def _list(self, field: FieldDescriptor) -> Read:
        name = field.name
        if field.message_type is None:
            scalar = scalar_of(field).read
            append: Read = lambda values, cursor: values.append(scalar(cursor))  # noqa: E731
        else:
            inner = self._later(field.message_type)
            append = lambda values, cursor: inner(values.add(), cursor)  # noqa: E731

        def read(message: Any, cursor: Cursor) -> None:
            values, path = getattr(message, name), cursor.path
            for index in cursor.elements():
                path.append(index)
                append(values, cursor)
                path.pop()

        return read

    def _map(self, name: str, entry: Descriptor) -> Read:
        key_of = scalar_of(entry.fields_by_name["key"]).parse
        value_of = entry.fields_by_name["value"]
        if value_of.message_type is None:
            scalar = scalar_of(value_of).read

            def put(values: Any, key: Any, cursor: Cursor) -> None:
                values[key] = scalar(cursor)
        else:
            inner = self._later(value_of.message_type)

            def put(values: Any, key: Any, cursor: Cursor) -> None:
                values[key].SetInParent()
                inner(values[key], cursor)

        def read(message: Any, cursor: Cursor) -> None:
            values, path = getattr(message, name), cursor.path
            for text in cursor.members():
                path.append(text)
                key = key_of(text)
                if key in values:
                    raise Invalid("this key is given twice")
                put(values, key, cursor)
                path.pop()

        return read

    def _later(self, descriptor: Descriptor) -> Read:
        # A type may contain itself, so its reader is looked up when there is something to read.
        found: Read | None = None

        def read(message: Any, cursor: Cursor) -> None:
            nonlocal found
            if found is None:
                found = self.of(descriptor)
            found(message, cursor)

        return read


class _Members:
    """Reads an object into the fields of a message."""

    def __init__(self, descriptor: Descriptor, readers: Readers, *, ignored: str = "") -> None:
        self._name = descriptor.full_name
        self._ignored = ignored
        made = {field.name: readers.of_field(field) for field in descriptor.fields}
        self._fields: Mapping[str, FieldReader] = {
            spelling: made[field.name] for spelling, field in spellings(descriptor)
        }

    def __call__(self, message: Any, cursor: Cursor) -> None:
        seen: set[int] = set()
        chosen: set[str] = set()
        fields, path = self._fields, cursor.path
        for key in cursor.members():
            field = fields.get(key)
            if field is None:
                self._unknown(key, cursor)
                continue
            path.append(field.name)
            if field.number in seen:
                raise Invalid("this field is given twice")
            seen.add(field.number)
            field.into(message, cursor, chosen)
            path.pop()

    def _unknown(self, key: str, cursor: Cursor) -> None:
        if not key or key != self._ignored:
            cursor.path.append(key[:_MAX_KEY_SHOWN])
            raise Invalid(f"no field of {self._name}", reason=UNDECODABLE)
        cursor.raw()


def _scalar(field: FieldDescriptor) -> Read:
    name, scalar = field.name, scalar_of(field).read
    return lambda message, cursor: setattr(message, name, scalar(cursor))


def _with_text(name: str) -> Read:
    parse = texts.PARSE[name]
    return lambda message, cursor: parse(message, cursor.string())


def _with_codec(codec: Codec) -> Read:
    def read(message: Any, cursor: Cursor) -> None:
        message.CopyFrom(codec.read(cursor.raw().encode(), where(cursor.path)))

    return read

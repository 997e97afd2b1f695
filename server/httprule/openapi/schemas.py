"""Messages and enums as JSON Schemas, collected as the operations of a document name them.

1. Every message and enum stands once, under its full name, and is referred to from there.
2. What a caller may leave out is not required; unset fields are left out of answers.
3. A oneof is described: a schema that were exact would be unreadable and stops generators.
4. A partial message is one of which a caller sends what shall change: it requires nothing.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor

from httprule.fields import choice, entry_of, repeated
from httprule.openapi import annotations
from httprule.openapi.wellknown import KEYS, MESSAGES, NULL, SCALARS, Schema

PREFIX: Final = "#/components/schemas/"
_OPTIONAL: Final = "Left out, it is unset, which differs from its default value."


class Schemas:
    """The schemas that a document's operations name, by component name."""

    def __init__(self, comments: Mapping[str, str], spelled: Mapping[str, Schema]) -> None:
        """`spelled` has the schemas of messages that have a JSON form of their own."""
        self.components: dict[str, Schema] = {}
        self._comments = comments
        self._spelled = spelled

    def comment(self, full_name: str) -> str:
        """Return what the proto says of an element; empty if nothing."""
        return self._comments.get(full_name, "")

    def of(self, message: Descriptor, *, partial: bool = False) -> Schema:
        """Return the schema of a message, as a rule a reference."""
        name = message.full_name
        if name in MESSAGES and name not in self._spelled:
            return dict(MESSAGES[name])
        partial = partial and any(annotations.required(each) for each in _reachable(message))
        component = f"{name}.Partial" if partial else name
        if component not in self.components:
            self.components[component] = {}  # A message may hold itself.
            self.components[component] = self._message(message, partial=partial)
        return {"$ref": PREFIX + component}

    def object_of(
        self, message: Descriptor, *, without: Collection[str] = (), partial: bool = False
    ) -> Schema:
        """Return a message spelled out without some fields, which are named by dotted paths."""
        schema: Schema = {"type": "object", **self._described(message)}
        properties: Schema = {}
        for field in message.fields:
            if field.name not in without:
                inner = _below(field.name, without)
                properties[field.json_name] = self.field(field, without=inner, partial=partial)
        if properties:
            schema["properties"] = properties
        required = [name for name in self.required(message) if name in properties]
        if required and not partial:
            schema["required"] = required
        return schema

    def required(self, message: Descriptor) -> list[str]:
        """Return the names of the fields that a message must have."""
        return [field.json_name for field in message.fields if annotations.required(field)]

    def field(
        self, field: FieldDescriptor, *, without: Collection[str] = (), partial: bool = False
    ) -> Schema:
        """Return the schema of a field with what is known of it."""
        schema = self._whole(field, without, partial)
        description = [self.comment(field.full_name)]
        if field.containing_oneof is not None and not choice(field):
            description.append(_OPTIONAL)
        text = "\n\n".join(part for part in description if part)
        if text:
            schema["description"] = text
        if field.GetOptions().deprecated:
            schema["deprecated"] = True
        if annotations.output_only(field):
            schema["readOnly"] = True
        if annotations.input_only(field):
            schema["writeOnly"] = True
        return schema

    def _whole(self, field: FieldDescriptor, without: Collection[str], partial: bool) -> Schema:
        message = field.message_type
        if (entry := entry_of(field)) is not None:
            key, value = (entry.fields_by_name[name] for name in ("key", "value"))
            schema = {"type": "object", "additionalProperties": self.single(value)}
            bounds = KEYS.get(key.cpp_type)
            return {**schema, "propertyNames": dict(bounds)} if bounds else schema
        if repeated(field):
            return {"type": "array", "items": self.single(field, partial=partial)}
        if without and message is not None:
            return self.object_of(message, without=without, partial=partial)
        return self.single(field, partial=partial)

    def single(self, field: FieldDescriptor, *, partial: bool = False) -> Schema:
        """Return the schema of one value of a field."""
        if field.message_type is not None:
            return self.of(field.message_type, partial=partial)
        if field.enum_type is not None:
            return self._enum(field.enum_type)
        schema = dict(SCALARS[field.type])
        if spelling := annotations.text_format(field):
            schema["format"] = spelling
        return schema

    def _message(self, message: Descriptor, *, partial: bool) -> Schema:
        if message.full_name in self._spelled:
            return {**self._described(message), **self._spelled[message.full_name]}
        return self.object_of(message, partial=partial)

    def _described(self, message: Descriptor) -> Schema:
        parts = [self.comment(message.full_name), *self._oneofs(message)]
        text = "\n\n".join(part for part in parts if part)
        described: Schema = {"description": text} if text else {}
        if message.GetOptions().deprecated:
            described["deprecated"] = True
        return described

    def _oneofs(self, message: Descriptor) -> Iterator[str]:
        for oneof in message.oneofs:
            if choice(oneof.fields[0]):
                names = ", ".join(f"`{field.json_name}`" for field in oneof.fields)
                yield f"At most one of {names}. {self.comment(oneof.full_name)}".strip()

    def _enum(self, enum: EnumDescriptor) -> Schema:
        if enum.full_name == NULL:
            return {"type": "null"}
        if enum.full_name not in self.components:
            values = [
                (each.name, self.comment(f"{enum.full_name}.{each.name}")) for each in enum.values
            ]
            listed = "\n".join(
                f"- `{name}`: {text}" if text else f"- `{name}`" for name, text in values
            )
            parts = (self.comment(enum.full_name), listed)
            self.components[enum.full_name] = {
                "type": "string",
                "description": "\n\n".join(part for part in parts if part),
                "enum": [name for name, _ in values],
            }
        return {"$ref": PREFIX + enum.full_name}


def _below(name: str, paths: Collection[str]) -> frozenset[str]:
    """Return what is left of the paths that lead through a field."""
    return frozenset(path.removeprefix(f"{name}.") for path in paths if path.startswith(f"{name}."))


def _reachable(message: Descriptor) -> Iterator[FieldDescriptor]:
    """Yield the fields of a message and of every message it can hold."""
    seen = {message.full_name}
    waiting: list[Any] = [message]
    while waiting:
        for field in waiting.pop().fields:
            yield field
            below = field.message_type
            if below is not None and below.full_name not in seen:
                seen.add(below.full_name)
                waiting.append(below)

"""Fields named by a path like `spec.labels`, that take their value from a text."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from httprule import texts
from httprule.faults import Invalid
from httprule.fields import choice, repeated
from httprule.scalars import scalar_of

_MAX_STEPS: Final = 32


@dataclass(frozen=True, slots=True)
class FieldPath:
    """The way to a field, and how its text is put there."""

    steps: tuple[FieldDescriptor, ...]
    put: Callable[[Any, str], None]

    @property
    def name(self) -> str:
        """The path, in the proto's own names."""
        return ".".join(step.name for step in self.steps)

    @property
    def repeated(self) -> bool:
        """Whether the field takes any number of values."""
        return repeated(self.steps[-1])

    def set(self, message: Message, text: str) -> None:
        """Put the text's value into the message."""
        try:
            target: Any = message
            for step in self.steps[:-1]:
                _check_choice(target, step)
                target = getattr(target, step.name)
            _check_choice(target, self.steps[-1])
            self.put(target, text)
        except Invalid as fault:
            raise Invalid(fault.problem, self.name) from None


def field_path(descriptor: Descriptor, names: Sequence[str], *, json_names: bool) -> FieldPath:
    """Find the way to a field, or say at which step it ends."""
    if len(names) > _MAX_STEPS:
        raise Invalid(f"more than {_MAX_STEPS} fields deep", ".".join(names[:_MAX_STEPS]))
    steps: list[FieldDescriptor] = []
    inside: Descriptor | None = descriptor
    for name in names:
        shown = ".".join([*(step.name for step in steps), name[:100]])
        field = None if inside is None else _field(inside, name, json_names=json_names)
        if field is None:
            raise Invalid(f"no field of {descriptor.full_name}", shown)
        if steps and repeated(steps[-1]):
            raise Invalid("a field inside of a repeated field or map has no single place", shown)
        steps.append(field)
        inside = field.message_type
    return FieldPath(tuple(steps), _put(steps[-1], ".".join(step.name for step in steps)))


def _field(inside: Descriptor, name: str, *, json_names: bool) -> FieldDescriptor | None:
    found: FieldDescriptor | None = inside.fields_by_name.get(name)
    if found is None and json_names:
        found = inside.fields_by_camelcase_name.get(name)
        if found is None or found.json_name != name:
            found = next((field for field in inside.fields if field.json_name == name), None)
    return found


def _put(field: FieldDescriptor, path: str) -> Callable[[Any, str], None]:
    name = field.name
    if field.message_type is None:
        parse = scalar_of(field).parse
        if repeated(field):
            return lambda target, text: getattr(target, name).append(parse(text))
        return lambda target, text: setattr(target, name, parse(text))
    fill = None if repeated(field) else _fill(field.message_type)
    if fill is None:
        raise Invalid("a message, map or repeated message, which no text is the value of", path)

    def put(target: Any, text: str) -> None:
        value = getattr(target, name)
        value.Clear()
        value.SetInParent()
        fill(value, text)

    return put


def _fill(descriptor: Descriptor) -> Callable[[Any, str], None] | None:
    name = descriptor.full_name
    if name in texts.PARSE:
        return texts.PARSE[name]
    if name in texts.WRAPPERS:
        parse = scalar_of(descriptor.fields_by_name["value"]).parse
        return lambda value, text: setattr(value, "value", parse(text))
    return None


def _check_choice(message: Any, field: FieldDescriptor) -> None:
    oneof = choice(field)
    if oneof and message.WhichOneof(oneof) not in (None, field.name):
        raise Invalid(f"another field of the oneof {oneof} is given, too")

"""What the authors of protos wrote beside each element, by the element's full name.

The runtime's descriptors have no comments; a descriptor set made with --include_source_info has.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeAlias

from google.protobuf import descriptor_pb2

Path: TypeAlias = tuple[int, ...]

_MESSAGES_OF_FILE, _ENUMS_OF_FILE, _SERVICES_OF_FILE = 4, 5, 6
_FIELDS, _MESSAGES, _ENUMS, _ONEOFS = 2, 3, 4, 8
_VALUES = _METHODS = 2

_LINK: Final = re.compile(r"\[([\w.]+)\]\[[\w.]*\]")


def comments_of(descriptors: bytes) -> Mapping[str, str]:
    """Return the comments of a serialized FileDescriptorSet; empty if it holds no source info."""
    found = {}
    for file in descriptor_pb2.FileDescriptorSet.FromString(descriptors).file:
        names = dict(_file(file))
        for location in file.source_code_info.location:
            name = names.get(tuple(location.path))
            text = _clean(location.leading_comments or location.trailing_comments)
            if name and text:
                found[name] = text
    return found


def _file(file: descriptor_pb2.FileDescriptorProto) -> Iterator[tuple[Path, str]]:
    for index, message in enumerate(file.message_type):
        yield from _message(message, (_MESSAGES_OF_FILE, index), file.package)
    for index, enum in enumerate(file.enum_type):
        yield from _enum(enum, (_ENUMS_OF_FILE, index), file.package)
    for index, service in enumerate(file.service):
        path = (_SERVICES_OF_FILE, index)
        name = _join(file.package, service.name)
        yield path, name
        yield from _named(service.method, (*path, _METHODS), name)


def _message(
    message: descriptor_pb2.DescriptorProto, path: Path, scope: str
) -> Iterator[tuple[Path, str]]:
    name = _join(scope, message.name)
    yield path, name
    yield from _named(message.field, (*path, _FIELDS), name)
    yield from _named(message.oneof_decl, (*path, _ONEOFS), name)
    for index, nested in enumerate(message.nested_type):
        yield from _message(nested, (*path, _MESSAGES, index), name)
    for index, enum in enumerate(message.enum_type):
        yield from _enum(enum, (*path, _ENUMS, index), name)


def _enum(
    enum: descriptor_pb2.EnumDescriptorProto, path: Path, scope: str
) -> Iterator[tuple[Path, str]]:
    name = _join(scope, enum.name)
    yield path, name
    # Unlike the runtime's, these names stand below the enum, so that two enums never meet.
    yield from _named(enum.value, (*path, _VALUES), name)


def _named(
    elements: Iterable[
        descriptor_pb2.FieldDescriptorProto
        | descriptor_pb2.OneofDescriptorProto
        | descriptor_pb2.EnumValueDescriptorProto
        | descriptor_pb2.MethodDescriptorProto
    ],
    path: Path,
    scope: str,
) -> Iterator[tuple[Path, str]]:
    for index, element in enumerate(elements):
        yield (*path, index), _join(scope, element.name)


def _join(scope: str, name: str) -> str:
    return f"{scope}.{name}" if scope else name


def _clean(comment: str) -> str:
    """Return a comment as Markdown, without remarks for linters and links between protos."""
    lines = (_LINK.sub(r"`\1`", line.removeprefix(" ").rstrip()) for line in comment.splitlines())
    return "\n".join(line for line in lines if not line.startswith("buf:lint:")).strip()

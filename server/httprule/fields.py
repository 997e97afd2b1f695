"""What a field's descriptor says, in the terms the transcoder thinks in."""

from collections.abc import Iterator
from typing import Final

from google.protobuf.descriptor import Descriptor, FieldDescriptor

HTTP_BODY: Final = "google.api.HttpBody"


def repeated(field: FieldDescriptor) -> bool:
    """Say whether a field may have many values; maps may."""
    # Newer runtimes warn of `label`, older ones do not have `is_repeated`.
    found = getattr(field, "is_repeated", None)
    if found is None:
        return bool(getattr(field, "label") == field.LABEL_REPEATED)  # noqa: B009 - untyped
    return bool(found)


def entry_of(field: FieldDescriptor) -> Descriptor | None:
    """Return the type of a map's entries; of what is no map, None."""
    message = field.message_type
    return message if message is not None and message.GetOptions().map_entry else None


def spellings(descriptor: Descriptor) -> Iterator[tuple[str, FieldDescriptor]]:
    """Yield every field under the names it may have in JSON; the proto's own name comes last."""
    # Last, so that it wins where one field's JSON name is another field's own.
    for field in descriptor.fields:
        yield field.json_name, field
    for field in descriptor.fields:
        yield field.name, field


def choice(field: FieldDescriptor) -> str:
    """Return the name of the oneof a field is in; `optional` alone makes none."""
    oneof = field.containing_oneof
    if oneof is None or (len(oneof.fields) == 1 and oneof.name == f"_{field.name}"):
        return ""
    return str(oneof.name)


def is_http_body(field: FieldDescriptor | None) -> bool:
    """Say whether a field holds one raw body."""
    if field is None or field.message_type is None or repeated(field):
        return False
    return bool(field.message_type.full_name == HTTP_BODY)

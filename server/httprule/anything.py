"""google.protobuf.Any as JSON: `@type`, and beside it the fields or the value of what it holds."""

from collections.abc import Callable
from typing import Any, Final

from google.protobuf.descriptor import Descriptor
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from httprule import structs, texts
from httprule.cursor import Cursor
from httprule.faults import Invalid
from httprule.scalars import quoted, written_bytes

ANY: Final = "google.protobuf.Any"
TYPE: Final = "@type"

_VALUE: Final = "value"
_LEVELS: Final = 5
"""How much nesting one Any costs: its text is read twice, so nobody may nest many."""


def read_any(
    message: Any,
    cursor: Cursor,
    pool: DescriptorPool,
    content: Callable[[Descriptor], Callable[[Any, Cursor], None]],
) -> None:
    """Read an Any; the type it names has to be known here."""
    text = cursor.raw()
    url = _type_url(cursor.inside(text, _LEVELS))
    if not url:
        return
    descriptor = _find(pool, url)
    if descriptor is None:
        cursor.path.append(TYPE)
        raise Invalid("no type that is known here")
    held: Message = GetMessageClass(descriptor)()
    inner = cursor.inside(text, _LEVELS)
    if _is_one_value(descriptor):
        _read_value(held, inner, content(descriptor))
    else:
        content(descriptor)(held, inner)
    message.type_url = url
    message.value = held.SerializeToString(deterministic=True)


def write_any(
    message: Any, pool: DescriptorPool, write: Callable[[Descriptor], Callable[[Any], str]]
) -> str:
    """Write an Any; of a type that is not known here, its bytes in base64."""
    if not message.type_url:
        return "{}"
    members = [f"{quoted(TYPE)}:{quoted(message.type_url)}"]
    descriptor = _find(pool, message.type_url)
    text = _written(message.value, descriptor, write) if descriptor is not None else None
    if text is None:
        members.append(f"{quoted(_VALUE)}:{written_bytes(message.value)}")
    elif descriptor is not None and _is_one_value(descriptor):
        members.append(f"{quoted(_VALUE)}:{text}")
    elif text != "{}":
        members.append(text[1:-1])
    return "{" + ",".join(members) + "}"


def _written(
    value: bytes, descriptor: Descriptor, write: Callable[[Descriptor], Callable[[Any], str]]
) -> str | None:
    held: Message = GetMessageClass(descriptor)()
    try:
        held.ParseFromString(value)
        return write(descriptor)(held)
    except (DecodeError, ValueError):
        # What cannot be spelled is shown as bytes: the rest of the message is still worth having.
        return None


def _type_url(cursor: Cursor) -> str:
    url = ""
    members = 0
    for key in cursor.members():
        members += 1
        if key != TYPE:
            cursor.raw()
            continue
        if url:
            raise Invalid("@type is given twice")
        url = cursor.string()
    if members and not url:
        raise Invalid("expected @type, the URL of the type")
    return url


def _read_value(held: Message, cursor: Cursor, read: Callable[[Any, Cursor], None]) -> None:
    seen = False
    for key in cursor.members():
        if key == TYPE:
            cursor.raw()
            continue
        cursor.path.append(key)
        if key != _VALUE or seen:
            raise Invalid("expected @type and value, each once")
        seen = True
        read(held, cursor)
        cursor.path.pop()


def _is_one_value(descriptor: Descriptor) -> bool:
    name = descriptor.full_name
    return name == ANY or name in texts.PARSE or name in texts.WRAPPERS or name in structs.READ


def _find(pool: DescriptorPool, url: str) -> Descriptor | None:
    try:
        found: Descriptor = pool.FindMessageTypeByName(url.rpartition("/")[2])
    except (KeyError, TypeError):
        return None
    return found

"""Filenames and media types that callers send: shown to people, never used as a path."""

import mimetypes
import re
import unicodedata
from typing import Final

from runwire.domain.errors import invalid

MAX_LENGTH: Final = 255
UNKNOWN: Final = "application/octet-stream"

_MEDIA_TYPE: Final = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+( *;[ -~]*)?", re.ASCII)
_COMPRESSED: Final = {"gzip": "application/gzip", "bzip2": "application/x-bzip2"}
# The program's own table: what a name means may not depend on the machine.
_TYPES: Final = mimetypes.MimeTypes()


def check_filename(filename: str) -> None:
    """Raise Invalid for a name that is too long or holds control characters; empty is fine."""
    if len(filename) > MAX_LENGTH:
        raise invalid("filename", f"must be at most {MAX_LENGTH} characters")
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in filename):
        raise invalid("filename", "must not hold control characters")


def content_type_of(filename: str, content_type: str) -> str:
    """Return the media type, guessed from the name if none was sent; raise Invalid for no type."""
    if not content_type:
        # A name that looks like a URL is a name all the same.
        guess, packed = _TYPES.guess_type(f"./{filename}")
        return _COMPRESSED.get(packed, UNKNOWN) if packed else guess or UNKNOWN
    if len(content_type) > MAX_LENGTH or not _MEDIA_TYPE.fullmatch(content_type):
        raise invalid("content.content_type", "must be a media type, such as text/csv")
    return content_type

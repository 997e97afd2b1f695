"""Percent-encoding, read strictly: a broken escape is an error and no character."""

import re
from typing import Final
from urllib.parse import unquote_to_bytes

from httprule.faults import Invalid

_BROKEN: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ESCAPE: Final = re.compile(r"%[0-9A-Fa-f]{2}")


def check_escapes(raw: str) -> None:
    """Refuse a text with a `%` that two hexadecimal digits do not follow."""
    found = _BROKEN.search(raw)
    if found is not None:
        raise Invalid(f"a broken percent escape at character {found.start()}; write % as %25")


def unescape(raw: str, kept: str = "") -> str:
    """Decode every escape except those of the characters to keep, which stay as they are."""
    check_escapes(raw)
    if kept:
        raw = _ESCAPE.sub(lambda escape: _keep(escape[0], kept), raw)
    try:
        return unquote_to_bytes(raw).decode()
    except UnicodeError:
        raise Invalid("percent escapes that are no UTF-8") from None


def _keep(escape: str, kept: str) -> str:
    digits = escape[1:]
    # Its `%` is escaped once more, so that decoding leaves the escape as the caller spelled it.
    return f"%25{digits}" if chr(int(digits, 16)) in kept else escape

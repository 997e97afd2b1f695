"""Secrets of API keys: how they are made, recognised and compared.

    rw_7h3kq0v9xw2m_S4…dT0x8Zk1

1. Between the two `_` stands the id, which may be shown. What follows is the secret: 190 random
   bits, then six characters of checksum, so that a typing error is told without a look-up, and
   programs that look for leaked keys find real ones only.
2. Only the SHA-256 of the whole is kept. So random a secret cannot be guessed from it, so a slow
   hash would cost every call and gain nothing.
"""

import hashlib
import hmac
import re
import secrets
import zlib
from typing import Final

PREFIX: Final = "rw_"
ID_CHARACTERS: Final = 12
SECRET_CHARACTERS: Final = 32
CHECK_CHARACTERS: Final = 6

_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ID_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_KEY: Final = re.compile(
    rf"{PREFIX}([0-9a-z]{{{ID_CHARACTERS}}})_"
    rf"([0-9A-Za-z]{{{SECRET_CHARACTERS + CHECK_CHARACTERS}}})"
)


def new_key_id() -> str:
    """Return an id that no other key has."""
    return "".join(secrets.choice(_ID_DIGITS) for _ in range(ID_CHARACTERS))


def new_secret(key_id: str) -> str:
    """Return what the bearer of a key sends."""
    random = "".join(secrets.choice(_DIGITS) for _ in range(SECRET_CHARACTERS))
    body = f"{PREFIX}{key_id}_{random}"
    return body + _checksum(body)


def looks_like_key(text: str) -> bool:
    """Whether a text means to be an API key."""
    return text.startswith(PREFIX)


def key_id_in(text: str) -> str | None:
    """Return the id of the key that a text is, None if it is none: mistyped, or made up."""
    found = _KEY.fullmatch(text)
    if found is None or _checksum(text[:-CHECK_CHARACTERS]) != text[-CHECK_CHARACTERS:]:
        return None
    return found[1]


def is_key_id(text: str) -> bool:
    """Whether a text can be the id of a key."""
    return len(text) == ID_CHARACTERS and set(text) <= set(_ID_DIGITS)


def hash_of(text: str) -> bytes:
    """Return what is kept of a secret."""
    return hashlib.sha256(text.encode()).digest()


def same_hash(one: bytes, other: bytes) -> bool:
    """Whether two hashes are equal, taking as long for every pair of them."""
    return hmac.compare_digest(one, other)


def _checksum(text: str) -> str:
    rest, digits = zlib.crc32(text.encode()), []
    for _ in range(CHECK_CHARACTERS):
        rest, digit = divmod(rest, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))

"""Signatures as https://www.standardwebhooks.com specifies them."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from typing import Final

SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - the beginning of every secret
SECRET_BYTES: Final = 32


def new_secret(random: Callable[[int], bytes]) -> str:
    """Return a secret made of random bytes."""
    return SECRET_PREFIX + base64.b64encode(random(SECRET_BYTES)).decode()


def signed_headers(*, secret: str, delivery_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the headers by which a receiver knows who has sent a body, and when."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    content = f"{delivery_id}.{timestamp}.".encode() + body
    signature = base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
    return {
        "webhook-id": delivery_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{signature}",
    }

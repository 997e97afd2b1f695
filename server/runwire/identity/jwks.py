"""The public keys of an issuer of tokens, from a URL or a file.

1. They are read when first needed, and again after ten minutes, or when a token names a key that
   is not among them; but at most every 30 seconds, however many tokens do.
2. If they cannot be read, those of before count for another hour; then no token does.
3. Whoever answers at the URL is given five seconds and a mebibyte, and leads nowhere else.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import Any, Final
from urllib.request import HTTPRedirectHandler, Request, build_opener

import jwt

from runwire.domain.errors import Unavailable

READ_AGAIN_SECONDS: Final = 600.0
PAUSE_SECONDS: Final = 30.0
STALE_SECONDS: Final = 3600.0
FETCH_SECONDS: Final = 5.0
MAX_BYTES: Final = 1024 * 1024
MAX_KEYS: Final = 100
MIN_RSA_BITS: Final = 2048
_SERVES: Final[Mapping[tuple[Any, Any], Sequence[str]]] = {
    ("RSA", ""): ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    ("EC", "P-256"): ("ES256",),
    ("EC", "P-384"): ("ES384",),
    ("EC", "P-521"): ("ES512",),
    ("OKP", "Ed25519"): ("EdDSA",),
    ("OKP", "Ed448"): ("EdDSA",),
}
_KINDS: Final = ("RSA", "EC", "OKP")
_PUBLIC: Final = ("kty", "kid", "n", "e", "crv", "x", "y")

logger = logging.getLogger("runwire.identity")


class Jwks:
    """Keys by id."""

    def __init__(
        self,
        place: str,
        *,
        clock: Callable[[], float] = monotonic,
        fetch: Callable[[str], bytes] | None = None,
    ) -> None:
        self._place = place
        self._clock = clock
        self._fetch = fetch or fetched
        self._keys: Sequence[jwt.PyJWK] = ()
        self._read_at = float("-inf")
        self._tried_at = float("-inf")
        self._lock = asyncio.Lock()

    async def key_for(self, key_id: str | None, algorithm: str) -> jwt.PyJWK | None:
        """Return the key that a token names, or the only one there is; None for no such key."""
        if self._clock() - self._read_at > READ_AGAIN_SECONDS:
            await self._read()
        found = self._chosen(key_id, algorithm)
        if found is None and key_id is not None:
            await self._read()
            found = self._chosen(key_id, algorithm)
        if self._clock() - self._read_at > STALE_SECONDS:
            raise Unavailable(
                "tokens cannot be checked now: their issuer's keys cannot be read",
                reason="TOKEN_KEYS_UNAVAILABLE",
                retry_after_seconds=PAUSE_SECONDS,
            )
        return found

    def _chosen(self, key_id: str | None, algorithm: str) -> jwt.PyJWK | None:
        fits = [key for key in self._keys if key.algorithm_name == algorithm]
        if key_id is None:
            return fits[0] if len(fits) == 1 else None
        return next((key for key in fits if key.key_id == key_id), None)

    async def _read(self) -> None:
        """Read the keys, unless that was tried a moment ago."""
        async with self._lock:
            if self._clock() - self._tried_at >= PAUSE_SECONDS:
                self._tried_at = self._clock()
                await asyncio.to_thread(self._load)

    def _load(self) -> None:
        # All of it on the thread: whoever waits for it may go away meanwhile.
        try:
            self._keys = keys_in(self._fetch(self._place))
        except Exception as error:  # noqa: BLE001 - whatever it is, the keys stay as they are
            logger.warning("the keys at jwt_jwks cannot be read: %r", error)
        else:
            self._read_at = self._clock()


def keys_in(text: bytes) -> Sequence[jwt.PyJWK]:
    """Return the keys of a JWKS that can check signatures; raise ValueError if there is none."""
    document = json.loads(text)
    entries = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(entries, list) or len(entries) > MAX_KEYS:
        raise ValueError(f"no JWKS: an object with at most {MAX_KEYS} keys was expected")
    found = [key for entry in entries for key in _usable(entry)]
    if not found:
        raise ValueError("no key in it is an asymmetric one for signatures")
    return found


def _usable(entry: Any) -> Sequence[jwt.PyJWK]:
    """Return a key of a JWKS for each algorithm it serves, nothing if it is of no use here."""
    if not isinstance(entry, Mapping) or entry.get("kty") not in _KINDS:
        return ()
    if entry.get("use", "sig") != "sig" or "verify" not in entry.get("key_ops", ["verify"]):
        return ()
    public = {name: entry[name] for name in _PUBLIC if name in entry}
    found = []
    for algorithm in _algorithms(entry):
        if entry.get("alg", algorithm) != algorithm:
            continue
        try:
            key = jwt.PyJWK(public, algorithm)
        except (jwt.PyJWTError, ValueError, TypeError, KeyError) as error:
            logger.warning("a key at jwt_jwks is of no use: %s", type(error).__name__)
            continue
        if entry["kty"] == "RSA" and key.key.key_size < MIN_RSA_BITS:
            logger.warning("an RSA key at jwt_jwks has fewer than %s bits: left out", MIN_RSA_BITS)
            continue
        found.append(key)
    return found


def _algorithms(entry: Mapping[str, Any]) -> Sequence[str]:
    """Return what a key can be used for, by its kind and not by what anybody says."""
    return _SERVES.get((entry["kty"], "" if entry["kty"] == "RSA" else entry.get("crv")), ())


class _Nowhere(HTTPRedirectHandler):
    """Follows no redirect: it could lead to where the setting would not have been allowed to."""

    def redirect_request(self, *_: Any) -> None:
        return None


def fetched(place: str) -> bytes:
    """Return what is at a URL or in a file; raise OSError or ValueError."""
    if "://" not in place:
        with Path(place).open("rb") as file:
            return _bounded(file.read(MAX_BYTES + 1))
    request = Request(place, headers={"Accept": "application/json"})  # noqa: S310 - see Settings
    until, parts = monotonic() + FETCH_SECONDS, bytearray()
    with build_opener(_Nowhere).open(request, timeout=FETCH_SECONDS) as answer:
        while part := answer.read1(64 * 1024):
            parts += part
            _bounded(parts)
            if monotonic() > until:
                raise TimeoutError(f"not all of it came within {FETCH_SECONDS:g} s")
    return bytes(parts)


def _bounded(content: bytes | bytearray) -> bytes:
    if len(content) > MAX_BYTES:
        raise ValueError(f"it is larger than {MAX_BYTES} bytes")
    return bytes(content)

"""Who calls: one authenticator for every transport.

1. What does not count is answered in one way, whether the key does not exist, its secret is another
   one or a signature is wrong. That a key has expired or was revoked is told only to who has it.
2. A look-up for a stranger costs its address a token, which a right answer gives back. An address
   without tokens gets no look-up: keys that are known here go on working from it.
"""

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from runwire.app.believed import Believed, BelievedKeys
from runwire.app.rates import Rate, Rates, too_fast
from runwire.domain.access_ports import Tokens
from runwire.domain.errors import Unauthenticated
from runwire.domain.key import Grant, Key, KeyId
from runwire.domain.ports import Clock
from runwire.domain.secret import hash_of, key_id_in, looks_like_key, same_hash

STRANGERS: Final = Rate(200.0, 400)
"""Look-ups for strangers, of all addresses together."""
_NO_HASH: Final = bytes(32)
_STRANGER: Final = "callers whose credentials are not known"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a call shows: a key or a token, and the names in a client's certificate."""

    secret: str = ""
    names: tuple[str, ...] = ()
    peer: str = ""


class Authenticator:
    """Tells what credentials grant."""

    def __init__(
        self,
        *,
        keys: BelievedKeys,
        rates: Rates,
        failures: Rate,
        now: Clock,
        used: Callable[[Key], None],
        tokens: Tokens | None = None,
        names: Mapping[str, Grant] | None = None,
        private: Mapping[bytes, Grant] | None = None,
    ) -> None:
        """Make one. `names` are identities of certificates, `private` of our own processes."""
        self._keys = keys
        self._rates = rates
        self._failures = failures
        self._now = now
        self._used = used
        self._tokens = tokens
        self._names = names or {}
        self._private = private or {}

    async def identify(self, shown: Credentials) -> Grant:
        """Return what credentials grant, or raise Unauthenticated, or Exhausted for strangers."""
        if not shown.secret:
            return self._certified(shown)
        if looks_like_key(shown.secret):
            return await self._keyed(shown)
        if self._tokens is None:
            raise unknown()
        return self._tokens.known(shown.secret) or await self._signed(self._tokens, shown)

    def _certified(self, shown: Credentials) -> Grant:
        found = {self._names[name] for name in shown.names if name in self._names}
        if not found:
            raise Unauthenticated(
                "no credentials: send an API key or a token as `authorization: Bearer …` or"
                " `x-api-key`",
                reason="CREDENTIALS_MISSING",
            )
        if len(found) > 1:
            raise Unauthenticated(
                "the certificate names several of the server's tls_identities",
                reason="CERTIFICATE_AMBIGUOUS",
            )
        return found.pop()

    async def _signed(self, tokens: Tokens, shown: Credentials) -> Grant:
        address = address_of(shown.peer)
        self._rates.check(address, self._failures, who=_STRANGER)
        self._rates.give_back(address, self._failures)  # all of an address may come at once
        try:
            return await tokens.grant_of(shown.secret)
        except Unauthenticated:
            self._failed(address)
            raise

    async def _keyed(self, shown: Credentials) -> Grant:
        hashed = hash_of(shown.secret)
        for expected, grant in self._private.items():
            if same_hash(hashed, expected) and shown.peer.startswith("unix:"):
                return grant
        found = await self._looked_up(shown)
        right = same_hash(hashed, found.secret_hash or _NO_HASH)
        if found.key is None or not right:
            self._failed(address_of(shown.peer))
            raise unknown()
        self._check(found.key)
        self._used(found.key)
        return found.key.grant

    async def _looked_up(self, shown: Credentials) -> Believed:
        """Return what is known of a key; a stranger's look-up has to be paid for."""
        key_id = key_id_in(shown.secret)
        if key_id is None:
            self._failed(address_of(shown.peer))
            raise unknown()
        found = self._keys.known(KeyId(key_id))
        if found is not None:
            return found
        if self._keys.familiar(KeyId(key_id)):
            return await self._keys.look(KeyId(key_id))
        return await self._paid(KeyId(key_id), address_of(shown.peer))

    async def _paid(self, key_id: KeyId, address: str) -> Believed:
        """Return what is true of a stranger's key, for a token if the database is read."""
        paid = False

        def pay() -> None:
            nonlocal paid
            self._rates.check(address, self._failures, who=_STRANGER)
            self._rates.check("strangers", STRANGERS, who="callers whose keys are not known")
            paid = True

        found = await self._keys.look(key_id, pay)
        if paid:
            self._rates.give_back(address, self._failures)
        if paid and found.key is not None:
            self._rates.give_back("strangers", STRANGERS)
        return found

    def _failed(self, address: str) -> None:
        """Take a token for a failure; raise Exhausted if there have been too many."""
        seconds = self._rates.take(address, self._failures)
        if seconds:
            raise too_fast("callers whose credentials are wrong", self._failures, seconds)

    def _check(self, key: Key) -> None:
        if key.revoked_at is not None:
            raise Unauthenticated(
                f"the key {key.key_id} was revoked: ask an admin for another one",
                reason="KEY_REVOKED",
                key_id=key.key_id,
            )
        if key.expired(self._now()):
            raise Unauthenticated(
                f"the key {key.key_id} has expired: ask an admin for another one",
                reason="KEY_EXPIRED",
                key_id=key.key_id,
            )


def unknown() -> Unauthenticated:
    """Return what every caller hears whose credentials are not right."""
    return Unauthenticated(
        "the credentials do not count here: the key or token is not known, or not right",
        reason="CREDENTIALS_INVALID",
    )


def address_of(peer: str) -> str:
    """Return where failures are counted: an address without port, of IPv6 its network."""
    kind, _, rest = unquote(peer).partition(":")
    if kind not in ("ipv4", "ipv6"):
        return kind or "unknown"
    host = rest.rpartition(":")[0].strip("[]").partition("%")[0]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)

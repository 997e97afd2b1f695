"""Keys that are believed for some seconds, so that a call seldom reads the database.

1. A key is believed for five seconds: revoked elsewhere, it counts here no longer than that.
   Revoked here, it is forgotten at once, by a look-up that is under way, too.
2. What is not known is remembered as well. How often strangers may make this server look is the
   caller's to bound (`Authenticator`).
3. Of those who ask for one key at the same time, one looks.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Final

from runwire.domain.access_ports import KeyStore
from runwire.domain.errors import NotFound
from runwire.domain.key import Key, KeyId

BELIEVED_SECONDS: Final = 5.0
MAX_BELIEVED: Final = 10_000
STRIPES: Final = 64


@dataclass(frozen=True, slots=True)
class Believed:
    """A key with the hash of its secret; both None if there is no such key."""

    key: Key | None
    secret_hash: bytes | None
    until: float


class BelievedKeys:
    """The keys that calls have shown lately."""

    def __init__(
        self,
        store: KeyStore,
        *,
        clock: Callable[[], float] = monotonic,
        max_believed: int = MAX_BELIEVED,
    ) -> None:
        self._store = store
        self._clock = clock
        self._max_believed = max_believed
        self._found: OrderedDict[KeyId, Believed] = OrderedDict()
        self._locks = tuple(asyncio.Lock() for _ in range(STRIPES))
        self._forgotten = 0

    def known(self, key_id: KeyId) -> Believed | None:
        """Return what is believed of a key, None if it has to be looked up."""
        found = self._found.get(key_id)
        if found is None or found.until <= self._clock():
            return None
        self._found.move_to_end(key_id)
        return found

    def familiar(self, key_id: KeyId) -> bool:
        """Whether there was such a key when last looked, however long ago."""
        found = self._found.get(key_id)
        return found is not None and found.key is not None

    async def look(self, key_id: KeyId, pay: Callable[[], None] | None = None) -> Believed:
        """Return what is true of a key, and believe it from now on.

        `pay` is called by who reads the database, and may raise; nobody else pays.
        """
        async with self._locks[hash(key_id) % STRIPES]:
            found = self.known(key_id)
            if found is not None:
                return found
            if pay is not None:
                pay()
            forgotten, until = self._forgotten, self._clock() + BELIEVED_SECONDS
            try:
                key, secret_hash = await self._store.get(key_id)
                found = Believed(key, secret_hash, until)
            except NotFound:
                found = Believed(None, None, until)
            if forgotten == self._forgotten:
                self._found[key_id] = found
                self._found.move_to_end(key_id)
                while len(self._found) > self._max_believed:
                    self._found.popitem(last=False)
            return found

    def forget(self, key_id: KeyId) -> None:
        """Believe nothing of a key any more."""
        self._forgotten += 1
        self._found.pop(key_id, None)

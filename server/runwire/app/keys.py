"""API keys, as admins make and revoke them, and when they were used last."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from runwire.app.believed import BelievedKeys
from runwire.domain.access_ports import KeyStore
from runwire.domain.caller import Caller, Role
from runwire.domain.errors import Denied, NotFound, invalid
from runwire.domain.key import EVERYWHERE, Key, KeyId
from runwire.domain.paging import Page
from runwire.domain.ports import Clock
from runwire.domain.secret import hash_of, new_secret

USE_SECONDS: Final = 60
"""Uses are noted to the minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """What a key shall be; `namespace` is empty for the caller's own."""

    display_name: str
    role: Role = Role.READER
    namespace: str = ""
    graphs: tuple[str, ...] = ()
    lifetime_seconds: float | None = None
    calls_per_second: float = 0.0
    burst_calls: int = 0


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A key that was made just now; the only time that its secret is known."""

    key: Key
    secret: str = field(repr=False)


def make_key(new: NewKey, *, namespace: str, key_id: str, at: datetime) -> MadeKey:
    """Return a key and its secret; raise Invalid for one that would be of no use."""
    if new.role is Role.WORKER and namespace != EVERYWHERE:
        raise invalid("namespace", f"must be {EVERYWHERE!r}: workers serve all namespaces")
    lifetime = new.lifetime_seconds
    key = Key(
        key_id=KeyId(key_id),
        display_name=new.display_name,
        role=new.role,
        namespace=namespace,
        graphs=new.graphs,
        created_at=at,
        expires_at=None if lifetime is None else at + timedelta(seconds=lifetime),
        calls_per_second=new.calls_per_second,
        burst_calls=new.burst_calls,
    )
    return MadeKey(key, new_secret(key_id))


class Keys:
    """What can be done with keys."""

    def __init__(
        self,
        *,
        store: KeyStore,
        believed: BelievedKeys,
        now: Clock,
        new_id: Callable[[], str],
    ) -> None:
        self._store = store
        self._believed = believed
        self._now = now
        self._new_id = new_id
        self._noted: dict[KeyId, datetime] = {}
        self._uses: dict[KeyId, datetime] = {}

    async def create(self, new: NewKey, caller: Caller) -> MadeKey:
        """Make a key; raise Denied for one that could do more than the caller."""
        namespace = new.namespace or caller.namespace
        if namespace != caller.namespace and not caller.everywhere:
            raise Denied(
                "keys of other namespaces are made by callers who are everywhere",
                reason="NAMESPACE_FORBIDDEN",
            )
        if caller.graphs and not all(_within(each, caller) for each in new.graphs or ("*",)):
            raise Denied("graphs must be among the caller's own", reason="GRAPH_OUT_OF_SCOPE")
        made = make_key(new, namespace=namespace, key_id=self._new_id(), at=self._now())
        await self._store.add(made.key, hash_of(made.secret))
        return made

    async def get(self, key_id: KeyId, caller: Caller) -> Key:
        """Return a key, or raise NotFound, as for one that is another namespace's."""
        key, _ = await self._store.get(key_id)
        if not _may_see(caller, key):
            raise NotFound(
                f"no key {key_id}: KeyService.ListKeys names those there are",
                reason="KEY_NOT_FOUND",
                key_id=key_id,
            )
        return key

    async def find(self, caller: Caller, *, page_size: int, page_token: str) -> Page[Key]:
        """Return keys, newest first: all, for a caller who is everywhere and names nothing."""
        everything = caller.everywhere and not caller.named_namespace
        return await self._store.find(
            namespace="" if everything else caller.namespace,
            page_size=page_size,
            page_token=page_token,
        )

    async def revoke(self, key_id: KeyId, caller: Caller) -> Key:
        """Revoke a key: at once on this server, within five seconds on others."""
        await self.get(key_id, caller)
        revoked = await self._store.revoke(key_id, self._now())
        self._believed.forget(key_id)
        return revoked

    def note(self, key: Key) -> None:
        """Take note that a key is used; written later, and once a minute."""
        minute = self._now().replace(second=0, microsecond=0)
        noted = self._noted.get(key.key_id, key.last_used_at)
        if noted is None or noted < minute:
            self._uses[key.key_id] = self._noted[key.key_id] = minute

    async def write_uses(self) -> None:
        """Write what was noted."""
        uses, self._uses = self._uses, {}
        horizon = self._now() - timedelta(seconds=USE_SECONDS)
        self._noted = {key_id: at for key_id, at in self._noted.items() if at > horizon}
        if uses:
            await self._store.used(uses)


def _may_see(caller: Caller, key: Key) -> bool:
    if caller.everywhere and not caller.named_namespace:
        return True
    return key.namespace == caller.namespace


def _within(pattern: str, caller: Caller) -> bool:
    """Whether every graph that a pattern means is within the caller's scope."""
    prefix = pattern.removesuffix("*")
    return any(
        prefix.startswith(own.removesuffix("*")) if own.endswith("*") else pattern == own
        for own in caller.graphs
    )

"""Who may come in: keys, tokens and certificates, the guard and the audit log, put together.

A server that asks nobody who they are has keys all the same, so that they can be made before it
does; and a log of changes, if the settings say so.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any, Final

from runwire.app.audit import AuditLog
from runwire.app.authenticator import Authenticator
from runwire.app.believed import BelievedKeys
from runwire.app.keys import Keys
from runwire.app.rates import Rate, Rates
from runwire.clock import now
from runwire.config import Settings
from runwire.domain.access_ports import Tokens
from runwire.domain.caller import ANYBODY, Role
from runwire.domain.key import EVERYWHERE, Grant
from runwire.domain.secret import hash_of, new_key_id, new_secret
from runwire.rpc.guard import Auditor, Gate
from runwire.stores.audit import SqlAuditStore
from runwire.stores.database import Database
from runwire.stores.keys import SqlKeyStore

FAILURES_AT_ONCE: Final = 10  # seconds' worth of them
NOTE_SECONDS: Final = 10.0

logger = logging.getLogger("runwire.entrance")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """What the edges ask about callers, and the loops behind it."""

    keys: Keys
    audit: AuditLog
    gate: Gate | None
    auditor: Auditor | None
    private_key: str
    """What worker processes of the server's own show; it dies with the server."""
    loops: Sequence[Callable[[], Coroutine[Any, Any, None]]]

    async def close(self) -> None:
        """Write what is not written yet. Nobody may call any more."""
        await self.audit.write(all_of_it=True)
        await self.keys.write_uses()


def open_entrance(settings: Settings, database: Database) -> Entrance:
    """Return who is asked about callers, over a database that is open."""
    store = SqlKeyStore(database)
    believed = BelievedKeys(store)
    keys = Keys(store=store, believed=believed, now=now, new_id=new_key_id)
    log = AuditLog(
        store=SqlAuditStore(database),
        now=now,
        retention_seconds=settings.audit_retention_seconds,
    )
    auditor = Auditor(log, now) if settings.audited else None
    private_key = new_secret(new_key_id())
    gate = _gate(settings, keys, believed, auditor, private_key) if settings.auth else None
    return Entrance(
        keys=keys,
        audit=log,
        gate=gate,
        auditor=auditor,
        private_key=private_key,
        loops=(log.run, partial(_note_uses, keys)),
    )


async def warn_without_keys(settings: Settings, entrance: Entrance) -> None:
    """Say how to make the first key, if nobody could come in."""
    if not settings.auth or settings.jwt_jwks or settings.tls_identities:
        return
    if not (await entrance.keys.find(ANYBODY, page_size=1, page_token="")).items:
        logger.warning(
            "auth is on and there is no key: nobody can call. Make the first one with `runwire"
            " keys create NAME --role admin --local`, with the settings of this server"
        )


def _gate(
    settings: Settings,
    keys: Keys,
    believed: BelievedKeys,
    auditor: Auditor | None,
    private_key: str,
) -> Gate:
    rates, per_second = Rates(), settings.rate_failures_per_second
    ours = Grant(name="worker:local", role=Role.WORKER, namespace=EVERYWHERE)
    authenticator = Authenticator(
        keys=believed,
        rates=rates,
        failures=Rate(per_second, max(1, round(per_second * FAILURES_AT_ONCE))),
        now=now,
        used=keys.note,
        tokens=_tokens(settings),
        names=_names(settings),
        private={hash_of(private_key): ours},
    )
    return Gate(
        authenticator=authenticator,
        rates=rates,
        rate=Rate(settings.rate_calls_per_second, settings.rate_burst_calls),
        auditor=auditor,
    )


def _tokens(settings: Settings) -> Tokens | None:
    if not settings.jwt_jwks:
        return None
    # With cryptography, which a server without tokens does without.
    identity: Any = import_module("runwire.identity.tokens")
    rules = identity.Rules(
        issuer=settings.jwt_issuer,
        audiences=settings.jwt_audience,
        algorithms=settings.jwt_algorithms,
        skew_seconds=settings.jwt_clock_skew_seconds,
        role_claim=settings.jwt_role_claim,
        namespace_claim=settings.jwt_namespace_claim,
        graphs_claim=settings.jwt_graphs_claim,
    )
    tokens: Tokens = identity.JwtTokens(rules, identity.Jwks(settings.jwt_jwks))
    return tokens


def _names(settings: Settings) -> Mapping[str, Grant]:
    return {
        name: Grant(
            name=f"mtls:{name}", role=each.role, namespace=each.namespace, graphs=each.graphs
        )
        for name, each in settings.tls_identities.items()
    }


async def _note_uses(keys: Keys) -> None:
    """Write now and then when keys were used last, until cancelled."""
    while True:
        await asyncio.sleep(NOTE_SECONDS)
        try:
            await keys.write_uses()
        except Exception as error:
            logger.warning("the use of keys cannot be noted now", exc_info=error)

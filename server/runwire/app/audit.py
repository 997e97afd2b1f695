"""The audit log: who changed what, from where, and what became of it.

1. An entry is in the database at most half a second after its call has ended: entries are gathered
   and written with the journal's next batch, so that no call waits for a commit of its own. A
   server that stops writes them all; of one that is killed, the last half second may be missing.
2. Nothing is dropped in silence. While the database takes no entries, they are kept, up to
   a limit; beyond it changes are refused as Unavailable before they are made.
3. Strangers cannot fill it: refusals of one kind from one address are one entry a minute, which
   tells how many there were.
"""

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta
from typing import Final

from runwire.domain.access_ports import AuditStore
from runwire.domain.audit import AuditEntry
from runwire.domain.caller import Caller
from runwire.domain.errors import Unavailable
from runwire.domain.filter import Filter
from runwire.domain.paging import Page
from runwire.domain.ports import Clock

WRITE_SECONDS: Final = 0.5
MAX_UNWRITTEN: Final = 20_000
MAX_WRITTEN_AT_ONCE: Final = 1000
MAX_KINDS: Final = 1000
COALESCED: Final = timedelta(minutes=1)
PRUNE_SECONDS: Final = 600.0

logger = logging.getLogger("runwire.audit")


class AuditLog:
    """Gathers entries, writes them, and reads them."""

    def __init__(self, *, store: AuditStore, now: Clock, retention_seconds: float) -> None:
        self._store = store
        self._now = now
        self._retention = timedelta(seconds=retention_seconds)
        self._unwritten: list[AuditEntry] = []
        self._refused: dict[tuple[str, str], tuple[AuditEntry, int]] = {}
        self._failing = False
        self._writing = asyncio.Lock()

    def check_room(self) -> None:
        """Raise Unavailable if a change could not be recorded."""
        if len(self._unwritten) >= MAX_UNWRITTEN:
            raise Unavailable(
                "changes cannot be recorded in the audit log now: try again later",
                reason="AUDIT_LOG_FULL",
                retry_after_seconds=1,
            )

    def add(self, entry: AuditEntry) -> None:
        """Take an entry. A few more than there is room for: those whose calls were under way."""
        self._unwritten.append(entry)

    def refused(self, address: str, entry: AuditEntry) -> None:
        """Take a refusal of a stranger, or of one who calls too often, from an address."""
        kind = (address, entry.reason)
        if kind not in self._refused and len(self._refused) >= MAX_KINDS:
            kind = ("", entry.reason)
            entry = replace(entry, peer="many addresses")
        first, count = self._refused.get(kind, (entry, 0))
        self._refused[kind] = (first, count + 1)

    async def run(self) -> None:
        """Write what comes, and delete what is too old, until cancelled."""
        loop = asyncio.get_running_loop()
        prune_at = loop.time()
        while True:
            await self.write()
            if loop.time() >= prune_at:
                await self._prune()
                prune_at = loop.time() + PRUNE_SECONDS
            await asyncio.sleep(WRITE_SECONDS)

    async def write(self, *, all_of_it: bool = False) -> None:
        """Write what there is; of refusals those whose minute is over, unless all of it."""
        self._settle(all_of_it=all_of_it)
        async with self._writing:  # so that none is written twice
            while self._unwritten:
                some = self._unwritten[:MAX_WRITTEN_AT_ONCE]
                try:
                    await self._store.add(some)
                except Exception as error:
                    level = logging.DEBUG if self._failing else logging.ERROR
                    logger.log(level, "the audit log cannot be written", exc_info=error)
                    self._failing = True
                    return
                del self._unwritten[: len(some)]
                self._failing = False

    async def find(
        self, where: Filter, caller: Caller, *, page_size: int, page_token: str
    ) -> Page[AuditEntry]:
        """Return entries, newest first: of all namespaces, for who is everywhere and names none."""
        await self.write()
        everything = caller.everywhere and not caller.named_namespace
        return await self._store.find(
            where,
            namespace="" if everything else caller.namespace,
            page_size=page_size,
            page_token=page_token,
        )

    def _settle(self, *, all_of_it: bool) -> None:
        """Make entries of refusals whose minute is over."""
        over = self._now() - COALESCED
        for kind, (first, count) in list(self._refused.items()):
            if all_of_it or first.at <= over:
                del self._refused[kind]
                counted = {**first.subject, "count": str(count)}
                self._unwritten.append(replace(first, subject=counted))

    async def _prune(self) -> None:
        before = self._now() - self._retention
        try:
            while await self._store.prune(before):
                pass  # a bounded number at a time, between which others write
        except Exception as error:
            logger.warning("the audit log cannot be pruned now", exc_info=error)

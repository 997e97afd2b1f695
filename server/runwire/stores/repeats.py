"""Creations that may be repeated: which request has created which run."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from runwire.domain.run import RunId
from runwire.domain.taken import request_reused
from runwire.domain.work import Request

REQUEST_LIFE: Final = timedelta(hours=24)

KnownRequest = tuple[RunId, bytes, datetime]
"""(whose creation it was, what its body hashed to, when it was made)."""


class Repeats:
    """Requests, as one batch knows them."""

    def __init__(self) -> None:
        self.written: dict[str, KnownRequest] = {}
        """Those that are on disk."""

    def read(self, rows: Iterable[Any]) -> None:
        """Note rows of requests."""
        for row in rows:
            self.written[row.request_id] = (RunId(row.run_id), row.body_hash, row.created_at)

    def first(
        self, request: Request, unwritten: Mapping[str, KnownRequest], now: datetime
    ) -> RunId | None:
        """Return the run that the same request has created; raise AlreadyExists for another."""
        if not request.request_id:
            return None
        known = unwritten.get(request.request_id) or self.written.get(request.request_id)
        if known is None or now - known[2] >= REQUEST_LIFE:
            return None
        if known[1] != request.body_hash:
            raise request_reused(request.request_id, known[0])
        return known[0]

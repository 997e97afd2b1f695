"""Rows from threads and back, and what changes of them are written as."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row

from runwire.domain.namespace import namespace_of
from runwire.domain.thread import Thread, ThreadChange, ThreadId, ThreadStatus, Ttl, TtlStrategy
from runwire.stores.rows import Values
from runwire.stores.times import MICROSECOND

LIFTED: Final = ("graph_id", "assistant_id")
"""What has a column of its own besides being in the metadata."""
_ENTERED: Final = ("metadata", *LIFTED)
_LEFT: Final = ("status", "state", "interrupts", "error")


def row_of_thread(thread: Thread) -> Values:
    """Return the row of a thread."""
    ttl = thread.ttl
    return {
        "thread_id": thread.thread_id,
        "namespace": namespace_of(thread.thread_id),
        **entered_row(thread.metadata),
        "config": dumps(thread.config),
        "status": thread.status.value,
        "state": thread.values,
        "interrupts": dumps(thread.interrupts) if thread.interrupts else None,
        "error": None if thread.error is None else dumps(thread.error),
        "ttl_micros": ttl_micros_of(ttl),
        "ttl_strategy": None if ttl is None else ttl.strategy.value,
        "expires_at": thread.expires_at or expiry(ttl, thread.updated_at),
        "created_at": thread.created_at,
        "updated_at": thread.updated_at,
        "state_updated_at": thread.state_updated_at,
    }


def thread_from(row: Row[Any]) -> Thread:
    """Return the thread of a row; BUSY if the row says that a run of it goes on."""
    busy = "busy" in row._fields and row.busy
    ttl = None
    if row.ttl_micros is not None:
        minutes = row.ttl_micros / 60_000_000
        ttl = Ttl(minutes=minutes, strategy=TtlStrategy(row.ttl_strategy))
    return Thread(
        thread_id=ThreadId(row.thread_id),
        metadata=json.loads(row.metadata),
        config=json.loads(row.config),
        status=ThreadStatus.BUSY if busy else ThreadStatus(row.status),
        values=row.state,
        interrupts=json.loads(row.interrupts or "{}"),
        error=None if row.error is None else json.loads(row.error),
        ttl=ttl,
        expires_at=row.expires_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
        state_updated_at=row.state_updated_at,
    )


def entered_row(metadata: Mapping[str, Any]) -> Values:
    """Return what a thread's metadata is written as."""
    lifted = {name: str(metadata.get(name) or "") for name in LIFTED}
    return {"metadata": dumps(metadata), **lifted}


def changed_row(
    thread_id: ThreadId,
    metadata: Mapping[str, Any] | None,
    change: ThreadChange | None,
    at: datetime,
) -> Values:
    """Return what is written of a thread that is there; None leaves that part as it is."""
    new: Values = dict.fromkeys((*_ENTERED, *_LEFT))
    if metadata is not None:
        new |= entered_row(metadata)
    if change is not None:
        new["status"] = change.status.value
        new["state"] = change.values
        new["interrupts"] = dumps(change.interrupts) if change.interrupts else None
        new["error"] = None if change.error is None else dumps(change.error)
    named = {f"new_{name}": value for name, value in new.items()}
    return {**named, "of_thread": thread_id, "changed": change is not None, "at": at}


def expiry(ttl: Ttl | None, at: datetime) -> datetime | None:
    """Return when a thread's time is over that was changed last at a time; None: never."""
    return None if ttl is None else at + timedelta(minutes=ttl.minutes)


def ttl_micros_of(ttl: Ttl | None) -> int | None:
    """Return how long a thread is kept."""
    return None if ttl is None else timedelta(minutes=ttl.minutes) // MICROSECOND


# `json.dumps` with options makes an encoder at each call.
dumps = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode

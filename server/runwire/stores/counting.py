"""Compares two databases by counts and sums of every table."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, Final

import psycopg

from runwire.domain.errors import DataLoss

PRIME: Final = 1_000_003
"""Sums are of remainders: those of times would soon be larger than any integer of a database."""

_DESCRIBED: Final = (
    *("LENGTH(graph_id)", "LENGTH(name)", "LENGTH(description)"),
    *("LENGTH(config)", "LENGTH(context)", "LENGTH(metadata)"),
)
SUMS: Final[Mapping[str, Sequence[str]]] = {
    "runs": (
        *("revision", "epoch", "attempt", "last_sequence", "created_at", "ready_at", "ended_at"),
        *("storage_bytes", "event_bytes", "checkpoint_bytes", "priority", "LENGTH(output)"),
        *("LENGTH(labels)", "LENGTH(interrupts)", "LENGTH(error)", "checkpoint"),
    ),
    "run_inputs": ("LENGTH(data)", "LENGTH(form)"),
    "run_labels": ("LENGTH(key)", "LENGTH(value)", "created_at"),
    "segments": ("position", "first_sequence", "last_sequence", "LENGTH(body)"),
    "steps": (
        *("superstep", "visit", "attempt", "started_at", "ended_at", "checkpoint"),
        *('LENGTH("update")', "LENGTH(goto)", "LENGTH(message)"),
    ),
    "checkpoints": ("number", "superstep", "created_at", "LENGTH(body)"),
    "threads": (
        *("created_at", "updated_at", "state_updated_at", "expires_at", "ttl_micros"),
        *("LENGTH(metadata)", "LENGTH(state)", "LENGTH(interrupts)", "LENGTH(error)"),
    ),
    "thread_checkpoints": (
        *("created_at", "LENGTH(body)", "LENGTH(metadata)", "LENGTH(versions)"),
        *("LENGTH(parent_id)", "LENGTH(run_id)"),
    ),
    "thread_blobs": ("weight", "LENGTH(body)", "LENGTH(version)", "LENGTH(base_version)"),
    "thread_writes": ("idx", "LENGTH(body)", "LENGTH(channel)", "LENGTH(task_path)"),
    "queue": ("priority", "ready_at", "epoch", "lease_until", "placed_at", "LENGTH(waits_for)"),
    "requests": ("created_at", "LENGTH(body_hash)"),
    "graphs": ("version", "LENGTH(definition)", "created_at"),
    "registrations": ("LENGTH(name)", "LENGTH(body)", "seen_at"),
    "artifacts": ("size_bytes", "created_at", "LENGTH(sha256)", "LENGTH(filename)"),
    "namespaces": ("created_at", "stored_bytes", "running_runs", "queued_runs"),
    "throughput": ("starts_at", "created", "succeeded", "failed", "cancelled"),
    "totals": ("runs", "storage_bytes", "event_bytes", "checkpoint_bytes"),
    "schedules": (
        *("created_at", "next_at", "last_at", "buffered_at", "skipped_count", "revision"),
        *("LENGTH(cron)", "LENGTH(time_zone)", "LENGTH(overlap)", "LENGTH(catch_up)", "edition"),
    ),
    "schedule_specs": ("LENGTH(spec)", "LENGTH(input)", "LENGTH(form)"),
    "schedule_runs": ("schedule_at", "created_at", "LENGTH(run_id)"),
    "assistants": ("version", "last_version", "created_at", "updated_at", *_DESCRIBED),
    "assistant_versions": ("version", "created_at", *_DESCRIBED),
    "deleted_assistants": ("LENGTH(assistant_id)",),
    "items": (
        *("LENGTH(path)", "LENGTH(key)", "LENGTH(value)", "created_at", "updated_at"),
        "expires_at",
    ),
    "item_vectors": ("LENGTH(field)", "LENGTH(vector)"),
}


def verify(source: sqlite3.Connection, target: psycopg.Connection[Any]) -> Mapping[str, int]:
    """Return how many rows each table has; raise DataLoss naming a table that differs."""
    counts = {}
    for table, columns in SUMS.items():
        sums = ", ".join(f"COALESCE(SUM({column} % {PRIME}), 0)" for column in columns)
        query = f"SELECT COUNT(*), {sums} FROM {table}"  # noqa: S608 - ours
        here = [int(value) for value in source.execute(query).fetchone()]
        found: Any = target.execute(query).fetchone()
        there = [int(value) for value in found]
        if here != there:
            names = ("rows", *columns)
            wrong = next(i for i, value in enumerate(here) if there[i] != value)
            raise DataLoss(
                f"{table} differs after copying, in the sum of {names[wrong]}: {here[wrong]} here,"
                f" {there[wrong]} there; the file is as it was, run `runwire promote` again",
                reason="COPY_DIFFERS",
            )
        counts[table] = here[0]
    return counts

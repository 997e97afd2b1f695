"""Requests that more than one verb makes."""

from collections.abc import Mapping
from typing import Final
from uuid import uuid4

from runwire_client._payloads import duration, encoded
from runwire_client.options import RunOptions
from runwire_client.v1 import run_pb2

SHORTEST_HEARTBEAT_SECONDS: Final = 1.0
LONGEST_HEARTBEAT_SECONDS: Final = 60.0


def run_spec(
    graph_id: str,
    run_input: object,
    labels: Mapping[str, str] | None,
    thread_id: str,
    priority: int,
    run_timeout_seconds: float | None,
    queue: str,
    start_delay_seconds: float | None,
    concurrency_key: str,
    concurrency_limit: int,
    assistant_id: str,
    options: RunOptions | None,
) -> run_pb2.RunSpec:
    """Return what a caller asks for; an input of None is left to the server."""
    spec = run_pb2.RunSpec(
        graph_id=graph_id,
        assistant_id=assistant_id,
        thread_id=thread_id,
        labels=labels,
        priority=priority,
        queue=queue,
        options=None if options is None else options.to_message(),
    )
    if run_input is not None:
        spec.input.CopyFrom(encoded(run_input, field="spec.input"))
    if run_timeout_seconds is not None:
        spec.timeout.CopyFrom(duration(run_timeout_seconds))
    if start_delay_seconds is not None:
        spec.start_delay.CopyFrom(duration(start_delay_seconds))
    if concurrency_key or concurrency_limit:
        spec.concurrency.key = concurrency_key
        spec.concurrency.limit = concurrency_limit
    return spec


def new_request_id() -> str:
    """Return an id that makes a create safe to send again."""
    return str(uuid4())


def clamped_heartbeat(seconds: float) -> float:
    """Return the heartbeat interval that a server will keep if asked for this one."""
    return min(max(seconds, SHORTEST_HEARTBEAT_SECONDS), LONGEST_HEARTBEAT_SECONDS)

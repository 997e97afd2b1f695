"""What goes on at a server as a whole: runs in numbers, queues, workers, and what server it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from runwire_client._payloads import seconds_of, time_of
from runwire_client.runs import RunStatus, status_from_number
from runwire_client.v1 import overview_pb2, run_service_pb2


@dataclass(frozen=True, slots=True)
class RunBucket:
    """What happened to runs in a span of time, which ends where the next one begins."""

    started_at: datetime
    created: int
    succeeded: int
    failed: int
    cancelled: int


@dataclass(frozen=True, slots=True)
class RunCounts:
    """How many runs there are by status, and what happened to them, oldest first.

    `at_least` are the statuses of which there are more than could be counted.
    """

    runs: Mapping[RunStatus, int] = field(hash=False)
    at_least: frozenset[RunStatus]
    buckets: tuple[RunBucket, ...]
    bucket_seconds: float


@dataclass(frozen=True, slots=True)
class HeldRun:
    """A run that a worker holds until `lease_ends_at`, unless it renews its lease."""

    run_id: str
    graph_id: str
    attempt: int
    lease_ends_at: datetime


@dataclass(frozen=True, slots=True)
class WorkerState:
    """A worker that is alive or holds runs; what is empty, None or 0 is not known, or not told.

    `kind` is `embedded` in a server's process, `connected` to the server that answers, and empty
    for one of another server. `run_count` counts the runs that the caller may see, `runs` are 100
    of them at most, and `other_run_count` those beyond the caller's reach.
    """

    worker_id: str
    kind: str
    here: bool
    address: str
    queues: tuple[str, ...]
    graph_ids: tuple[str, ...]
    capacity: int
    run_count: int
    other_run_count: int
    runs: tuple[HeldRun, ...]
    connected_at: datetime | None
    heard_at: datetime | None
    leaving: bool


@dataclass(frozen=True, slots=True)
class QueuedGraph:
    """The runs of one graph in a queue."""

    graph_id: str
    waiting: int
    running: int


@dataclass(frozen=True, slots=True)
class QueueState:
    """The runs of a queue: ready for a worker, waiting for their time or under a limit, held.

    `lag_seconds` is how long the ready run has waited that has waited longest. `workers` take its
    runs, as far as the server that answers knows. `more`: not all could be counted.
    """

    queue: str
    ready: int
    delayed: int
    limited: int
    running: int
    lag_seconds: float
    workers: int
    graphs: tuple[QueuedGraph, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class ServerState:
    """A server as its callers have to know it.

    `database` is `sqlite` or `postgresql`; `langgraph_path` is what the paths of the LangGraph API
    begin with, None where it is not served.
    """

    version: str
    started_at: datetime
    server_time: datetime
    grpc_address: str
    http_address: str
    tls: bool
    auth: bool
    database: str
    namespaces: bool
    langgraph: bool
    langgraph_path: str | None


_KINDS: Final = {
    overview_pb2.WORKER_KIND_EMBEDDED: "embedded",
    overview_pb2.WORKER_KIND_CONNECTED: "connected",
}
_DATABASES: Final = {
    overview_pb2.DATABASE_KIND_SQLITE: "sqlite",
    overview_pb2.DATABASE_KIND_POSTGRESQL: "postgresql",
}


def counts_from_message(message: run_service_pb2.CountRunsResponse) -> RunCounts:
    """Return what a message says of runs in numbers."""
    return RunCounts(
        runs={status_from_number(each.status): each.runs for each in message.statuses},
        at_least=frozenset(
            status_from_number(each.status) for each in message.statuses if each.more
        ),
        buckets=tuple(
            RunBucket(
                started_at=time_of(each.start_time),
                created=each.created,
                succeeded=each.succeeded,
                failed=each.failed,
                cancelled=each.cancelled,
            )
            for each in message.buckets
        ),
        bucket_seconds=seconds_of(message.bucket_width),
    )


def worker_from_message(message: overview_pb2.Worker) -> WorkerState:
    """Return the worker of a message."""
    connected = message.HasField("connect_time")
    return WorkerState(
        worker_id=message.worker_id,
        kind=_KINDS.get(message.kind, ""),
        here=message.here,
        address=message.address,
        queues=tuple(message.queues),
        graph_ids=tuple(message.graph_ids),
        capacity=message.capacity,
        run_count=message.run_count,
        other_run_count=message.other_run_count,
        runs=tuple(
            HeldRun(each.run_id, each.graph_id, each.attempt, time_of(each.lease_end_time))
            for each in message.runs
        ),
        connected_at=time_of(message.connect_time) if connected else None,
        heard_at=time_of(message.heard_time) if message.HasField("heard_time") else None,
        leaving=message.leaving,
    )


def queue_from_message(message: overview_pb2.Queue) -> QueueState:
    """Return the queue of a message."""
    return QueueState(
        queue=message.queue,
        ready=message.ready,
        delayed=message.delayed,
        limited=message.limited,
        running=message.running,
        lag_seconds=seconds_of(message.lag),
        workers=message.workers,
        graphs=tuple(
            QueuedGraph(each.graph_id, each.waiting, each.running) for each in message.graphs
        ),
        more=message.more,
    )


def server_from_message(message: overview_pb2.Server) -> ServerState:
    """Return what a message says of a server."""
    return ServerState(
        version=message.version,
        started_at=time_of(message.start_time),
        server_time=time_of(message.server_time),
        grpc_address=message.grpc_address,
        http_address=message.http_address,
        tls=message.tls,
        auth=message.auth,
        database=_DATABASES.get(message.database, ""),
        namespaces=message.namespaces,
        langgraph=message.langgraph,
        langgraph_path=message.langgraph_path if message.HasField("langgraph_path") else None,
    )

"""Numbers of runs, queues, workers and the server, domain → wire."""

from collections.abc import Mapping
from typing import Final

from runwire.app.overview import ServerState, queues_of
from runwire.domain.namespace import local_id
from runwire.domain.overview import HeldRun, QueueState, RunCounts, WorkerView
from runwire.rpc.convert_runs import STATUS_TO_WIRE
from runwire.rpc.convert_times import duration_to_wire, time_to_wire
from runwire.v1 import overview_pb2 as wire
from runwire.v1 import run_service_pb2

_DATABASES: Final[Mapping[str, wire.DatabaseKind.ValueType]] = {
    "sqlite": wire.DATABASE_KIND_SQLITE,
    "postgresql": wire.DATABASE_KIND_POSTGRESQL,
}


def counts_to_wire(counts: RunCounts) -> run_service_pb2.CountRunsResponse:
    """Return how many runs there are, and what happened to them."""
    return run_service_pb2.CountRunsResponse(
        statuses=[
            wire.StatusCount(status=STATUS_TO_WIRE[each.status], runs=each.runs, more=each.more)
            for each in counts.statuses
        ],
        buckets=[
            wire.RunBucket(
                start_time=time_to_wire(each.starts_at),
                created=each.created,
                succeeded=each.succeeded,
                failed=each.failed,
                cancelled=each.cancelled,
            )
            for each in counts.buckets
        ],
        bucket_width=duration_to_wire(counts.width_seconds),
    )


def queue_to_wire(state: QueueState, workers: int) -> wire.Queue:
    """Return a queue, whose runs so many workers take."""
    return wire.Queue(
        queue=state.queue,
        ready=state.ready,
        delayed=state.delayed,
        limited=state.limited,
        running=state.running,
        lag=duration_to_wire(state.lag_seconds),
        workers=workers,
        graphs=[
            wire.QueueGraph(
                graph_id=local_id(each.graph_id), waiting=each.waiting, running=each.running
            )
            for each in state.graphs
        ],
        more=state.more,
    )


def worker_to_wire(view: WorkerView) -> wire.Worker:
    """Return a worker, with what it holds."""
    worker, holds = view.worker, view.holds
    return wire.Worker(
        worker_id=worker.worker_id,
        kind=_kind(view),
        here=worker.here,
        address=worker.address,
        queues=queues_of(worker),
        graph_ids=map(local_id, worker.graphs),
        capacity=worker.capacity,
        run_count=holds.runs,
        other_run_count=holds.others,
        runs=map(_held_to_wire, view.runs),
        connect_time=time_to_wire(worker.connected_at),
        heard_time=time_to_wire(worker.heard_at),
        leaving=worker.leaving,
    )


def server_to_wire(state: ServerState) -> wire.Server:
    """Return what server this is."""
    facts = state.facts
    return wire.Server(
        version=facts.version,
        start_time=time_to_wire(facts.started_at),
        server_time=time_to_wire(state.now),
        grpc_address=facts.grpc_address,
        http_address=facts.http_address,
        tls=facts.tls,
        auth=facts.auth,
        database=_DATABASES[facts.database],
        namespaces=state.namespaces,
        langgraph=facts.langgraph,
        langgraph_path=facts.langgraph_path,
    )


def _kind(view: WorkerView) -> wire.WorkerKind.ValueType:
    if view.worker.embedded:
        return wire.WORKER_KIND_EMBEDDED
    return wire.WORKER_KIND_CONNECTED if view.worker.here else wire.WORKER_KIND_UNSPECIFIED


def _held_to_wire(run: HeldRun) -> wire.WorkerRun:
    return wire.WorkerRun(
        run_id=local_id(run.run_id),
        graph_id=local_id(run.graph_id),
        attempt=run.attempt,
        lease_end_time=time_to_wire(run.lease_until),
    )

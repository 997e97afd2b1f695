"""What is stored and what was deleted, domain → wire."""

from runwire.domain.namespace import local_id
from runwire.domain.retention import Pruned, RetentionPolicy
from runwire.domain.storage import DatabaseStorage, GraphStorage
from runwire.rpc.convert_runs import STATUS_TO_WIRE
from runwire.rpc.convert_times import duration_to_wire, time_to_wire
from runwire.v1 import storage_pb2 as wire


def graph_storage_to_wire(graph: GraphStorage, policy: RetentionPolicy) -> wire.GraphStorage:
    """Return what a graph stores, and how long it does."""
    return wire.GraphStorage(
        graph_id=local_id(graph.graph_id),
        statuses=[
            wire.StatusStorage(
                status=STATUS_TO_WIRE[item.status],
                runs=item.runs,
                run_bytes=item.run_bytes,
                event_bytes=item.event_bytes,
                checkpoint_bytes=item.checkpoint_bytes,
            )
            for item in graph.statuses
        ],
        artifacts=graph.artifacts,
        artifact_bytes=graph.artifact_bytes,
        retention=duration_to_wire(policy.seconds_of(graph.graph_id) or None),
        retention_bytes=policy.bytes_of(graph.graph_id),
    )


def space_to_wire(database: DatabaseStorage) -> wire.DatabaseStorage:
    """Return the size of the database."""
    return wire.DatabaseStorage(
        size_bytes=database.size_bytes,
        free_bytes=database.free_bytes,
        tables=[
            wire.TableStorage(name=item.name, size_bytes=item.size_bytes)
            for item in database.relations
        ],
    )


def pruned_to_wire(pruned: Pruned) -> wire.PrunedRuns:
    """Return what went of a graph."""
    return wire.PrunedRuns(
        graph_id=local_id(pruned.graph_id),
        runs=pruned.runs,
        run_bytes=pruned.run_bytes,
        artifact_bytes=pruned.artifact_bytes,
        oldest_end_time=time_to_wire(pruned.oldest_end),
        newest_end_time=time_to_wire(pruned.newest_end),
    )

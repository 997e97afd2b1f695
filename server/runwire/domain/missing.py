"""What does not exist, in the same words wherever it is said.

A caller is told the same of what is not theirs as of what never was.
"""

from collections.abc import Sequence

from runwire.domain.errors import NotFound


def no_run(run_id: str) -> NotFound:
    """Return the error for a run that is not there."""
    return NotFound(f"no run {run_id}", reason="RUN_NOT_FOUND", run_id=run_id)


def no_artifact(artifact_id: str) -> NotFound:
    """Return the error for an artifact that is not there."""
    return NotFound(
        f"no artifact {artifact_id}", reason="ARTIFACT_NOT_FOUND", artifact_id=artifact_id
    )


def no_graph(graph_id: str, version: int = 0) -> NotFound:
    """Return the error for a graph, or a version of one, that is not there."""
    shown = graph_id[:256]
    what = f"version {version} of graph {shown}" if version else f"graph {shown}"
    return NotFound(
        f"no {what}: GraphService.ListGraphs names those there are",
        reason="GRAPH_NOT_FOUND",
        graph_id=graph_id,
    )


def no_namespace(namespace: str) -> NotFound:
    """Return the error for a namespace that is not there."""
    return NotFound(
        f"no namespace {namespace}: `runwire namespaces list` names those there are",
        reason="NAMESPACE_NOT_FOUND",
        namespace=namespace,
    )


def no_schedule(schedule_id: str) -> NotFound:
    """Return the error for a schedule that is not there."""
    return NotFound(
        f"no schedule {schedule_id}: ScheduleService.ListSchedules names those there are",
        reason="SCHEDULE_NOT_FOUND",
        schedule_id=schedule_id,
    )


def no_thread(thread_id: str) -> NotFound:
    """Return the error for a thread that is not there."""
    return NotFound(f"no thread {thread_id}", reason="THREAD_NOT_FOUND", thread_id=thread_id)


def no_checkpoint(checkpoint_id: str) -> NotFound:
    """Return the error for a checkpoint of a thread that is not there."""
    return NotFound(
        f"no checkpoint {checkpoint_id}: the history of its thread names those there are",
        reason="CHECKPOINT_NOT_FOUND",
        checkpoint_id=checkpoint_id,
    )


def no_assistant(assistant_id: str) -> NotFound:
    """Return the error for an assistant that is not there."""
    return NotFound(
        f"no assistant {assistant_id}", reason="ASSISTANT_NOT_FOUND", assistant_id=assistant_id
    )


def no_item(path: Sequence[str], key: str) -> NotFound:
    """Return the error for an item of the store that is not there."""
    return NotFound(
        f"no item {key} under {'.'.join(path)}",
        reason="ITEM_NOT_FOUND",
        path=".".join(path),
        key=key,
    )

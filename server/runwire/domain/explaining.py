"""Tells why a run is where it is.

`explain` is given everything that can be known (the run, its place in the queue, the steps under
way, the workers) and decides; it reads nothing itself.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from runwire.domain.crashes import parking
from runwire.domain.explanation import Executor, Explanation, Place, WaitReason
from runwire.domain.namespace import local_id
from runwire.domain.run import Run, RunStatus
from runwire.domain.step import Step

MAX_NAMED: Final = 5
"""So many nodes, questions or workers at most are named."""

R = WaitReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What an explanation is made of. ``quiet_seconds`` is how long a worker may be silent."""

    run: Run
    place: Place | None
    steps: Sequence[Step]
    workers: Sequence[Executor]
    now: datetime
    lease_seconds: float
    quiet_seconds: float


def explain(known: Known) -> Explanation:
    """Return why a run is where it is."""
    return _BY_STATUS[known.run.status](known)


def _ended(known: Known) -> Explanation:
    run = known.run
    remedy = {
        RunStatus.FAILED: ("Fork it from a checkpoint to try again from there.",),
        RunStatus.CANCELLED: ("Fork it from a checkpoint to go on from there.",),
    }.get(run.status, ())
    return Explanation(
        reason=R.ENDED,
        summary=f"It has ended: {run.status.name}.",
        remedies=remedy if run.checkpoint is not None else (),
        since=run.ended_at,
    )


def _queued(known: Known) -> Explanation:
    run, place = known.run, known.place
    if run.ready_at > known.now:
        return Explanation(
            reason=R.START_TIME,
            summary="It waits for its start time.",
            remedies=("Wait, or cancel it and create one without start_delay.",),
            since=run.created_at,
            until=run.ready_at,
        )
    if place is not None and place.gate is not None:
        return _limited(run, place, place.gate)
    return _unserved(known)


def _limited(run: Run, place: Place, gate: WaitReason) -> Explanation:
    of, remedy = {
        R.CONCURRENCY_KEY: (
            f'the concurrency key "{place.gate_name}"',
            "Wait for one of them to end, or cancel one.",
        ),
        R.GRAPH_LIMIT: (
            f'the graph "{place.gate_name}"',
            "Wait for one of them to end, or raise the graph in the setting graph_limits.",
        ),
    }.get(
        gate,
        (
            f'the namespace "{place.gate_name}"',
            "Wait for one of them to end, or raise the namespace's quota of running runs.",
        ),
    )
    return Explanation(
        reason=gate,
        summary=f"It waits for a place: {place.limit} runs of {of} may be executed at a time.",
        remedies=(remedy,),
        since=max(run.ready_at, run.created_at),
        facts=_facts(limit=place.limit, name=place.gate_name, holders=", ".join(place.holders)),
    )


def _unserved(known: Known) -> Explanation:
    run, place = known.run, known.place
    queue = run.queue or "default"
    serving = [each for each in known.workers if run.queue in each.queues]
    able = [each for each in serving if run.graph_version or run.graph_id in each.graphs]
    since = max(run.ready_at, run.created_at)
    if not able:
        what = f'the queue "{queue}"' if not serving else f'the graph "{local_id(run.graph_id)}"'
        return Explanation(
            reason=R.NO_WORKER,
            summary=f"No worker that this server knows of serves {what}.",
            remedies=(
                f"Start one: runwire worker GRAPHS --queue {queue} --server ADDRESS, with the code"
                f' of "{local_id(run.graph_id)}".',
            ),
            since=since,
            facts=_facts(
                queue=queue,
                graph_id=local_id(run.graph_id),
                workers=_named([each.worker_id for each in known.workers]),
            ),
        )
    ahead = 0 if place is None else place.ahead
    more = place is not None and ahead >= place.counted > 0
    told = f"{ahead}{' or more' if more else ''} runs are before it"
    return Explanation(
        reason=R.CAPACITY,
        summary=f"It waits for a free place at a worker; {told} in the queue.",
        remedies=(
            f'Start more workers for the queue "{queue}", or let them take more (--max-runs).',
            "Runs of higher priority go first.",
        ),
        since=since,
        facts=_facts(
            queue=queue,
            ahead=ahead,
            free_places=sum(each.room for each in able),
            workers=_named([each.worker_id for each in able]),
        ),
    )


def _running(known: Known) -> Explanation:
    place = known.place
    if place is not None and place.lease_until is not None:
        silent = known.lease_seconds - (place.lease_until - known.now).total_seconds()
        if silent > known.quiet_seconds:
            return Explanation(
                reason=R.SILENT_WORKER,
                summary=f"Its worker has said nothing for {silent:.0f} s.",
                remedies=(
                    "Wait: when the lease has ended, another worker goes on from the checkpoint.",
                    "If no other worker serves its graph and queue, start one.",
                ),
                since=place.lease_until - timedelta(seconds=known.lease_seconds),
                until=place.lease_until,
                facts=_facts(worker_id=place.worker_id, lease_until=_time(place.lease_until)),
            )
    waiting = [step for step in known.steps if step.status is RunStatus.FAILED]
    going = [step for step in known.steps if step.status is RunStatus.RUNNING]
    if waiting and not going:
        return Explanation(
            reason=R.RETRY,
            summary=f"It waits to try again: {waiting[0].node}, {waiting[0].message}.",
            remedies=("Wait, or cancel it.",),
            since=waiting[0].started_at,
            facts=_facts(nodes=_named([step.node for step in waiting]), attempt=waiting[0].attempt),
        )
    return Explanation(
        reason=R.EXECUTING,
        summary=f"It is executed{_of_nodes(going)}.",
        since=min((step.started_at for step in going), default=known.run.started_at),
        facts=_facts(
            worker_id="" if place is None else place.worker_id,
            nodes=_named([step.node for step in going]),
            lease_until="" if place is None else _time(place.lease_until),
        ),
    )


def _interrupted(known: Known) -> Explanation:
    run = known.run
    asked = run.open_interrupts
    if run.crashes and any(parking(each) for each in asked):
        return Explanation(
            reason=R.PARKED,
            summary=f"It was parked: {len(run.crashes)} workers ended while they held it.",
            remedies=(
                "Find out what ended them (memory? a crash of native code?) in their logs.",
                f"Then let it go on: runwire runs resume {local_id(run.run_id)}; or cancel it.",
            ),
            since=asked[0].created_at,
            facts=_facts(
                workers=_named([each.worker_id for each in run.crashes]),
                nodes=_named([node for each in run.crashes for node in each.nodes]),
            ),
        )
    first = asked[0] if asked else None
    return Explanation(
        reason=R.ANSWER,
        summary="It waits for an answer."
        if first is None
        else f'"{first.node}" waits for an answer.',
        remedies=(f"Answer it: runwire runs resume {local_id(run.run_id)} ANSWER.",),
        since=None if first is None else first.created_at,
        facts=_facts(
            interrupts=_named([each.interrupt_id for each in asked]),
            question="" if first is None else first.value.decode(errors="replace")[:200],
        ),
    )


def _cancelling(known: Known) -> Explanation:
    going = [step for step in known.steps if step.status is RunStatus.RUNNING]
    return Explanation(
        reason=R.CANCELLATION,
        summary=f"It is being cancelled{_of_nodes(going)}.",
        remedies=("Wait: after its grace time it is CANCELLED whatever its nodes do.",),
        until=known.run.cancel_by,
        facts=_facts(nodes=_named([step.node for step in going]), why=known.run.cancel_reason),
    )


_BY_STATUS: Final[Mapping[RunStatus, Callable[[Known], Explanation]]] = {
    RunStatus.QUEUED: _queued,
    RunStatus.RUNNING: _running,
    RunStatus.INTERRUPTED: _interrupted,
    RunStatus.CANCELLING: _cancelling,
    RunStatus.SUCCEEDED: _ended,
    RunStatus.FAILED: _ended,
    RunStatus.CANCELLED: _ended,
}


def _of_nodes(steps: Sequence[Step]) -> str:
    return f": {_named([step.node for step in steps])}" if steps else ""


def _named(names: Sequence[str]) -> str:
    found = list(dict.fromkeys(names))
    more = len(found) - MAX_NAMED
    return ", ".join(found[:MAX_NAMED]) + (f" and {more} more" if more > 0 else "")


def _time(at: datetime | None) -> str:
    return "" if at is None else at.isoformat(timespec="milliseconds")


def _facts(**facts: object) -> Mapping[str, str]:
    return {name: str(value) for name, value in facts.items() if value not in ("", None)}

"""A server that runs: whether it answers, and whether runs move."""

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Final

from runwire.doctor.finding import Finding, ok, problem, warning
from runwire.doctor.reach import serves
from runwire_client import Client, Error, Run, RunStatus, Tls, WaitReason

WHAT: Final = "server"
SECONDS: Final = 5.0
LOOKED_AT: Final = 50
STUCK: Final = {
    WaitReason.NO_WORKER: "Start a worker that serves their queue and graph.",
    WaitReason.SILENT_WORKER: "Look at the worker: it stands still, or its machine is gone.",
    WaitReason.PARKED: "Find out what ends their workers, then resume or cancel them.",
}
"""What does not move by itself."""


def look_at(address: str, tls: Tls | None, *, asked_for: bool) -> Iterator[Finding]:
    """Look at a server, and at the oldest of its runs that have not ended.

    One that was not asked for need not be there.
    """
    if not serves(address, tls):
        if asked_for:
            yield problem(WHAT, f"{address} does not answer", "Start a server, or name another.")
        return
    try:
        with Client(address, tls=tls, timeout_seconds=SECONDS) as client:
            found = list(islice(_unfinished(client), LOOKED_AT))
            yield ok(WHAT, f"{address} answers")
            yield from _stuck(client, found)
    except Error as error:
        yield warning(
            WHAT, f"{address} answers {type(error).__name__}: {error}", "Mend that first."
        )


def _unfinished(client: Client) -> Iterator[Run]:
    statuses = (RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.INTERRUPTED)
    return client.runs.list(statuses=statuses, order_by="create_time", page_size=LOOKED_AT)


def _stuck(client: Client, runs: list[Run]) -> Iterator[Finding]:
    reasons: Counter[WaitReason] = Counter()
    first: dict[WaitReason, str] = {}
    for run in runs:
        found = client.runs.explain(run.run_id)
        reasons[found.reason] += 1
        first.setdefault(found.reason, f"{run.run_id}: {found.summary}")
    for reason, remedy in STUCK.items():
        if reasons[reason]:
            yield warning(
                "runs",
                f"{reasons[reason]} of the {len(runs)} oldest that have not ended do not move"
                f" ({reason}), such as {first[reason]}",
                remedy,
            )
    if runs and not any(reasons[reason] for reason in STUCK):
        yield ok("runs", f"the {len(runs)} oldest that have not ended all move, or wait for people")

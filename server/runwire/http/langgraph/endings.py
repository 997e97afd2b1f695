"""What is posted to where a run says, once it has ended."""

from datetime import datetime

from runwire.domain.run import Run, RunStatus
from runwire.http.langgraph.answers import Raw, written
from runwire.http.langgraph.shapes import NULL, error_of, run_json


def encode_ending(run: Run, left: bytes | None, at: datetime) -> bytes:
    """Return the run, what it has led to, and why it failed if it did."""
    values = run.output.data if run.status is RunStatus.SUCCEEDED and run.output else left
    told = {
        **run_json(run),
        "run_started_at": run.started_at,
        "run_ended_at": run.ended_at or at,
        "webhook_sent_at": at,
        "values": NULL if values is None else Raw(values),
    }
    if run.error is not None:
        told["error"] = error_of(run.error)
    return written(told)

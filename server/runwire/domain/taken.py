"""What exists already, in the same words wherever it is said."""

from runwire.domain.errors import AlreadyExists, Conflict


def run_exists(run_id: str) -> AlreadyExists:
    """Return the error for a run id that is taken."""
    return AlreadyExists(
        f"run {run_id} exists: choose another run_id, or send a request_id with creations that may"
        " be repeated",
        reason="RUN_ALREADY_EXISTS",
        run_id=run_id,
    )


def request_reused(request_id: str, run_id: str) -> AlreadyExists:
    """Return the error for a request id that was used for something else."""
    return AlreadyExists(
        f"request_id {request_id} was used for run {run_id} with another body: a new request needs"
        " a new request_id",
        reason="REQUEST_ID_REUSED",
        request_id=request_id,
        run_id=run_id,
    )


def thread_exists(thread_id: str) -> AlreadyExists:
    """Return the error for a thread id that is taken."""
    return AlreadyExists(
        f"thread {thread_id} exists: choose another thread_id, or say that it may exist",
        reason="THREAD_EXISTS",
        thread_id=thread_id,
    )


def thread_busy(thread_id: str) -> Conflict:
    """Return the error for what has to wait until no run of a thread goes on."""
    return Conflict(
        f"thread {thread_id} is busy with a run: wait until it has ended, cancel it, or create"
        " the run with another multitask strategy",
        reason="THREAD_BUSY",
        thread_id=thread_id,
    )

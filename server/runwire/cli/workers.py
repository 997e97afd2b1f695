"""`runwire workers`."""

import typer

from runwire.cli.caller import Caller, calling
from runwire.cli.output import literal
from runwire.cli.values import clock
from runwire_client import WorkerState

SHOWN_RUNS = 3
HELP = "Show who executes runs, and what each holds."

app = typer.Typer(add_completion=False, no_args_is_help=True, help=HELP)


@app.callback()
def workers() -> None:
    """Show who executes runs, and what each holds."""


@app.command("list")
@calling
def list_workers(caller: Caller) -> None:
    """List the workers that are alive or hold runs."""
    found = list(caller.client.admin.workers())
    if caller.output.as_json:
        caller.output.document(found)
        return
    caller.output.table(("WORKER", "WHERE", "QUEUES", "HOLDS", "RUNS", "HEARD"), map(_row, found))


def _row(worker: WorkerState) -> tuple[str, ...]:
    where = " ".join(filter(None, (worker.kind or "elsewhere", worker.address)))
    held = worker.run_count + worker.other_run_count
    runs = [run.run_id for run in worker.runs[:SHOWN_RUNS]]
    return (
        f"[bold]{literal(worker.worker_id)}[/]",
        literal(where) + (" [yellow]leaving[/]" if worker.leaving else ""),
        literal(", ".join(worker.queues)),
        f"{held} of {worker.capacity}" if worker.capacity else str(held),
        literal(", ".join(runs)) + (" …" if worker.run_count > SHOWN_RUNS else ""),
        clock(worker.heard_at),
    )

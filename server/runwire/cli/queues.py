"""`runwire queues`."""

import typer

from runwire.cli.caller import Caller, calling
from runwire.cli.output import literal
from runwire.cli.values import spell_seconds
from runwire_client import QueueState

HELP = "Show what waits in each queue, and how long it has."

app = typer.Typer(add_completion=False, no_args_is_help=True, help=HELP)


@app.callback()
def queues() -> None:
    """Show what waits in each queue, and how long it has."""


@app.command("list")
@calling
def list_queues(caller: Caller) -> None:
    """List the queues: what is ready, delayed, limited and running, and who takes it."""
    found = list(caller.client.admin.queues())
    if caller.output.as_json:
        caller.output.document(found)
        return
    columns = ("QUEUE", "READY", "LAG", "DELAYED", "LIMITED", "RUNNING", "WORKERS")
    caller.output.table(columns, map(_row, found))


def _row(queue: QueueState) -> tuple[str, ...]:
    return (
        f"[bold]{literal(queue.queue)}[/]",
        f"{queue.ready}{'+' if queue.more else ''}",
        spell_seconds(queue.lag_seconds) if queue.ready else "",
        *map(str, (queue.delayed, queue.limited, queue.running)),
        str(queue.workers) if queue.workers else "[yellow]none here[/]",
    )

"""The commands under `runwire runs` that change runs."""

from typing import Annotated

import typer

from runwire.cli.caller import Caller, calling
from runwire.cli.output import literal, status_markup
from runwire.cli.values import json_object, json_value, pairs
from runwire.cli.watching import follow
from runwire_client import Run

RunId = Annotated[str, typer.Argument(metavar="RUN", help="The run's id.")]
Watched = Annotated[bool, typer.Option("--watch", "-w", help="Watch it until it ends.")]


@calling
def cancel(
    caller: Caller,
    run_id: RunId,
    reason: Annotated[str, typer.Option(help="Shown in the run's events.")] = "",
) -> None:
    """Ask a run to end; it is CANCELLED within its grace time."""
    _tell(caller, caller.client.runs.cancel(run_id, reason))


@calling
def resume(
    caller: Caller,
    run_id: RunId,
    answer: Annotated[
        str, typer.Argument(metavar="JSON|@FILE", help="The answer.", show_default=False)
    ] = "null",
    interrupt_id: Annotated[
        str, typer.Option("--interrupt", help="The question, if more than one is open.")
    ] = "",
    watch: Watched = False,
) -> None:
    """Answer what an INTERRUPTED run asks."""
    before = caller.client.runs.get(run_id)
    value = json_value(answer, "JSON|@FILE")
    _tell(
        caller, caller.client.runs.resume(run_id, value, interrupt_id=interrupt_id), watch, before
    )


@calling
def fork(
    caller: Caller,
    run_id: RunId,
    checkpoint_id: Annotated[
        str, typer.Option("--checkpoint", help="Where to start; the newest if left out.")
    ] = "",
    update: Annotated[
        str, typer.Option(metavar="JSON|@FILE", help="Keys of the state to change first.")
    ] = "",
    new_run_id: Annotated[str, typer.Option("--run-id", help="Name the new run.")] = "",
    label: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="Instead of the old run's labels; repeatable."),
    ] = None,
    watch: Watched = False,
) -> None:
    """Start a new run from a checkpoint of another."""
    forked = caller.client.runs.fork(
        run_id,
        checkpoint_id,
        update=json_object(update, "--update") if update else None,
        new_run_id=new_run_id,
        labels=pairs(label, "--label") or None,
    )
    _tell(caller, forked, watch)


@calling
def delete(caller: Caller, run_id: RunId) -> None:
    """Delete a run that has ended, with its events, steps, checkpoints and artifacts."""
    caller.client.runs.delete(run_id)
    caller.output.line(f"deleted {literal(run_id)}")


def _tell(caller: Caller, run: Run, watch: bool = False, before: Run | None = None) -> None:
    """Show the run as it is now, or watch it from what is new on."""
    if watch:
        sequence = before.last_sequence + 1 if before else 0
        runs = caller.client.runs
        follow(caller, lambda told: runs.watch(run.run_id, sequence, on_compacted=told))
    elif caller.output.as_json:
        caller.output.document(run)
    else:
        caller.output.line(f"run [bold]{literal(run.run_id)}[/] {status_markup(run.status)}")

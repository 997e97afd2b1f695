"""Watching a run to its end, to its next question, or until Ctrl-C."""

from collections.abc import Callable, Iterator

import typer

from runwire.cli.caller import Caller
from runwire.cli.exits import Exit, exit_of_status
from runwire.cli.output import literal, status_markup
from runwire.cli.screens import Screen, screen_for
from runwire.cli.sentences import question
from runwire.cli.values import lasted
from runwire_client import Event, Run, RunStatus, Watch
from runwire_client.events import OnCompacted


def follow(caller: Caller, open_watch: Callable[[OnCompacted], Watch]) -> None:
    """Show a run's events until it ends or waits for an answer; exit by what became of it.

    A run that is INTERRUPTED stays so until somebody answers: only a question that is still open
    ends the watch, one in the past is history.
    """
    screen = screen_for(caller.output)
    watch = open_watch(screen.compacted)
    try:
        with watch, screen:
            run = watch.started()
            screen.started(run)
            waits = any(_waits(run, event) for event in _shown(watch, screen))
        conclude(caller, caller.client.runs.get(run.run_id) if waits else watch.run or run)
    except KeyboardInterrupt:
        _detach(caller, watch)
        raise typer.Exit(Exit.DETACHED) from None


def conclude(caller: Caller, run: Run) -> None:
    """Print how a run stands and exit by it."""
    if caller.output.as_json:
        caller.output.json_line({"kind": "ended" if run.status.final else "left", "run": run})
    else:
        _print_end(caller, run)
    raise typer.Exit(exit_of_status(run.status))


def _shown(watch: Watch, screen: Screen) -> Iterator[Event]:
    for event in watch:
        screen.event(event)
        yield event


def _waits(run: Run, event: Event) -> bool:
    if event.kind != "status_changed" or event.sequence < run.last_sequence:
        return False
    return event.data["to_status"] is RunStatus.INTERRUPTED


def _print_end(caller: Caller, run: Run) -> None:
    out = caller.output
    took = lasted(run.started_at, run.ended_at)
    out.line(
        f"run {literal(run.run_id)} {status_markup(run.status)}{' in ' + took if took else ''}"
    )
    if run.error:
        out.line(f"[red]{literal(run.error.message)}[/] [dim]{literal(run.error.reason)}[/]")
    if run.status is RunStatus.SUCCEEDED:
        out.document(run.output)
    for asked in run.interrupts:
        out.line(f"[bold]{literal(asked.node)}[/] {question(asked)}")
    if run.interrupts:
        answer = caller.command_line("runs", "resume", run.run_id, "JSON", "--watch")
        out.line(f"Answer with: {literal(answer)}")


def _detach(caller: Caller, watch: Watch) -> None:
    if not watch.run_id:
        return  # nothing was created yet
    sequence = str(max(watch.next_sequence, 1))
    back = caller.command_line("runs", "watch", watch.run_id, "--from", sequence)
    caller.output.line(f"Detached; the run goes on. Come back with: {literal(back)}")

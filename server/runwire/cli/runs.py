"""`runwire runs`: what can be read of runs; what changes them is in `moves`."""

from itertools import islice
from typing import Annotated

import typer

from runwire.cli import moves
from runwire.cli.caller import Caller, calling
from runwire.cli.output import literal, status_markup
from runwire.cli.sentences import question
from runwire.cli.values import clock, lasted, seconds_in, shortened
from runwire.cli.watching import follow
from runwire_client import Run, RunStatus

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="List, watch, cancel, resume and fork runs."
)

RunId = Annotated[str, typer.Argument(metavar="RUN", help="The run's id.")]
Limit = Annotated[int, typer.Option(min=1, help="At most this many.")]


@app.command()
@calling
def count(
    caller: Caller,
    graph_id: Annotated[str, typer.Option("--graph", help="Only of this graph.")] = "",
    window: Annotated[str, typer.Option(help="How far to look back, such as 2h or 7d.")] = "1h",
    buckets: Annotated[int, typer.Option(min=1, max=500, help="In so many parts.")] = 12,
) -> None:
    """Count runs by status, and what happened to them of late."""
    counts = caller.client.runs.count(
        graph_id=graph_id, window_seconds=seconds_in(window, "--window"), buckets=buckets
    )
    if caller.output.as_json:
        caller.output.document(counts)
        return
    rows = [
        (status_markup(status), f"{number}{'+' if status in counts.at_least else ''}")
        for status, number in counts.runs.items()
    ]
    caller.output.table(("STATUS", "RUNS"), rows)
    caller.output.line("")
    caller.output.table(
        ("FROM", "CREATED", "SUCCEEDED", "FAILED", "CANCELLED"),
        [
            (
                clock(each.started_at),
                *map(str, (each.created, each.succeeded, each.failed, each.cancelled)),
            )
            for each in counts.buckets
        ],
    )


@app.command("list")
@calling
def list_runs(
    caller: Caller,
    status: Annotated[
        list[RunStatus] | None, typer.Option(help="Only in this status; repeatable.")
    ] = None,
    wanted: Annotated[
        str, typer.Option("--filter", help="""Such as 'labels.team = "risk" timeout'.""")
    ] = "",
    thread_id: Annotated[str, typer.Option(help="Only of this thread.")] = "",
    order_by: Annotated[str, typer.Option(help="create_time or priority, perhaps desc.")] = "",
    limit: Limit = 50,
) -> None:
    """List runs, newest first."""
    runs = caller.client.runs.list(
        statuses=status or (),
        filter=wanted,
        thread_id=thread_id,
        order_by=order_by,
        page_size=min(limit, 1000),
    )
    found = list(islice(runs, limit))
    if caller.output.as_json:
        caller.output.document(found)
        return
    rows = [
        (
            f"[bold]{literal(each.run_id)}[/]",
            literal(each.graph_id),
            status_markup(each.status),
            clock(each.created_at),
            lasted(each.started_at, each.ended_at),
            literal(_spell_labels(each)),
        )
        for each in found
    ]
    caller.output.table(("RUN", "GRAPH", "STATUS", "CREATED", "TOOK", "LABELS"), rows)


@app.command()
@calling
def get(caller: Caller, run_id: RunId) -> None:
    """Show a run with its input, and its output, error or open questions."""
    run = caller.client.runs.get(run_id)
    if caller.output.as_json:
        caller.output.document(run)
    else:
        _describe(caller, run)


@app.command()
@calling
def watch(
    caller: Caller,
    run_id: RunId,
    from_sequence: Annotated[
        int, typer.Option("--from", min=0, help="First event wanted; 0 is the oldest retained.")
    ] = 0,
) -> None:
    """Show every event of a run, past and future, and exit by how it ended."""
    runs = caller.client.runs
    follow(caller, lambda told: runs.watch(run_id, from_sequence, on_compacted=told))


@app.command()
@calling
def state(
    caller: Caller,
    run_id: RunId,
    checkpoint_id: Annotated[
        str, typer.Option("--checkpoint", help="The checkpoint; the newest if left out.")
    ] = "",
) -> None:
    """Show the values that nodes read and write, and the nodes that run next."""
    found = caller.client.runs.state(run_id, checkpoint_id)
    if caller.output.as_json:
        caller.output.document(found)
        return
    saved = found.checkpoint
    caller.output.facts(
        {
            "checkpoint": literal(saved.checkpoint_id) if saved else "none yet",
            "next": literal(", ".join(found.next_nodes)),
        }
    )
    caller.output.document(found.values)
    for asked in found.interrupts:
        caller.output.line(f"[bold]{literal(asked.node)}[/] {question(asked)}")


@app.command()
@calling
def explain(caller: Caller, run_id: RunId) -> None:
    """Tell why a run does not move: what it waits for, since when, and what would move it."""
    found = caller.client.runs.explain(run_id)
    if caller.output.as_json:
        caller.output.document(found)
        return
    caller.output.line(f"[bold]{literal(found.summary)}[/]")
    caller.output.facts(
        {
            "reason": found.reason.value,
            "since": clock(found.since),
            "until": clock(found.until),
            **{name.replace("_", " "): literal(fact) for name, fact in found.facts.items()},
        }
    )
    for remedy in found.remedies:
        caller.output.line(f"→ {literal(remedy)}")


@app.command()
@calling
def steps(caller: Caller, run_id: RunId, limit: Limit = 200) -> None:
    """List the steps of a run, oldest first."""
    found = list(islice(caller.client.runs.steps(run_id, page_size=min(limit, 1000)), limit))
    if caller.output.as_json:
        caller.output.document(found)
        return
    rows = [
        (
            literal(each.step_id),
            literal(each.tool),
            status_markup(each.status),
            str(each.attempt),
            clock(each.started_at),
            lasted(each.started_at, each.ended_at),
            literal(shortened(each.note, 80)),
        )
        for each in found
    ]
    columns = ("STEP", "TOOL", "STATUS", "ATTEMPT", "STARTED", "TOOK", "NOTE")
    caller.output.table(columns, rows)


@app.command()
@calling
def checkpoints(caller: Caller, run_id: RunId, limit: Limit = 50) -> None:
    """List the checkpoints of a run, newest first; `fork` and `state` take them."""
    found = list(islice(caller.client.runs.checkpoints(run_id, page_size=min(limit, 1000)), limit))
    if caller.output.as_json:
        caller.output.document(found)
        return
    rows = [
        (
            literal(each.checkpoint_id),
            literal(", ".join(each.nodes)),
            literal(", ".join(each.next_nodes)),
            clock(each.created_at),
        )
        for each in found
    ]
    caller.output.table(("CHECKPOINT", "AFTER", "NEXT", "CREATED"), rows)


for change in (moves.cancel, moves.resume, moves.fork, moves.delete):
    app.command()(change)


def _describe(caller: Caller, run: Run) -> None:
    out = caller.output
    out.facts(
        {
            "run": f"[bold]{literal(run.run_id)}[/]",
            "graph": literal(run.graph_id),
            "status": status_markup(run.status),
            "labels": literal(_spell_labels(run)),
            "thread": literal(run.thread_id),
            "queue": literal(run.queue),
            "limit": literal(_spell_limit(run)),
            "attempt": str(run.attempt),
            "created": clock(run.created_at),
            "ready": clock(run.ready_at) if run.status is RunStatus.QUEUED else "",
            "started": clock(run.started_at),
            "ended": clock(run.ended_at),
            "took": lasted(run.started_at, run.ended_at),
            "forked from": literal(
                f"{run.forked_from_run_id} {run.forked_from_checkpoint_id}".strip()
            ),
            "error": f"[red]{literal(run.error.message)}[/]" if run.error else "",
        }
    )
    for asked in run.interrupts:
        out.line(f"[bold]{literal(asked.node)}[/] {question(asked)}")
    for crash in run.crashes:
        under_way = f" in {', '.join(crash.nodes)}" if crash.nodes else ""
        out.line(literal(f"worker {crash.worker_id} ended at {clock(crash.at)}{under_way}"))
    out.line("[dim]input[/]")
    out.document(run.input)
    if run.status is RunStatus.SUCCEEDED:
        out.line("[dim]output[/]")
        out.document(run.output)


def _spell_limit(run: Run) -> str:
    return f"{run.concurrency_limit} of {run.concurrency_key}" if run.concurrency_key else ""


def _spell_labels(run: Run) -> str:
    return " ".join(f"{key}={value}" for key, value in run.labels.items())

"""`runwire prune`."""

from typing import Annotated

import typer

from runwire.cli.caller import Caller, calling
from runwire.cli.output import literal
from runwire.cli.values import clock, seconds_in, spell_bytes

app = typer.Typer(add_completion=False)


@app.command()
@calling
def prune(
    caller: Caller,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would go; nothing is deleted.")
    ] = False,
    older_than: Annotated[
        str,
        typer.Option(
            metavar="AGE",
            help="Delete what ended longer ago than 90s, 30m, 12h, 7d or 2w; what the server's "
            "retention settings say if left out.",
        ),
    ] = "",
    graph: Annotated[str, typer.Option(metavar="GRAPH", help="Only runs of this graph.")] = "",
) -> None:
    """Delete ended runs that need not be kept, with all they own; the oldest end first.

    A server with retention settings does this by itself. Runs that have not ended never go.
    """
    age = seconds_in(older_than, "--older-than") if older_than else None
    pruned = caller.client.admin.prune(
        graph_id=graph, older_than_seconds=age, validate_only=dry_run
    )
    out = caller.output
    if out.as_json:
        out.document({"dry_run": dry_run, "graphs": pruned})
        return
    would = "would go" if dry_run else "deleted"
    if not pruned:
        out.line("nothing goes: no run that has ended is too old or too much")
        return
    rows = [
        (
            f"[bold]{literal(each.graph_id)}[/]",
            str(each.runs),
            spell_bytes(each.run_bytes),
            spell_bytes(each.artifact_bytes),
            clock(each.oldest_ended_at),
            clock(each.newest_ended_at),
        )
        for each in pruned
    ]
    out.table(("GRAPH", "RUNS", "RUN DATA", "ARTIFACTS", "OLDEST END", "NEWEST END"), rows)
    total = sum(each.run_bytes + each.artifact_bytes for each in pruned)
    out.line(f"\n{sum(each.runs for each in pruned)} runs {would}, {spell_bytes(total)}")

"""`runwire storage`."""

import typer

from runwire.cli.caller import Caller, calling
from runwire.cli.output import literal
from runwire.cli.values import spell_bytes, spell_seconds
from runwire_client.storage import GraphStorage

COLUMNS = (
    *("GRAPH", "RUNS", "UNFINISHED", "RUN DATA", "EVENTS", "CHECKPOINTS", "ARTIFACTS"),
    "KEPT FOR",
)

app = typer.Typer(add_completion=False)


@app.command()
@calling
def storage(caller: Caller) -> None:
    """Show what is stored, by graph, and how large the database is."""
    found = caller.client.admin.storage()
    out = caller.output
    if out.as_json:
        out.document(found)
        return
    out.table(COLUMNS, [_row(graph) for graph in found.graphs])
    out.line("")
    free = f", of it {spell_bytes(found.free_bytes)} free" if found.free_bytes else ""
    out.line(f"[dim]database[/] {spell_bytes(found.database_bytes)} on disk{free}")
    for name, size_bytes in found.tables.items():
        out.line(f"  [dim]{literal(name)}[/] {spell_bytes(size_bytes)}")


def _row(graph: GraphStorage) -> tuple[str, ...]:
    each = graph.statuses
    owned = f"{spell_bytes(graph.artifact_bytes)} in {graph.artifacts}" if graph.artifacts else ""
    return (
        f"[bold]{literal(graph.graph_id)}[/]" if graph.graph_id else "[dim]without a run[/]",
        str(graph.runs),
        str(sum(item.runs for item in each if not item.status.final) or ""),
        spell_bytes(graph.run_bytes),
        spell_bytes(sum(item.event_bytes for item in each)),
        spell_bytes(sum(item.checkpoint_bytes for item in each)),
        owned,
        _kept(graph),
    )


def _kept(graph: GraphStorage) -> str:
    age = graph.retention_seconds
    limits = [spell_seconds(age)] if age is not None else []
    limits += [spell_bytes(graph.retention_bytes)] if graph.retention_bytes else []
    return ", ".join(limits) if graph.graph_id else ""

"""`runwire graphs`."""

from typing import Annotated

import typer

from runwire.cli.caller import Caller, calling
from runwire.cli.output import literal
from runwire.cli.values import clock, json_object, shortened
from runwire_client import Graph, GraphEdge

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="List, describe and create graphs, and list tools.",
)

GraphId = Annotated[str, typer.Argument(metavar="GRAPH", help="The graph's id.")]


@app.command("list")
@calling
def list_graphs(caller: Caller) -> None:
    """List the graphs that this server can run."""
    found = list(caller.client.graphs.list())
    if caller.output.as_json:
        caller.output.document(found)
        return
    rows = [
        (
            f"[bold]{literal(each.graph_id)}[/]",
            str(each.version or ""),
            each.kind.value,
            str(len(each.nodes)),
            literal(shortened(each.description, 80)),
        )
        for each in found
    ]
    caller.output.table(("GRAPH", "VERSION", "KIND", "NODES", "DESCRIPTION"), rows)


@app.command()
@calling
def get(
    caller: Caller,
    graph_id: GraphId,
    version: Annotated[int, typer.Option(min=0, help="The version; the newest if 0.")] = 0,
) -> None:
    """Describe a graph: its nodes, its edges, and the input it takes."""
    graph = caller.client.graphs.get(graph_id, version=version)
    if caller.output.as_json:
        caller.output.document(graph)
    else:
        _describe(caller, graph)


@app.command()
@calling
def create(
    caller: Caller,
    definition: Annotated[str, typer.Argument(metavar="JSON|@FILE", help="The definition.")],
    validate_only: Annotated[
        bool, typer.Option("--validate-only", help="Only check it; store nothing.")
    ] = False,
) -> None:
    """Store a JSON definition over registered tools; a known id makes a new version."""
    value = json_object(definition, "JSON|@FILE")
    graph = caller.client.graphs.create(value, validate_only=validate_only)
    if caller.output.as_json:
        caller.output.document(graph)
        return
    name = f"[bold]{literal(graph.graph_id)}[/]"
    done = "is right" if validate_only else f"version {graph.version}"
    caller.output.line(f"graph {name} {done}")


@app.command()
@calling
def delete(caller: Caller, graph_id: GraphId) -> None:
    """Delete every version of a JSON graph; its runs stay."""
    caller.client.graphs.delete(graph_id)
    caller.output.line(f"deleted {literal(graph_id)}")


@app.command()
@calling
def tools(caller: Caller) -> None:
    """List the tools that JSON graphs can call."""
    found = list(caller.client.graphs.tools())
    if caller.output.as_json:
        caller.output.document(found)
        return
    rows = [
        (
            f"[bold]{literal(each.name)}[/]",
            literal(", ".join((each.arguments_schema or {}).get("properties", {}))),
            literal(shortened(each.description, 80)),
        )
        for each in found
    ]
    caller.output.table(("TOOL", "ARGUMENTS", "DESCRIPTION"), rows)


def _describe(caller: Caller, graph: Graph) -> None:
    out = caller.output
    out.facts(
        {
            "graph": f"[bold]{literal(graph.graph_id)}[/]",
            "kind": graph.kind.value,
            "version": str(graph.version or ""),
            "created": clock(graph.created_at),
            "description": literal(graph.description),
            "edges": literal(", ".join(_arrow(each) for each in graph.edges)),
        }
    )
    rows = [
        (
            literal(each.name),
            literal(each.tool),
            str(each.retries or ""),
            f"{each.timeout_seconds:g} s" if each.timeout_seconds else "",
            literal(shortened(each.description, 80)),
        )
        for each in graph.nodes
    ]
    out.line("")
    out.table(("NODE", "TOOL", "RETRIES", "TIMEOUT", "DESCRIPTION"), rows)
    out.line("\n[dim]input[/]")
    out.document(graph.input_schema)


def _arrow(edge: GraphEdge) -> str:
    ends = {"__start__": "START", "__end__": "END"}
    label = f" ({edge.label})" if edge.label else ""
    mark = "⇢" if edge.conditional else "→"
    return (
        f"{ends.get(edge.source, edge.source)} {mark} {ends.get(edge.target, edge.target)}{label}"
    )

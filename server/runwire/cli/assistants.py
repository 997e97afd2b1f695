"""`runwire assistants`: LangGraph graphs with a configuration."""

from itertools import islice
from typing import Annotated, Any

import typer

from runwire.cli.caller import Caller, calling
from runwire.cli.output import literal, shown
from runwire.cli.values import clock, json_object
from runwire_client import Assistant

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Make and list assistants: LangGraph graphs with a configuration.",
)

AssistantId = Annotated[str, typer.Argument(metavar="ASSISTANT", help="The assistant's id.")]
Given = Annotated[str, typer.Option(metavar="JSON|@FILE", help="A JSON object.")]


@app.command("list")
@calling
def list_assistants(
    caller: Caller,
    graph: Annotated[str, typer.Option(metavar="GRAPH", help="Only of this graph.")] = "",
    name: Annotated[str, typer.Option(help="Only with this in their name.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="At most this many.")] = 50,
) -> None:
    """List assistants, newest first."""
    found = caller.client.assistants.list(
        graph_id=graph, display_name=name, page_size=min(limit, 1000)
    )
    assistants = list(islice(found, limit))
    if caller.output.as_json:
        caller.output.document(assistants)
        return
    rows = [
        (
            f"[bold]{literal(each.assistant_id)}[/]",
            literal(each.graph_id),
            literal(each.display_name),
            str(each.version),
            clock(each.updated_at),
        )
        for each in assistants
    ]
    caller.output.table(("ASSISTANT", "GRAPH", "NAME", "VERSION", "UPDATED"), rows)


@app.command()
@calling
def get(caller: Caller, assistant_id: AssistantId) -> None:
    """Show an assistant: its graph, its version and what its runs are configured with."""
    _tell(caller, caller.client.assistants.get(assistant_id))


@app.command()
@calling
def create(
    caller: Caller,
    graph: Annotated[str, typer.Argument(metavar="GRAPH", help="The graph.")],
    assistant_id: Annotated[str, typer.Option("--id", help="Its id; one is made.")] = "",
    name: Annotated[str, typer.Option(help="What people call it.")] = "",
    description: Annotated[str, typer.Option(help="What it is for.")] = "",
    config: Given = "",
    context: Given = "",
    metadata: Given = "",
) -> None:
    """Make an assistant: a graph, and what its runs are configured with."""
    made = caller.client.assistants.create(
        graph,
        assistant_id=assistant_id,
        display_name=name,
        description=description,
        config=_object(config, "--config"),
        context=_object(context, "--context"),
        metadata=_object(metadata, "--metadata"),
    )
    _tell(caller, made)


@app.command()
@calling
def delete(
    caller: Caller,
    assistant_id: AssistantId,
    threads: Annotated[
        bool, typer.Option("--threads", help="Delete the threads, too, that it was used on.")
    ] = False,
) -> None:
    """Delete an assistant with all its versions."""
    caller.client.assistants.delete(assistant_id, delete_threads=threads)
    caller.output.line(f"deleted {literal(assistant_id)}")


def _object(text: str, option: str) -> dict[str, Any] | None:
    return json_object(text, option) if text else None


def _tell(caller: Caller, assistant: Assistant) -> None:
    if caller.output.as_json:
        caller.output.document(assistant)
        return
    known = {
        "config": assistant.config,
        "context": assistant.context,
        "metadata": assistant.metadata,
    }
    caller.output.facts(
        {
            "assistant": f"[bold]{literal(assistant.assistant_id)}[/]",
            "graph": literal(assistant.graph_id),
            "name": literal(assistant.display_name),
            "description": literal(assistant.description),
            "version": str(assistant.version),
            "created": clock(assistant.created_at),
            "updated": clock(assistant.updated_at),
            **{key: shown(value) for key, value in known.items() if value},
        }
    )

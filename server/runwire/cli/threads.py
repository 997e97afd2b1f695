"""`runwire threads`: the state that runs of LangGraph graphs share."""

from itertools import islice
from typing import Annotated

import typer

from runwire.cli.caller import Caller, calling
from runwire.cli.output import literal, shown, thread_markup
from runwire.cli.sentences import compact
from runwire.cli.values import clock, json_object
from runwire_client import Thread, ThreadCheckpoint, ThreadStatus

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Look at the threads of LangGraph graphs: their state and history.",
)

ThreadId = Annotated[str, typer.Argument(metavar="THREAD", help="The thread's id.")]
Limit = Annotated[int, typer.Option(min=1, help="At most this many.")]


@app.command("list")
@calling
def list_threads(
    caller: Caller,
    status: Annotated[ThreadStatus | None, typer.Option(help="Only in this status.")] = None,
    graph: Annotated[str, typer.Option(metavar="GRAPH", help="Only of this graph.")] = "",
    metadata: Annotated[
        str, typer.Option(metavar="JSON", help="""Only with these metadata: '{"user": "ann"}'.""")
    ] = "",
    limit: Limit = 50,
) -> None:
    """List threads, newest first."""
    found = caller.client.threads.list(
        status=status,
        graph_id=graph,
        metadata=json_object(metadata, "--metadata") if metadata else None,
        page_size=min(limit, 1000),
    )
    threads = list(islice(found, limit))
    if caller.output.as_json:
        caller.output.document(threads)
        return
    rows = [
        (
            f"[bold]{literal(each.thread_id)}[/]",
            literal(each.graph_id),
            thread_markup(each.status),
            clock(each.updated_at),
            compact(each.metadata, 60),
        )
        for each in threads
    ]
    caller.output.table(("THREAD", "GRAPH", "STATUS", "UPDATED", "METADATA"), rows)


@app.command()
@calling
def get(caller: Caller, thread_id: ThreadId) -> None:
    """Show a thread: what it waits for, and its values."""
    thread = caller.client.threads.get(thread_id)
    if caller.output.as_json:
        caller.output.document(thread)
    else:
        _describe(caller, thread)


@app.command()
@calling
def state(
    caller: Caller,
    thread_id: ThreadId,
    checkpoint_id: Annotated[
        str, typer.Option("--checkpoint", help="The checkpoint; the newest if left out.")
    ] = "",
    subgraphs: Annotated[bool, typer.Option(help="With the states of subgraphs.")] = False,
) -> None:
    """Show the values that nodes read and write, and the nodes that run next."""
    checkpoint = ThreadCheckpoint(checkpoint_id) if checkpoint_id else None
    found = caller.client.threads.state(thread_id, checkpoint, subgraphs=subgraphs)
    if caller.output.as_json:
        caller.output.document(found)
        return
    caller.output.facts(
        {
            "checkpoint": literal(found.checkpoint.checkpoint_id if found.checkpoint else ""),
            "next": literal(", ".join(found.next_nodes)),
        }
    )
    caller.output.document(found.values)


@app.command()
@calling
def history(caller: Caller, thread_id: ThreadId, limit: Limit = 20) -> None:
    """List the states that a thread has had, newest first."""
    found = caller.client.threads.history(thread_id, page_size=min(limit, 1000))
    states = list(islice(found, limit))
    if caller.output.as_json:
        caller.output.document(states)
        return
    rows = [
        (
            literal(each.checkpoint.checkpoint_id if each.checkpoint else ""),
            clock(each.created_at),
            literal(str((each.metadata or {}).get("step", ""))),
            literal(", ".join(each.next_nodes)),
            compact(each.values, 80),
        )
        for each in states
    ]
    caller.output.table(("CHECKPOINT", "SAVED", "STEP", "NEXT", "VALUES"), rows)


@app.command()
@calling
def copy(caller: Caller, thread_id: ThreadId) -> None:
    """Copy a thread with its state and history."""
    made = caller.client.threads.copy(thread_id)
    if caller.output.as_json:
        caller.output.document(made)
        return
    caller.output.line(f"thread [bold]{literal(made.thread_id)}[/] made")


@app.command()
@calling
def delete(caller: Caller, thread_id: ThreadId) -> None:
    """Delete a thread with its state, its history and its runs, also one that goes on."""
    caller.client.threads.delete(thread_id)
    caller.output.line(f"deleted {literal(thread_id)}")


def _describe(caller: Caller, thread: Thread) -> None:
    out = caller.output
    error = thread.error
    out.facts(
        {
            "thread": f"[bold]{literal(thread.thread_id)}[/]",
            "graph": literal(thread.graph_id),
            "status": thread_markup(thread.status),
            "created": clock(thread.created_at),
            "updated": clock(thread.updated_at),
            "expires": clock(thread.expires_at),
            "error": literal(f"{error.kind}: {error.message}") if error else "",
            "metadata": shown(thread.metadata) if thread.metadata else "",
        }
    )
    for asked in thread.interrupts:
        out.line(f"asks {literal(asked.interrupt_id)}: {shown(asked.value)}")
    if thread.values is not None:
        out.document(thread.values)

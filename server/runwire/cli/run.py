"""`runwire run`: create a run, and watch it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from runwire.cli.caller import Caller, calling
from runwire.cli.output import literal, status_markup
from runwire.cli.transfer import upload
from runwire.cli.values import json_object, json_value, pairs
from runwire.cli.watching import follow
from runwire.domain.run import MAX_LIMIT
from runwire_client import Command, RunOptions

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")

Artifacts = Annotated[
    list[str] | None,
    typer.Option(
        metavar="KEY=PATH",
        help="Store a file and put its artifact id under that key of the input; repeatable.",
    ),
]
Labels = Annotated[
    list[str] | None, typer.Option("--label", metavar="KEY=VALUE", help="Mark the run; repeatable.")
]

ThreadId = Annotated[
    str,
    typer.Option("--thread", "--thread-id", help="The thread whose state it reads and writes."),
]
Assistant = Annotated[
    str, typer.Option(help="Configure it as this assistant of the graph does: an id.")
]
Resume = Annotated[
    str,
    typer.Option(metavar="JSON|@FILE", help="Answer what the thread asks, in place of an input."),
]
Priority = Annotated[
    int, typer.Option(min=-(2**31), max=2**31 - 1, help="Higher runs first.", metavar="NUMBER")
]
Queue = Annotated[str, typer.Option(help="The queue whose workers may take it.")]
Delay = Annotated[
    float | None,
    typer.Option(min=0, metavar="SECONDS", help="How long to wait before it may be taken."),
]
ConcurrencyKey = Annotated[
    str, typer.Option(help="Runs with the same key count together for --concurrency-limit.")
]
ConcurrencyLimit = Annotated[
    int,
    typer.Option(
        min=0, max=MAX_LIMIT, help="It waits while so many with its key are executed; 0 is 1."
    ),
]

GraphId = Annotated[
    str, typer.Argument(metavar="GRAPH", help="The graph's id; `runwire graphs list` has them.")
]
Given = Annotated[
    str, typer.Option("--input", "-i", metavar="JSON|@FILE", help="The input; @- reads stdin.")
]
Watch = Annotated[bool, typer.Option("--watch", "-w", help="Watch it until it ends.")]
RunId = Annotated[str, typer.Option(help="Name the run; the same name never runs twice.")]
Timeout = Annotated[float | None, typer.Option(min=0.001, help="How long it may execute.")]


@app.command()
@calling
def run(
    caller: Caller,
    graph: GraphId,
    given: Given = "",
    artifact: Artifacts = None,
    watch: Watch = False,
    label: Labels = None,
    run_id: RunId = "",
    timeout_seconds: Timeout = None,
    thread_id: ThreadId = "",
    priority: Priority = 0,
    queue: Queue = "",
    delay: Delay = None,
    concurrency_key: ConcurrencyKey = "",
    concurrency_limit: ConcurrencyLimit = 0,
    assistant: Assistant = "",
    resume: Resume = "",
) -> None:
    """Create a run of a graph; with --watch, show it live and exit by how it ended."""
    wanted: dict[str, Any] = {
        "run_id": run_id,
        "labels": pairs(label, "--label"),
        "run_timeout_seconds": timeout_seconds,
        "thread_id": thread_id,
        "priority": priority,
        "queue": queue,
        "start_delay_seconds": delay,
        "concurrency_key": concurrency_key,
        "concurrency_limit": concurrency_limit,
        "assistant_id": assistant,
        "options": _options(resume),
    }
    value = _input(caller, given, artifact)
    if watch:
        watched = caller.client.runs.create_and_watch
        follow(caller, lambda told: watched(graph, value, on_compacted=told, **wanted))
    else:
        _start(caller, graph, value, wanted)


def _start(caller: Caller, graph: str, value: Any, wanted: Mapping[str, Any]) -> None:
    created = caller.client.runs.create(graph, value, **wanted)
    if caller.output.as_json:
        caller.output.document(created)
        return
    caller.output.line(f"run [bold]{literal(created.run_id)}[/] {status_markup(created.status)}")
    watching = caller.command_line("runs", "watch", created.run_id)
    caller.output.line(f"Watch it with: {literal(watching)}")


def _options(resume: str) -> RunOptions | None:
    if not resume:
        return None
    return RunOptions(command=Command(resume=json_value(resume, "--resume")))


def _input(caller: Caller, given: str, artifacts: list[str] | None) -> Any:
    if not artifacts:
        return json_value(given, "--input") if given else None
    value = json_object(given or "{}", "--input")
    for key, path in pairs(artifacts, "--artifact").items():
        value[key] = upload(caller, Path(path)).artifact_id
    return value

"""`runwire namespaces`."""

from itertools import islice
from typing import Annotated

import typer

from runwire.cli.caller import Caller, calling
from runwire.cli.output import literal
from runwire.cli.values import bytes_in, clock, spell_bytes
from runwire_client.namespaces import Namespace, Quotas

COLUMNS = ("NAMESPACE", "NAME", "STORED", "RUNNING", "QUEUED", "CREATED")

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Create, list, change and delete namespaces.",
)

Name = Annotated[str, typer.Argument(metavar="NAMESPACE", help="Lower-case letters, digits, '-'.")]
DisplayName = Annotated[str | None, typer.Option(help="What people call it.")]
StoredBytes = Annotated[
    str | None,
    typer.Option(
        metavar="SIZE", help="What its runs and artifacts may fill: 500MiB, 2GiB; 0: any."
    ),
]
RunningRuns = Annotated[
    int | None, typer.Option(min=0, help="Runs executed at the same time; 0: any number.")
]
QueuedRuns = Annotated[int | None, typer.Option(min=0, help="Runs queued; 0: any number.")]


@app.command()
@calling
def create(
    caller: Caller,
    name: Name,
    display_name: DisplayName = None,
    stored_bytes: StoredBytes = None,
    running_runs: RunningRuns = None,
    queued_runs: QueuedRuns = None,
) -> None:
    """Create a namespace."""
    quotas = Quotas(_bytes(stored_bytes) or 0, running_runs or 0, queued_runs or 0)
    made = caller.client.namespaces.create(name, display_name=display_name or "", quotas=quotas)
    _show(caller, made)


@app.command()
@calling
def get(caller: Caller, name: Name) -> None:
    """Show a namespace: its quotas, and what it holds."""
    _show(caller, caller.client.namespaces.get(name))


@app.command("list")
@calling
def list_namespaces(
    caller: Caller,
    limit: Annotated[int, typer.Option(min=1, help="At most this many.")] = 50,
) -> None:
    """List namespaces, by name."""
    found = list(islice(caller.client.namespaces.list(page_size=min(limit, 1000)), limit))
    if caller.output.as_json:
        caller.output.document(found)
        return
    caller.output.table(COLUMNS, [_row(each) for each in found])


@app.command()
@calling
def update(
    caller: Caller,
    name: Name,
    display_name: DisplayName = None,
    stored_bytes: StoredBytes = None,
    running_runs: RunningRuns = None,
    queued_runs: QueuedRuns = None,
) -> None:
    """Change what is given, and leave the rest."""
    changed = caller.client.namespaces.update(
        name,
        display_name=display_name,
        stored_bytes=_bytes(stored_bytes),
        running_runs=running_runs,
        queued_runs=queued_runs,
    )
    _show(caller, changed)


@app.command()
@calling
def delete(caller: Caller, name: Name) -> None:
    """Delete a namespace that holds nothing any more."""
    caller.client.namespaces.delete(name)
    if caller.output.as_json:
        caller.output.document({"namespace": name})
    else:
        caller.output.line(f"namespace {literal(name)} is deleted")


def _bytes(text: str | None) -> int | None:
    return None if text is None else bytes_in(text, "--stored-bytes")


def _show(caller: Caller, namespace: Namespace) -> None:
    if caller.output.as_json:
        caller.output.document(namespace)
        return
    stored, running, queued = _uses(namespace)
    caller.output.facts(
        {
            "namespace": literal(namespace.namespace),
            "name": literal(namespace.display_name),
            "stored": stored,
            "running": running,
            "queued": queued,
            "created": clock(namespace.created_at),
        }
    )


def _row(namespace: Namespace) -> tuple[str, ...]:
    return (
        f"[bold]{literal(namespace.namespace)}[/]",
        literal(namespace.display_name),
        *_uses(namespace),
        clock(namespace.created_at),
    )


def _uses(namespace: Namespace) -> tuple[str, str, str]:
    used, most = namespace.usage, namespace.quotas
    stored = f" of {spell_bytes(most.stored_bytes)}" if most.stored_bytes else ""
    running = f" of {most.running_runs}" if most.running_runs else ""
    queued = f" of {most.queued_runs}" if most.queued_runs else ""
    return (
        f"{spell_bytes(used.stored_bytes)}{stored}",
        f"{used.running_runs}{running}",
        f"{used.queued_runs}{queued}",
    )

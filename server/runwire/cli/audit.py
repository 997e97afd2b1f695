"""`runwire audit`."""

from itertools import islice
from typing import Annotated

import typer

from runwire.cli.caller import Caller, calling
from runwire.cli.output import literal
from runwire.cli.values import clock
from runwire_client import AuditEntry

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Show what callers changed.")


@app.callback()
def audit() -> None:
    """Show what callers changed."""


@app.command("list")
@calling
def list_entries(
    caller: Caller,
    filter: Annotated[  # noqa: A002 - the word of the protos
        str,
        typer.Option(
            help="AIP-160 over caller, namespace, method, code, event_time and subject, such as "
            '\'caller = "key:ci" AND subject.run_id = "r-1"\'.'
        ),
    ] = "",
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
) -> None:
    """List what callers changed or tried to change, newest first."""
    found = islice(caller.client.admin.audit(filter=filter), limit)
    if caller.output.as_json:
        for entry in found:
            caller.output.json_line(entry)
        return
    caller.output.table(
        ("TIME", "CALLER", "FROM", "NAMESPACE", "WHAT", "ON", "RESULT"), map(_row, found)
    )


def _row(entry: AuditEntry) -> tuple[str, ...]:
    subject = ", ".join(f"{key}={value}" for key, value in sorted(entry.subject.items()))
    return (
        clock(entry.at),
        literal(entry.caller),
        literal(entry.peer),
        literal(entry.namespace),
        literal(entry.method.rpartition("/")[2]),
        literal(subject),
        "[green]ok[/]" if not entry.code else f"[red]{literal(entry.reason or entry.code)}[/]",
    )

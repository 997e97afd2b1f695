"""`runwire keys`."""

import functools
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from runwire.cli.caller import Caller, calling
from runwire.cli.output import Output, literal
from runwire.cli.settings import load
from runwire.cli.values import clock, seconds_in
from runwire.operations import create_key
from runwire_client import Key

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Make, list and revoke API keys."
)

KeyId = Annotated[
    str, typer.Argument(metavar="KEY", help="The key's id, the middle of `rw_ID_SECRET`.")
]

Home = Annotated[
    str,
    typer.Option(
        "--in",
        metavar="NAMESPACE",
        help="The namespace it belongs to: the one that is acted in if left out, * for all;"
        " with --local, all.",
    ),
]
Graphs = Annotated[
    list[str] | None,
    typer.Option(
        help="A graph it may see, a prefix with * at its end; repeatable. All if left out."
    ),
]
Lifetime = Annotated[
    str,
    typer.Option(metavar="AGE", help="How long it counts, such as 90d; for ever if left out."),
]
PerSecond = Annotated[
    float, typer.Option(min=0, help="Calls a second on average; the server's setting if 0.")
]
AtOnce = Annotated[
    int, typer.Option(min=0, help="Calls at once after a pause; the server's setting if 0.")
]
Local = Annotated[
    bool,
    typer.Option(
        "--local",
        help="Write it into the database itself, without asking a server: for the first key.",
    ),
]
DataDir = Annotated[Path | None, typer.Option(help="Of --local: where the data are.")]
DatabaseUrl = Annotated[
    str | None, typer.Option(help="Of --local: sqlite:///path or postgresql://….")
]


class RoleName(StrEnum):
    """What the bearer of a key may do."""

    READER = "reader"
    RUNNER = "runner"
    ADMIN = "admin"
    WORKER = "worker"


@app.command()
@functools.partial(calling, offline="local")
def create(
    caller: Any,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What people shall call it.")],
    role: Annotated[RoleName, typer.Option(help="What its bearer may do.")] = RoleName.READER,
    home: Home = "",
    graph: Graphs = None,
    lifetime: Lifetime = "",
    calls_per_second: PerSecond = 0,
    burst_calls: AtOnce = 0,
    local: Local = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Make a key, and show its secret: nobody can see it again."""
    seconds = seconds_in(lifetime, "--lifetime") if lifetime else None
    if local:
        settings = load(data_dir=data_dir, database_url=database_url)
        made: Any = create_key(
            settings,
            display_name=name,
            role=role.value,
            namespace=home,
            graphs=graph or (),
            lifetime_seconds=seconds,
        )
    else:
        made = caller.client.keys.create(
            name,
            role=role.value,
            namespace=home,
            graphs=graph or (),
            lifetime_seconds=seconds,
            calls_per_second=calls_per_second,
            burst_calls=burst_calls,
        )
    _show(caller if local else caller.output, made)


def _show(out: Output, made: Any) -> None:
    if out.as_json:
        out.document({"key": made.key, "secret": made.secret})
        return
    out.facts(_facts(made.key))
    out.line("\nIts secret, shown this once: send it as `authorization: Bearer …` or `x-api-key`,")
    out.line("or put it into RUNWIRE_API_KEY for this command line.\n")
    out.line(f"[bold]{literal(made.secret)}[/]")


@app.command("list")
@calling
def list_keys(caller: Caller) -> None:
    """List the keys of the caller's namespace, newest first."""
    found = list(caller.client.keys.list())
    if caller.output.as_json:
        caller.output.document(found)
        return
    rows = [
        (
            f"[bold]{literal(each.key_id)}[/]",
            literal(each.display_name),
            each.role.value,
            literal(each.namespace),
            literal(", ".join(each.graphs)),
            clock(each.created_at),
            clock(each.last_used_at),
            _end_of(each),
        )
        for each in found
    ]
    columns = ("KEY", "NAME", "ROLE", "NAMESPACE", "GRAPHS", "CREATED", "LAST USED", "ENDS")
    caller.output.table(columns, rows)


@app.command()
@calling
def get(caller: Caller, key_id: KeyId) -> None:
    """Show a key, without its secret."""
    key = caller.client.keys.get(key_id)
    if caller.output.as_json:
        caller.output.document(key)
    else:
        caller.output.facts(_facts(key))


@app.command()
@calling
def revoke(caller: Caller, key_id: KeyId) -> None:
    """Revoke a key for ever: at once on the server asked, within 5 s on others."""
    key = caller.client.keys.revoke(key_id)
    if caller.output.as_json:
        caller.output.document(key)
    else:
        caller.output.line(f"revoked {literal(key.key_id)}, {literal(key.display_name)}")


@app.command()
@calling
def whoami(caller: Caller) -> None:
    """Show who the server takes the caller to be."""
    found = caller.client.keys.identity()
    if caller.output.as_json:
        caller.output.document(found)
        return
    caller.output.facts(
        {
            "name": literal(found.name),
            "role": found.role.value,
            "namespace": literal("*" if found.everywhere else found.namespace),
            "graphs": literal(", ".join(found.graphs)),
            "": "" if found.authenticated else "the server asks nobody who they are",
        }
    )


def _facts(key: Any) -> Mapping[str, str]:
    return {
        "key": f"[bold]{literal(key.key_id)}[/]",
        "name": literal(key.display_name),
        "role": key.role.value,
        "namespace": literal(key.namespace),
        "graphs": literal(", ".join(key.graphs)),
        "created": clock(key.created_at),
        "expires": clock(key.expires_at),
        "revoked": clock(key.revoked_at),
        "last used": clock(key.last_used_at),
        "calls a second": f"{key.calls_per_second:g}" if key.calls_per_second else "",
        "calls at once": str(key.burst_calls or ""),
    }


def _end_of(key: Key) -> str:
    if key.revoked_at is not None:
        return f"[red]revoked[/] {clock(key.revoked_at)}"
    return clock(key.expires_at)

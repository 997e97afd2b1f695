"""`runwire store`: the items that LangGraph graphs read and write besides their state."""

from itertools import islice
from typing import Annotated

import typer

from runwire.cli.caller import Caller, calling
from runwire.cli.output import literal
from runwire.cli.sentences import compact
from runwire.cli.values import clock, json_object, seconds_in

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Put, get and list items of the store that graphs share.",
)

Place = Annotated[
    str, typer.Argument(metavar="PATH", help="Where: parts with dots between, as users.ann.")
]
Key = Annotated[str, typer.Argument(metavar="KEY", help="The item's key.")]


@app.command()
@calling
def put(
    caller: Caller,
    path: Place,
    key: Key,
    value: Annotated[str, typer.Argument(metavar="JSON|@FILE", help="A JSON object.")],
    ttl: Annotated[
        str, typer.Option(metavar="DURATION", help="How long to keep it: 30m, 12h, 7d.")
    ] = "",
) -> None:
    """Put an item into the store, in the place of one with the same path and key."""
    caller.client.store.put(
        _parts(path),
        key,
        json_object(value, "JSON"),
        ttl_seconds=seconds_in(ttl, "--ttl") if ttl else None,
    )
    caller.output.line(f"put {literal(path)} {literal(key)}")


@app.command()
@calling
def get(caller: Caller, path: Place, key: Key) -> None:
    """Show an item's value."""
    item = caller.client.store.get(_parts(path), key)
    caller.output.document(item if caller.output.as_json else item.value)


@app.command("list")
@calling
def list_items(
    caller: Caller,
    prefix: Annotated[
        str, typer.Argument(metavar="[PATH]", help="Only items whose path begins so.")
    ] = "",
    wanted: Annotated[
        str, typer.Option("--filter", metavar="JSON", help="""Such as '{"kind": "note"}'.""")
    ] = "",
    query: Annotated[str, typer.Option(help="The nearest to this text first.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="At most this many.")] = 50,
) -> None:
    """List items, newest first."""
    found = caller.client.store.search(
        _parts(prefix),
        filter=json_object(wanted, "--filter") if wanted else None,
        query=query,
        page_size=min(limit, 1000),
        keep_ttl=True,
    )
    items = list(islice(found, limit))
    if caller.output.as_json:
        caller.output.document(items)
        return
    rows = [
        (
            literal(".".join(each.path)),
            f"[bold]{literal(each.key)}[/]",
            clock(each.updated_at),
            compact(each.value, 80),
        )
        for each in items
    ]
    caller.output.table(("PATH", "KEY", "UPDATED", "VALUE"), rows)


@app.command()
@calling
def delete(caller: Caller, path: Place, key: Key) -> None:
    """Delete an item, if there is one."""
    caller.client.store.delete(_parts(path), key)
    caller.output.line(f"deleted {literal(path)} {literal(key)}")


def _parts(path: str) -> list[str]:
    return path.split(".") if path else []

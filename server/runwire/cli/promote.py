"""`runwire promote`."""

from pathlib import Path
from typing import Annotated

import typer

from runwire.cli.output import Output, literal
from runwire.cli.saying import reported
from runwire.cli.settings import load
from runwire.cli.values import spell_seconds
from runwire.operations import promote as promote_database
from runwire.operations import undo_promotion
from runwire.spelling import masked
from runwire.stores.promotion import Promoted
from runwire.telemetry import set_up_logs

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


@app.command()
def promote(
    to: Annotated[
        str, typer.Option("--to", metavar="URL", help="The empty database: postgresql://….")
    ] = "",
    data_dir: Annotated[Path | None, typer.Option(help="Where the SQLite file is.")] = None,
    database_url: Annotated[str | None, typer.Option(help="The file: sqlite:///path.")] = None,
    stop_server: Annotated[
        bool,
        typer.Option("--stop-server", help="Stop the server that has the file, once most is over."),
    ] = False,
    wait_seconds: Annotated[
        float, typer.Option(min=0, help="How long to wait for the server to stop.")
    ] = 3600,
    undo: Annotated[
        bool, typer.Option("--undo", help="Let a file be served again that was moved.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Move everything from a SQLite file to PostgreSQL: runs in flight, events, cursors and all.

    Most is copied while the server works; it has to stop only for the rest. If anything goes wrong,
    the file can still be served: run the same command again, and it goes on where it was.
    """
    if bool(to) == undo:
        raise typer.BadParameter("give it, or --undo, and not both", param_hint="--to")
    with reported():
        settings = load(data_dir=data_dir, database_url=database_url)
        set_up_logs(settings.log_level, settings.log_format)
        out = Output(as_json=as_json)
        if undo:
            place = undo_promotion(settings)
            out.line(f"it can be served again; everything had gone to {literal(place)}")
            return
        target = load(database_url=to).database_url
        done = promote_database(
            settings,
            target,
            stop_server=stop_server,
            wait_seconds=wait_seconds,
            tell=lambda text: out.line(f"[dim]{literal(text)}[/]"),
        )
        _tell(out, done, masked(to))


def _tell(out: Output, done: Promoted, place: str) -> None:
    if out.as_json:
        out.document(done)
        return
    out.table(("TABLE", "ROWS"), [(name, str(count)) for name, count in done.rows.items()])
    took = spell_seconds(done.copied_seconds)
    down = done.downtime_seconds
    stood = "no server was running" if down is None else f"downtime {down:.2f} s so far"
    out.line(f"\nmoved in {took}, {stood}; counts and sums of every table agree")
    where = f"runwire serve --database-url {literal(place)}"
    out.line(f"now start [bold]{where}[/] with the same artifacts")

"""`runwire migrate`."""

from pathlib import Path
from typing import Annotated

import typer

from runwire.cli.output import Output, literal
from runwire.cli.saying import reported
from runwire.cli.settings import load
from runwire.operations import compact as compact_database
from runwire.operations import migrate as migrate_database
from runwire.spelling import named
from runwire.telemetry import set_up_logs

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


@app.command()
def migrate(
    database_url: Annotated[
        str | None, typer.Option(help="sqlite:///path or postgresql://….")
    ] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Where the SQLite file is.")] = None,
    compact: Annotated[
        bool,
        typer.Option("--compact", help="Also rewrite the SQLite file; needs as much disk again."),
    ] = False,
) -> None:
    """Bring the database to this version; `serve` does it by itself on SQLite."""
    with reported():
        settings = load(database_url=database_url, data_dir=data_dir)
        set_up_logs(settings.log_level, settings.log_format)
        migrate_database(settings)
        if compact:
            compact_database(settings)
        where = literal(named(settings.database_url))
        Output(as_json=False).line(f"{where} has the tables of this version")

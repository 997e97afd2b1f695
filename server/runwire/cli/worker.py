"""`runwire worker`."""

import logging
import os
import sys
import threading
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from runwire.cli.caller import DEFAULT_SERVER, reported, secured
from runwire.cli.output import WIDE, literal
from runwire.cli.settings import load
from runwire.config import Settings
from runwire.telemetry import set_up_logs
from runwire.worker import run

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")
log = logging.getLogger(__name__)


@app.command()
def worker(
    graphs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="GRAPH",
            help="module:variable, path.py:variable, or a module of tools; NAME= before it names "
            "the graph. The configured ones if left out.",
            show_default=False,
        ),
    ] = None,
    server: Annotated[
        list[str] | None,
        typer.Option(
            envvar="RUNWIRE_SERVER",
            help="host:port or unix:/path; repeatable: the next one is tried if one is gone.",
            show_default=DEFAULT_SERVER,
        ),
    ] = None,
    queues: Annotated[
        str | None, typer.Option(help="Take runs of these queues, with commas between them.")
    ] = None,
    max_runs: Annotated[int | None, typer.Option(help="Runs executed at the same time.")] = None,
    tools: Annotated[
        list[str] | None, typer.Option("--tools", help="A module with @tool functions; repeatable.")
    ] = None,
    drain_seconds: Annotated[
        float | None, typer.Option(help="How long running nodes get at the end.")
    ] = None,
    tls: Annotated[bool, typer.Option("--tls", envvar="RUNWIRE_TLS", help="Speak TLS.")] = False,
    ca_certificate: Annotated[
        Path | None,
        typer.Option(
            envvar="RUNWIRE_CA_CERTIFICATE",
            help="Trust this instead of the system's, PEM; means --tls.",
        ),
    ] = None,
    client_certificate: Annotated[
        Path | None,
        typer.Option(envvar="RUNWIRE_CLIENT_CERTIFICATE", help="Shown to the server, PEM."),
    ] = None,
    client_key: Annotated[
        Path | None, typer.Option(envvar="RUNWIRE_CLIENT_KEY", help="Its key, PEM.")
    ] = None,
    log_level: Annotated[str | None, typer.Option(help="debug, info, warning or error.")] = None,
    log_format: Annotated[str | None, typer.Option(help="console or json.")] = None,
    attached: Annotated[bool, typer.Option("--attached", hidden=True)] = False,
) -> None:
    """Execute runs for a server; Ctrl-C or SIGTERM ends it, and nothing is lost.

    A worker needs the code of its graphs and the way to a server, and no database. If the server
    goes away, what runs goes on, and the worker connects again.
    """
    with reported():
        settings = load(
            graphs=graphs or None,
            tools=tools or None,
            queues=queues,
            max_runs=max_runs,
            drain_seconds=drain_seconds,
            log_level=log_level,
            log_format=log_format,
        )
        set_up_logs(settings.log_level, settings.log_format)
        if attached:
            threading.Thread(target=_follow, name="runwire-attached", daemon=True).start()
        found = secured(
            tls=tls,
            ca_certificate=ca_certificate,
            client_certificate=client_certificate,
            client_key=client_key,
        )
        run(
            settings,
            server or [DEFAULT_SERVER],
            credentials=found.credentials() if found else None,
            local=attached,
            on_connected=None if attached else lambda where: greet(settings, where),
        )


def greet(settings: Settings, server: str) -> None:
    """Say that the worker is connected, and where."""
    if settings.log_format == "json":
        return  # the log has it
    console = Console(highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = WIDE
    console.print(f"[bold]Runwire[/] works for [bold]{literal(server)}[/]", soft_wrap=True)
    console.file.flush()


def _follow() -> None:
    """End with the process that holds the other end of the standard input, however that ends."""
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os._exit(1)

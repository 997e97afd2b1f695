"""`runwire serve`."""

import logging
import shlex
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from runwire.cli.caller import DEFAULT_SERVER, reported
from runwire.cli.output import WIDE, literal
from runwire.cli.samples import example_of
from runwire.cli.settings import load
from runwire.config import Settings
from runwire.server import Server, run
from runwire.telemetry import set_up_logs

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")
log = logging.getLogger(__name__)

GraphLimits = Annotated[
    list[str] | None,
    typer.Option(
        "--graph-limits",
        metavar="GRAPH=N",
        help="Execute so many runs of a graph at the same time; repeatable.",
    ),
]
MaxCrashes = Annotated[
    int | None, typer.Option(help="After how many crashed workers a run is parked.")
]


@app.command()
def serve(
    graphs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="GRAPH",
            help="module:variable, path.py:variable, path.json, or a module of tools; NAME= before "
            "it names the graph. The configured ones if left out.",
            show_default=False,
        ),
    ] = None,
    grpc_address: Annotated[
        str | None, typer.Option(help="host:port or unix:/path.", show_default=DEFAULT_SERVER)
    ] = None,
    data_dir: Annotated[
        Path | None, typer.Option(help="Where everything durable rests.", show_default=".runwire")
    ] = None,
    database_url: Annotated[
        str | None, typer.Option(help="sqlite:///path or postgresql://….")
    ] = None,
    artifacts_url: Annotated[str | None, typer.Option(help="A directory or a bucket.")] = None,
    tools: Annotated[
        list[str] | None, typer.Option("--tools", help="A module with @tool functions; repeatable.")
    ] = None,
    max_runs: Annotated[int | None, typer.Option(help="Runs executed at the same time.")] = None,
    worker: Annotated[
        bool | None,
        typer.Option("--worker/--no-worker", help="Whether this server executes runs itself."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="Execute runs in so many processes of their own.")
    ] = None,
    queues: Annotated[
        str | None, typer.Option(help="Take runs of these queues, with commas between them.")
    ] = None,
    graph_limits: GraphLimits = None,
    max_crashes: MaxCrashes = None,
    drain_seconds: Annotated[
        float | None, typer.Option(help="How long running nodes get at shutdown.")
    ] = None,
    log_level: Annotated[str | None, typer.Option(help="debug, info, warning or error.")] = None,
    log_format: Annotated[str | None, typer.Option(help="console or json.")] = None,
    tls_certificate: Annotated[Path | None, typer.Option(help="Serve TLS with this, PEM.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its key, PEM.")] = None,
    tls_client_ca: Annotated[
        Path | None, typer.Option(help="Callers must show a certificate signed by this, PEM.")
    ] = None,
    allow_remote: Annotated[
        bool | None,
        typer.Option("--allow-remote", help="Let other machines call without a certificate."),
    ] = None,
) -> None:
    """Start a server with graphs; Ctrl-C or SIGTERM ends it, and nothing is lost.

    Every flag is a setting: `RUNWIRE_MAX_RUNS=8` in the environment or in `.env` and `max_runs = 8`
    in `runwire.toml` say the same as `--max-runs 8`.
    """
    flags = {name: value for name, value in locals().items() if value not in (None, [], ())}
    with reported():
        settings = load(**flags)
        set_up_logs(settings.log_level, settings.log_format)
        run(settings, on_started=lambda server: greet(settings, server))


def greet(settings: Settings, server: Server) -> None:
    """Say where the server is and what to try."""
    grpc_address = server.grpc_address
    if settings.log_format == "json":
        log.info("serving", extra={"grpc_address": grpc_address})
        return
    console = Console(highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = WIDE
    graph, given = example_of(server.graphs)
    there = "" if grpc_address == DEFAULT_SERVER else f" --server {grpc_address}"
    lines = (
        f"[bold]Runwire[/] serves gRPC at [bold]{literal(grpc_address)}[/]"
        f"{' over TLS' if settings.tls else ''}, data in {literal(settings.data_dir)}",
        "[dim]Try, in another terminal:[/]",
        f"  runwire graphs list{there}",
        f"  runwire run {literal(graph)} --input {literal(shlex.quote(given))} --watch{there}",
        f"  {literal(_grpcurl(settings, grpc_address))} list",
    )
    for line in lines:
        console.print(line, soft_wrap=True)
    console.file.flush()


def _grpcurl(settings: Settings, address: str) -> str:
    how = f"-cacert {settings.tls_certificate}" if settings.tls else "-plaintext"
    if address.startswith("unix:"):
        return f"grpcurl {how} -unix {address.removeprefix('unix:')}"
    return f"grpcurl {how} {address}"

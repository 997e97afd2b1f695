"""`runwire worker`."""

import logging
import os
import sys
import threading
from typing import Final

import typer

from runwire.cli import options
from runwire.cli.caller import secured
from runwire.cli.options import DEFAULT_SERVER
from runwire.cli.saying import reported, say
from runwire.cli.settings import load, tell_ignored
from runwire.config import Settings
from runwire.telemetry import set_up_logs
from runwire.worker import run

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")
log = logging.getLogger(__name__)

MAX_KEY_CHARACTERS: Final = 200


@app.command()
def worker(
    graphs: options.WorkedGraphs = None,
    server: options.Servers = None,
    queues: options.Queues = None,
    max_runs: options.MaxRuns = None,
    tools: options.Tools = None,
    drain_seconds: options.DrainSeconds = None,
    log_level: options.LogLevel = None,
    log_format: options.LogFormat = None,
    otel_endpoint: options.OtelEndpoint = None,
    tls: options.SpeakTls = False,
    ca_certificate: options.CaCertificate = None,
    client_certificate: options.ClientCertificate = None,
    client_key: options.ClientKey = None,
    api_key: options.ApiKey = "",
    attached: options.Attached = False,
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
            otel_endpoint=otel_endpoint,
        )
        _set_up_logs(settings, attached=attached)
        api_key = _attach() if attached else api_key
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
            api_key=api_key,
            local=attached,
            on_connected=None if attached else lambda where: greet(settings, where),
        )


def _set_up_logs(settings: Settings, *, attached: bool) -> None:
    set_up_logs(settings.log_level, settings.log_format)
    if not attached:  # else whoever has started this process has told it already
        tell_ignored()


def greet(settings: Settings, server: str) -> None:
    """Say that the worker is connected, and where."""
    if settings.log_format == "json":
        return  # the log has it
    say(f"{typer.style('Runwire', bold=True)} works for {typer.style(server, bold=True)}")


def _attach() -> str:
    """Return the key that whoever started this process has put into its standard input."""
    api_key = sys.stdin.readline(MAX_KEY_CHARACTERS).strip()
    threading.Thread(target=_follow, name="runwire-attached", daemon=True).start()
    return api_key


def _follow() -> None:
    """End with the process that holds the other end of the standard input, however that ends."""
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os._exit(1)

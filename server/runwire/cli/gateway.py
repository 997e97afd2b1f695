"""`runwire gateway`."""

import logging
from typing import Annotated

import typer

from runwire.cli import options
from runwire.cli.caller import secured
from runwire.cli.options import DEFAULT_SERVER
from runwire.cli.saying import reported, say
from runwire.cli.serve import web_url
from runwire.cli.settings import load
from runwire.config import Settings
from runwire.domain.errors import invalid
from runwire.gateway import run
from runwire.spelling import OFF
from runwire.telemetry import set_up_logs

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")
log = logging.getLogger(__name__)


@app.command()
def gateway(
    target: Annotated[
        str,
        typer.Option(envvar="RUNWIRE_SERVER", help="The gRPC server: host:port or unix:/path."),
    ] = DEFAULT_SERVER,
    http_address: options.HttpAddress = None,
    http_cors_origins: options.HttpCorsOrigins = None,
    dashboard: options.Dashboard = None,
    drain_seconds: options.DrainSeconds = None,
    log_level: options.LogLevel = None,
    log_format: options.LogFormat = None,
    tls_certificate: options.TlsCertificate = None,
    tls_key: options.TlsKey = None,
    tls_client_ca: options.TlsClientCa = None,
    allow_remote: options.AllowRemote = None,
    tls: options.SpeakTls = False,
    ca_certificate: options.CaCertificate = None,
    client_certificate: options.ClientCertificate = None,
    client_key: options.ClientKey = None,
) -> None:
    """Serve HTTP for a gRPC server elsewhere.

    A server serves HTTP itself; this puts it on a machine of its own. `--tls-certificate` is what
    callers see, `--tls` and `--ca-certificate` how the server is reached; keys are passed on.
    """
    with reported():
        settings = load(
            http_address=http_address,
            http_cors_origins=http_cors_origins,
            dashboard=dashboard,
            drain_seconds=drain_seconds,
            log_level=log_level,
            log_format=log_format,
            tls_certificate=tls_certificate,
            tls_key=tls_key,
            tls_client_ca=tls_client_ca,
            allow_remote=allow_remote,
        )
        if settings.http_address == OFF:
            raise invalid("http_address", "must not be off: a gateway has nothing else to serve")
        set_up_logs(settings.log_level, settings.log_format)
        found = secured(
            tls=tls,
            ca_certificate=ca_certificate,
            client_certificate=client_certificate,
            client_key=client_key,
        )
        run(settings, target, found.credentials() if found else None, on_started=greet)


def greet(settings: Settings, target: str, address: str) -> None:
    """Say where the gateway is, and what it is for."""
    if settings.log_format == "json":
        log.info("serving", extra={"http_address": address, "target": target})
        return
    where = web_url("https" if settings.tls else "http", address)
    say(
        f"{typer.style('Runwire', bold=True)} serves HTTP at {typer.style(where, bold=True)}"
        f" for the gRPC server {typer.style(target, bold=True)}"
    )

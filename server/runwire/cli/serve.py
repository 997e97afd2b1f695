"""`runwire serve`."""

import logging
import shlex
from collections.abc import Sequence

import typer

from runwire.cli import options
from runwire.cli.options import DEFAULT_SERVER
from runwire.cli.samples import example_of
from runwire.cli.saying import reported, say
from runwire.cli.settings import load, tell_ignored
from runwire.config import Settings
from runwire.http.dashboard_files import is_built
from runwire.http.server import UNIX
from runwire.server import Server, run
from runwire.telemetry import set_up_logs

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")
log = logging.getLogger(__name__)


@app.command()
def serve(
    graphs: options.ServedGraphs = None,
    grpc_address: options.GrpcAddress = None,
    http_address: options.HttpAddress = None,
    http_cors_origins: options.HttpCorsOrigins = None,
    dashboard: options.Dashboard = None,
    data_dir: options.DataDir = None,
    database_url: options.DatabaseUrl = None,
    artifacts_url: options.ArtifactsUrl = None,
    tools: options.Tools = None,
    max_runs: options.MaxRuns = None,
    worker: options.Executing = None,
    workers: options.Workers = None,
    queues: options.Queues = None,
    graph_limits: options.GraphLimits = None,
    max_crashes: options.MaxCrashes = None,
    worker_service: options.WorkerService = None,
    drain_seconds: options.DrainSeconds = None,
    log_level: options.LogLevel = None,
    log_format: options.LogFormat = None,
    otel_endpoint: options.OtelEndpoint = None,
    tls_certificate: options.TlsCertificate = None,
    tls_key: options.TlsKey = None,
    tls_client_ca: options.TlsClientCa = None,
    webhook_allow_private: options.WebhookAllowPrivate = None,
    allow_remote: options.AllowRemote = None,
    auth: options.Auth = None,
) -> None:
    """Start a server with graphs; Ctrl-C or SIGTERM ends it, and nothing is lost.

    Every flag is a setting: `RUNWIRE_MAX_RUNS=8` in the environment or in `.env` and `max_runs = 8`
    in `runwire.toml` say the same as `--max-runs 8`.
    """
    flags = {name: value for name, value in locals().items() if value not in (None, [], ())}
    with reported():
        settings = load(**flags)
        set_up_logs(settings.log_level, settings.log_format)
        tell_ignored()
        run(settings, on_started=lambda server: greet(settings, server))


def greet(settings: Settings, server: Server) -> None:
    """Say where the server is and what to try."""
    grpc_address = server.grpc_address
    if settings.log_format == "json":
        found = {"grpc_address": grpc_address, "http_address": server.http_address}
        log.info("serving", extra={**found, "dashboard": dashboard_at(settings, server)})
        return
    graph, given = example_of(server.graphs)
    there = "" if grpc_address == DEFAULT_SERVER else f" --server {grpc_address}"
    lines = (
        f"{_bold('Runwire')} serves gRPC at {_bold(grpc_address)}"
        f"{_http(settings, server)}{' over TLS' if settings.tls else ''}"
        f"{' to who shows a key' if settings.auth else ''}, data in {settings.data_dir}",
        *_dashboard(dashboard_at(settings, server)),
        typer.style("Try, in another terminal:", dim=True),
        f"  runwire graphs list{there}",
        f"  runwire run {graph} --input {shlex.quote(given)} --watch{there}",
        f"  {_grpcurl(settings, grpc_address)} list",
    )
    for line in lines:
        say(line)


def _http(settings: Settings, server: Server) -> str:
    if not server.http_address:
        return ""
    scheme = "https" if settings.tls else "http"
    unix = server.http_address.startswith("unix:")
    return f" and {'HTTP at ' if unix else ''}{_bold(web_url(scheme, server.http_address))}"


def dashboard_at(settings: Settings, server: Server) -> str:
    """Return the address to open in a browser; empty if none gets there."""
    address = server.http_address
    if not settings.dashboard or not address or address.startswith(UNIX):
        return ""
    return f"{web_url('https' if settings.tls else 'http', address)}/"


def _dashboard(url: str) -> Sequence[str]:
    unbuilt = "" if is_built() else ", once it is built: make dashboard"
    return [f"The dashboard is at {_bold(url)}{unbuilt}"] if url else []


def web_url(scheme: str, address: str) -> str:
    """Return an address as people paste it."""
    return address if address.startswith("unix:") else f"{scheme}://{address}"


def _grpcurl(settings: Settings, address: str) -> str:
    how = f"-cacert {settings.tls_certificate}" if settings.tls else "-plaintext"
    if address.startswith("unix:"):
        return f"grpcurl {how} -unix {address.removeprefix('unix:')}"
    return f"grpcurl {how} {address}"


def _bold(text: str) -> str:
    return typer.style(text, bold=True)

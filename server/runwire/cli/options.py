"""Options of commands that run for long: the settings they set, with what helps to choose."""

from pathlib import Path
from typing import Annotated, Any, Final

import typer

DEFAULT_SERVER: Final = "127.0.0.1:50051"
DEFAULT_HTTP: Final = "127.0.0.1:8080"


def api_key_from(context: typer.Context, option: typer.CallbackParam, value: str) -> str:
    """Return the key that an option or a variable gives, itself or as `@path`."""
    if value.startswith("@"):
        try:
            return Path(value[1:]).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise typer.BadParameter(f"{value[1:]} cannot be read: {error}") from None
    source = context.get_parameter_source(option.name or "")
    if value and source is not None and source.name == "COMMANDLINE":
        raise typer.BadParameter(
            "everybody on this machine can read command lines: put the key into RUNWIRE_API_KEY,"
            " or into a file and say --api-key @FILE"
        )
    return value.strip()


def _option(text: str, *names: str) -> Any:
    return typer.Option(*names, help=text)


GRAPH = (
    "module:variable, path.py:variable, {}or a module of tools; NAME= before it names the graph. "
    "The configured ones if left out."
)

ServedGraphs = Annotated[
    list[str] | None,
    typer.Argument(metavar="GRAPH", help=GRAPH.format("path.json, "), show_default=False),
]
WorkedGraphs = Annotated[
    list[str] | None,
    typer.Argument(metavar="GRAPH", help=GRAPH.format(""), show_default=False),
]
GrpcAddress = Annotated[
    str | None, typer.Option(help="host:port or unix:/path.", show_default=DEFAULT_SERVER)
]
HttpAddress = Annotated[
    str | None, typer.Option(help="host:port, unix:/path or off.", show_default=DEFAULT_HTTP)
]
HttpCorsOrigins = Annotated[
    str | None, _option("Origins of web pages that may call, with commas between them.")
]
Dashboard = Annotated[
    bool | None, _option("Whether `/` is the dashboard.", "--dashboard/--no-dashboard")
]
DataDir = Annotated[
    Path | None, typer.Option(help="Where everything durable rests.", show_default=".runwire")
]
DatabaseUrl = Annotated[str | None, _option("sqlite:///path or postgresql://….")]
ArtifactsUrl = Annotated[str | None, _option("A directory or a bucket.")]
Tools = Annotated[
    list[str] | None, _option("A module with @tool functions; repeatable.", "--tools")
]
MaxRuns = Annotated[int | None, _option("Runs executed at the same time.")]
Executing = Annotated[
    bool | None, _option("Whether this server executes runs itself.", "--worker/--no-worker")
]
Workers = Annotated[int | None, _option("Execute runs in so many processes of their own.")]
Queues = Annotated[str | None, _option("Take runs of these queues, with commas between them.")]
GraphLimits = Annotated[
    list[str] | None,
    typer.Option(
        "--graph-limits",
        metavar="GRAPH=N",
        help="Execute so many runs of a graph at the same time; repeatable.",
    ),
]
MaxCrashes = Annotated[int | None, _option("After how many crashed workers a run is parked.")]
WorkerService = Annotated[str | None, _option("Who may connect as a worker: on, unix or off.")]
DrainSeconds = Annotated[float | None, _option("How long running nodes get at the end.")]
LogLevel = Annotated[str | None, _option("debug, info, warning or error.")]
OtelEndpoint = Annotated[str | None, _option("Send traces to this OTLP receiver: http://….")]
LogFormat = Annotated[str | None, _option("console or json.")]
TlsCertificate = Annotated[Path | None, _option("Serve TLS with this, PEM.")]
TlsKey = Annotated[Path | None, _option("Its key, PEM.")]
TlsClientCa = Annotated[
    Path | None, _option("Callers must show a certificate signed by this, PEM.")
]
WebhookAllowPrivate = Annotated[
    bool | None,
    _option("Let webhooks lead to this machine and private networks.", "--webhook-allow-private"),
]
AllowRemote = Annotated[
    bool | None, _option("Let other machines call although nobody asks them.", "--allow-remote")
]
Servers = Annotated[
    list[str] | None,
    typer.Option(
        "--server",
        envvar="RUNWIRE_SERVER",
        help="host:port or unix:/path; repeatable: the next one is tried if one is gone.",
        show_default=DEFAULT_SERVER,
    ),
]
SpeakTls = Annotated[bool, typer.Option("--tls", envvar="RUNWIRE_TLS", help="Speak TLS.")]
CaCertificate = Annotated[
    Path | None,
    typer.Option(
        envvar="RUNWIRE_CA_CERTIFICATE",
        help="Trust this instead of the system's, PEM; means --tls.",
    ),
]
ClientCertificate = Annotated[
    Path | None,
    typer.Option(envvar="RUNWIRE_CLIENT_CERTIFICATE", help="Shown to the server, PEM."),
]
ClientKey = Annotated[Path | None, typer.Option(envvar="RUNWIRE_CLIENT_KEY", help="Its key, PEM.")]
ApiKey = Annotated[
    str,
    typer.Option(
        metavar="@FILE",
        envvar="RUNWIRE_API_KEY",
        callback=api_key_from,
        help="A file with the API key to show; in the environment the key itself, too.",
    ),
]
Auth = Annotated[
    bool | None,
    _option("Every call must show who makes it.", "--auth/--no-auth"),
]
Attached = Annotated[
    bool,
    typer.Option("--attached", hidden=True, help="End when the standard input is closed."),
]

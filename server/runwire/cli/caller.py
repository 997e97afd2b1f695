"""How a command reaches a server.

`@calling` gives a command the options that every one of them has, and a `Caller` for them.
"""

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final

import grpc
import typer

from runwire.cli.options import DEFAULT_SERVER, api_key_from
from runwire.cli.output import Output
from runwire.cli.saying import reported
from runwire_client import Client, Tls, Unavailable

HEALTH: Final = "/grpc.health.v1.Health/Check"
HEALTH_SECONDS: Final = 5.0
UNREACHABLE: Final = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)
NOBODY: Final = ("onnection refused", "o such file or directory")
PANEL: Final = "Server and output"

ShownKey = Annotated[
    str,
    typer.Option(
        metavar="@FILE",
        envvar="RUNWIRE_API_KEY",
        callback=api_key_from,
        help="A file with the API key to show; in the environment the key itself, too.",
        rich_help_panel=PANEL,
    ),
]
InNamespace = Annotated[
    str,
    typer.Option(
        envvar="RUNWIRE_NAMESPACE",
        help="Where to act, for callers who may act in any namespace.",
        rich_help_panel=PANEL,
        show_default=False,
    ),
]


@dataclass(frozen=True, slots=True)
class Caller:
    """What a command has: a client, where to print, and how to make connections of its own."""

    client: Client
    output: Output
    server: str
    tls: Tls | None = None
    api_key: str | None = field(default=None, repr=False)
    namespace: str = ""

    def command_line(self, *words: str) -> str:
        """Return a `runwire` command line that reaches the same server."""
        where = () if self.server == DEFAULT_SERVER else ("--server", self.server)
        place = ("--namespace", self.namespace) if self.namespace else ()
        return " ".join(("runwire", *words, *where, *place))


def calling(command: Callable[..., None], *, offline: str = "") -> Callable[..., None]:
    """Make a command of a function that takes a Caller first.

    With the flag ``offline`` no server is asked; the function is given an Output in place of a
    Caller.
    """
    own = list(inspect.signature(command).parameters.values())[1:]
    shared = list(inspect.signature(connected).parameters.values())

    @functools.wraps(command)
    def called(**arguments: Any) -> None:
        how = {each.name: arguments.pop(each.name) for each in shared}
        with reported():
            if arguments.get(offline):
                command(Output(as_json=how["as_json"]), **arguments)
                return
            with connected(**how) as caller:
                command(caller, **arguments)

    parameters = [each.replace(kind=each.KEYWORD_ONLY) for each in (*own, *shared)]
    called.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    called.__annotations__ = {each.name: each.annotation for each in parameters}
    return called


@contextmanager
def connected(
    server: Annotated[
        str,
        typer.Option(
            envvar="RUNWIRE_SERVER", help="host:port, or unix:/path.", rich_help_panel=PANEL
        ),
    ] = DEFAULT_SERVER,
    tls: Annotated[
        bool, typer.Option("--tls", envvar="RUNWIRE_TLS", help="Speak TLS.", rich_help_panel=PANEL)
    ] = False,
    ca_certificate: Annotated[
        Path | None,
        typer.Option(
            envvar="RUNWIRE_CA_CERTIFICATE",
            help="Trust this instead of the system's, PEM; means --tls.",
            rich_help_panel=PANEL,
        ),
    ] = None,
    client_certificate: Annotated[
        Path | None,
        typer.Option(
            envvar="RUNWIRE_CLIENT_CERTIFICATE",
            help="Shown to the server, PEM.",
            rich_help_panel=PANEL,
        ),
    ] = None,
    client_key: Annotated[
        Path | None,
        typer.Option(envvar="RUNWIRE_CLIENT_KEY", help="Its key, PEM.", rich_help_panel=PANEL),
    ] = None,
    api_key: ShownKey = "",
    namespace: InNamespace = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON, for programs.", rich_help_panel=PANEL)
    ] = False,
) -> Iterator[Caller]:
    """Connect to a server for as long as a command runs."""
    found = secured(
        tls=tls,
        ca_certificate=ca_certificate,
        client_certificate=client_certificate,
        client_key=client_key,
    )
    _look(server, found)
    with Client(server, tls=found, api_key=api_key or None, namespace=namespace) as client:
        yield Caller(client, Output(as_json=as_json), server, found, api_key or None, namespace)


def secured(
    *,
    tls: bool,
    ca_certificate: Path | None,
    client_certificate: Path | None,
    client_key: Path | None,
) -> Tls | None:
    """Return how to speak TLS, None if not at all."""
    if not (tls or ca_certificate or client_certificate):
        return None
    return Tls(
        root_certificates=_read(ca_certificate),
        certificate_chain=_read(client_certificate),
        private_key=_read(client_key),
    )


def _look(server: str, tls: Tls | None) -> None:
    """Raise Unavailable at once if nobody answers; the client would try again for a while."""
    channel = (
        grpc.secure_channel(server, tls.credentials()) if tls else grpc.insecure_channel(server)
    )
    with channel:
        check: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(HEALTH)
        try:
            check(b"", timeout=HEALTH_SECONDS)
        except grpc.RpcError as failure:
            if isinstance(failure, grpc.Call) and failure.code() in UNREACHABLE:
                raise Unavailable(_remedy(server, failure.details() or "")) from None


def _remedy(server: str, details: str) -> str:
    if any(word in details for word in NOBODY):
        return (
            f"no server at {server}: start one with `runwire serve`, or name another with --server "
            "or RUNWIRE_SERVER"
        )
    return (
        f"{server} does not answer: {details}. Where it speaks TLS, --tls, --ca-certificate, "
        "--client-certificate and --client-key must suit it"
    )


def _read(path: Path | None) -> bytes | None:
    return path.read_bytes() if path else None

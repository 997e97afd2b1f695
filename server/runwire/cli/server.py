"""`runwire server`."""

import typer

from runwire.cli.caller import Caller, calling
from runwire.cli.output import literal
from runwire.cli.values import clock
from runwire_client import ServerState

app = typer.Typer(add_completion=False)


@app.command()
@calling
def server(caller: Caller) -> None:
    """Show what server this is, and where it listens."""
    found = caller.client.admin.server()
    if caller.output.as_json:
        caller.output.document(found)
        return
    for name, value in _lines(found):
        caller.output.line(f"[dim]{name}[/] {literal(value)}")


def _lines(found: ServerState) -> list[tuple[str, str]]:
    graphs = "installed" if found.langgraph else "not installed"
    path = found.langgraph_path
    served = "not served" if path is None else f"served at {path or '/'}"
    return [
        ("version", found.version),
        ("since", clock(found.started_at)),
        ("gRPC", found.grpc_address or "a Unix socket"),
        ("HTTP", found.http_address or "not told"),
        ("database", found.database),
        ("callers", "show who they are" if found.auth else "are not asked who they are"),
        ("TLS", "yes" if found.tls else "no"),
        ("namespaces", "yes" if found.namespaces else "only default"),
        ("LangGraph", f"{graphs}, its API {served}"),
    ]

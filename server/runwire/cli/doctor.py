"""`runwire doctor`."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

import typer

from runwire.cli import options
from runwire.cli.caller import secured
from runwire.cli.exits import Exit
from runwire.cli.output import Output, literal
from runwire.cli.settings import ignored, load
from runwire.config import Settings
from runwire.doctor.examination import examine
from runwire.doctor.finding import Finding, Level, ok, problem, warning
from runwire.doctor.serving import look_at
from runwire.domain.errors import Invalid
from runwire_client import Tls

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")

MARKS: Final = {
    Level.OK: "[green]✓[/]",
    Level.WARNING: "[yellow]![/]",
    Level.PROBLEM: "[red]✗[/]",
}


@app.command()
def doctor(
    graphs: options.ServedGraphs = None,
    data_dir: options.DataDir = None,
    database_url: options.DatabaseUrl = None,
    allow_remote: options.AllowRemote = None,
    server: Annotated[
        str | None,
        typer.Option(envvar="RUNWIRE_SERVER", help="Also look at this server, host:port."),
    ] = None,
    tls: options.SpeakTls = False,
    ca_certificate: options.CaCertificate = None,
    client_certificate: options.ClientCertificate = None,
    client_key: options.ClientKey = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Look for what is wrong with this set-up, and tell how to mend it. Changes nothing.

    Looks at the settings that `runwire serve` would have here, the machine, the addresses, the
    database, the artifacts, the graphs, and at the server if one answers.
    """
    output = Output(as_json=as_json)
    secure = secured(
        tls=tls,
        ca_certificate=ca_certificate,
        client_certificate=client_certificate,
        client_key=client_key,
    )
    found = []
    for finding in _findings(
        server,
        secure,
        graphs=graphs or None,
        data_dir=data_dir,
        database_url=database_url,
        allow_remote=allow_remote,
    ):
        found.append(finding)
        if not as_json:
            _tell(output, finding)
    if as_json:
        output.document(found)
    else:
        output.line(_summary(found))
    if any(each.level is Level.PROBLEM for each in found):
        raise typer.Exit(Exit.FAILED)


def _findings(server: str | None, tls: Tls | None, **flags: object) -> Iterator[Finding]:
    try:
        settings = load(Path(), **flags)
    except Invalid as error:
        for fault in error.violations:
            yield problem("settings", f"{fault.field}: {fault.description}", "Mend or remove it.")
        if not error.violations:
            yield problem("settings", error.message, "Mend or remove it.")
        return
    yield ok("settings", "all of them are known and agree")
    for each in ignored():
        yield warning("settings", each, "Remove it, or look in docs/langgraph.md for another way.")
    yield from examine(settings)
    yield from look_at(server or _own(settings), tls, asked_for=server is not None)


def _own(settings: Settings) -> str:
    host, _, port = settings.grpc_address.rpartition(":")
    return f"127.0.0.1:{port}" if host in ("0.0.0.0", "[::]") else settings.grpc_address  # noqa: S104


def _tell(output: Output, finding: Finding) -> None:
    output.line(f"{MARKS[finding.level]} [bold]{literal(finding.what)}[/] {literal(finding.found)}")
    if finding.remedy:
        output.line(f"  → {literal(finding.remedy)}")


def _summary(found: list[Finding]) -> str:
    counts = Counter(each.level for each in found)
    bad, odd = counts[Level.PROBLEM], counts[Level.WARNING]
    if not bad and not odd:
        return "[green]All is well.[/]"
    return f"{bad} problem{'s' * (bad != 1)}, {odd} warning{'s' * (odd != 1)}"

"""`runwire artifacts`."""

import sys
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from runwire.cli.caller import Caller, calling
from runwire.cli.output import literal
from runwire.cli.transfer import download, upload
from runwire.cli.values import clock, spell_bytes
from runwire_client import Artifact

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Store, fetch and list artifacts."
)

ArtifactId = Annotated[str, typer.Argument(metavar="ARTIFACT", help="The artifact's id.")]
READ_BYTES = 1024 * 1024


@app.command("list")
@calling
def list_artifacts(
    caller: Caller,
    run_id: Annotated[str, typer.Option("--run", help="Only those of a run.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="At most this many.")] = 50,
) -> None:
    """List artifacts, newest first."""
    page_size = min(limit, 1000)
    found = list(islice(caller.client.artifacts.list(run_id=run_id, page_size=page_size), limit))
    if caller.output.as_json:
        caller.output.document(found)
        return
    caller.output.table(
        ("ARTIFACT", "FILE", "TYPE", "SIZE", "RUN", "CREATED"), [_row(each) for each in found]
    )


@app.command()
@calling
def put(
    caller: Caller,
    path: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The file to store.")],
    content_type: Annotated[str, typer.Option(help="Its media type.")] = "",
    run_id: Annotated[str, typer.Option("--run", help="The run it belongs to.")] = "",
) -> None:
    """Store a file and print its artifact id."""
    stored = upload(caller, path, content_type=content_type, run_id=run_id)
    if caller.output.as_json:
        caller.output.document(stored)
    else:
        caller.output.line(literal(stored.artifact_id))


@app.command()
@calling
def get(
    caller: Caller,
    artifact_id: ArtifactId,
    path: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file to write; else standard output.")
    ] = None,
) -> None:
    """Fetch an artifact; with --json, only say what it is."""
    if path is not None:
        fetched = download(caller, artifact_id, path)
        size = spell_bytes(fetched.size_bytes)
        caller.output.line(f"{literal(path)} [dim]{size} sha256 {fetched.sha256}[/]")
        if caller.output.as_json:
            caller.output.document(fetched)
    elif caller.output.as_json:
        caller.output.document(caller.client.artifacts.get(artifact_id))
    else:
        _pour(caller, artifact_id)


@app.command()
@calling
def delete(caller: Caller, artifact_id: ArtifactId) -> None:
    """Delete an artifact."""
    caller.client.artifacts.delete(artifact_id)
    caller.output.line(f"deleted {literal(artifact_id)}")


def _pour(caller: Caller, artifact_id: str) -> None:
    """Write an artifact to standard output, a piece at a time."""
    artifacts = caller.client.artifacts
    size_bytes = artifacts.get(artifact_id).size_bytes
    for offset in range(0, size_bytes, READ_BYTES):
        piece = artifacts.download_bytes(artifact_id, offset=offset, limit=READ_BYTES)
        sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()


def _row(artifact: Artifact) -> tuple[str, ...]:
    size = spell_bytes(artifact.size_bytes)
    return (
        literal(artifact.artifact_id),
        literal(artifact.filename),
        literal(artifact.content_type),
        size if artifact.complete else f"{size} [yellow]uploading[/]",
        literal(artifact.run_id),
        clock(artifact.created_at),
    )

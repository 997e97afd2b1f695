"""Artifacts up and down, with a progress bar where somebody sees it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from runwire.cli.caller import Caller
from runwire_client import Artifact
from runwire_client.artifacts import OnProgress


def upload(caller: Caller, path: Path, *, content_type: str = "", run_id: str = "") -> Artifact:
    """Store a file as an artifact."""
    with progress_bar(path.name) as told:
        return caller.client.artifacts.upload(
            path, content_type=content_type, run_id=run_id, on_progress=told
        )


def download(caller: Caller, artifact_id: str, path: Path) -> Artifact:
    """Fetch an artifact into a file."""
    with progress_bar(path.name) as told:
        return caller.client.artifacts.download(artifact_id, path, on_progress=told)


@contextmanager
def progress_bar(name: str) -> Iterator[OnProgress]:
    """Show how many bytes have moved, on standard error if that is a terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(
        *columns,
        TransferSpeedColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    ) as bar:
        task = bar.add_task(name, total=None)

        def told(moved_bytes: int, all_bytes: int | None) -> None:
            bar.update(task, completed=moved_bytes, total=all_bytes)

        yield told

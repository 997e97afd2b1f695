"""What commands say without `rich`: where they serve, and how errors end, by a line and a code.

Those that run for long import no more than this; it idles with them.
"""

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, runtime_checkable

import typer

from runwire.cli.exits import Exit, exit_of_error

log = logging.getLogger(__name__)


@runtime_checkable
class Told(Protocol):
    """An error that says what is wrong: the server's and the client's have one shape."""

    message: str
    violations: Sequence[Any]


def say(text: str, *, err: bool = False) -> None:
    """Print a line; how it is styled (`typer.style`) shows on terminals that want it."""
    typer.echo(text, err=err, color=False if os.environ.get("NO_COLOR") else None)


@contextmanager
def reported() -> Iterator[None]:
    """Print an error as one line to standard error, and leave with its exit code."""
    try:
        yield
    except (typer.Exit, typer.Abort, typer.BadParameter, BrokenPipeError):
        raise  # typer knows them
    except KeyboardInterrupt:
        raise typer.Exit(Exit.DETACHED) from None
    except Exception as raised:  # the last boundary: people get a line, the log has the rest
        error = _alone(raised)
        said = _message(error)
        if said is None and log.hasHandlers():
            log.exception("unexpected")
        _fail(said or f"unexpected {type(error).__name__}: {error}")
        raise typer.Exit(exit_of_error(error)) from None


def _alone(error: Exception) -> Exception:
    """Return the one error that a group of one holds."""
    while isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def _message(error: Exception) -> str | None:
    """Return what to say of an error; None if nobody expected it."""
    match error:
        case Told():
            more = [f"  {each.field}: {each.description}" for each in error.violations]
            told = [line for line in more if line.partition(": ")[2] not in error.message]
            return "\n".join([str(error), *told])
        case OSError() if error.filename:
            return f"{error.filename}: {error.strerror}"
        case _ if isinstance(error, OSError) or exit_of_error(error) is not Exit.BROKEN:
            return str(error)
        case _:
            return None


def _fail(text: str) -> None:
    say(f"{typer.style('error:', fg='red', bold=True)} {text}", err=True)

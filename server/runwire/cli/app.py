"""The tree of commands; what a command needs is imported when it is called, never for `--help`."""

from collections.abc import Mapping
from importlib import import_module
from typing import Annotated, Any, Final

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from runwire.cli.exits import MEANINGS

COMMANDS: Final[Mapping[str, str]] = {
    "serve": "Start a server with graphs.",
    "worker": "Execute runs for a server.",
    "gateway": "Serve HTTP for a gRPC server elsewhere.",
    "migrate": "Bring the database to this version.",
    "run": "Create a run of a graph.",
    "runs": "List, watch, cancel, resume and fork runs.",
    "threads": "Look at the threads of LangGraph graphs: their state and history.",
    "assistants": "Make and list assistants: LangGraph graphs with a configuration.",
    "store": "Put, get and list items of the store that graphs share.",
    "graphs": "List, describe and create graphs, and list tools.",
    "schedules": "Create runs at set times: make, list, change, pause and trigger schedules.",
    "webhooks": "Have other services told about runs.",
    "workers": "Show who executes runs, and what each holds.",
    "queues": "Show what waits in each queue, and how long it has.",
    "server": "Show what server this is, and where it listens.",
    "storage": "Show what is stored, by graph, and how large the database is.",
    "prune": "Delete ended runs that need not be kept, with all they own.",
    "promote": "Move everything from a SQLite file to PostgreSQL.",
    "artifacts": "Store, fetch and list artifacts.",
    "doctor": "Look for what is wrong with this set-up, and tell how to mend it.",
    "keys": "Make, list and revoke API keys.",
    "audit": "Show what callers changed.",
    "namespaces": "Create, list, change and delete namespaces.",
    "drill": "Interfere with a deployment, and see what it loses.",
}
"""Each is a module of this package with an `app`."""

EXIT_CODES: Final = "\n\n".join(f"- `{code.value}` {text}" for code, text in MEANINGS.items())


class Later(TyperCommand):
    """Stands for a command whose module is not imported yet."""

    def make_context(self, info_name: Any, args: Any, parent: Any = None, **extra: Any) -> Any:
        """Parse the arguments as the command itself does."""
        return command(str(self.name)).make_context(info_name, args, parent=parent, **extra)


class Commands(TyperGroup):
    """The commands of the table, in its order."""

    def __init__(self, **attrs: Any) -> None:
        super().__init__(**attrs)
        for name, summary in COMMANDS.items():
            self.add_command(Later(name=name, help=summary))


def command(name: str) -> Any:
    """Return a command; its module is imported now."""
    return get_command(import_module(f"runwire.cli.{name}").app)


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def show_version(wanted: bool) -> None:
    """Print the version and leave."""
    if wanted:
        metadata: Any = import_module("importlib.metadata")  # mail and archives come with it
        try:
            typer.echo(metadata.version("runwire"))
        except metadata.PackageNotFoundError:
            typer.echo("not installed")
        raise typer.Exit


@app.callback(epilog=f"**Exit codes**\n\n{EXIT_CODES}")
def runwire(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=show_version, is_eager=True, help="Say which this is."),
    ] = False,
) -> None:
    """Host graphs, run them durably, and watch every event live.

    Start with `runwire serve`, then `runwire run GRAPH --watch` in another terminal. Every command
    has `--help`, and `--json` where a program may read the answer.
    """

"""What commands print: tables and colour for people, JSON for programs."""

import base64
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import cached_property
from typing import Any, Final

from google.protobuf.message import Message
from rich.console import Console
from rich.markup import escape
from rich.table import Table

COLOURS: Final[Mapping[str, str]] = {
    "queued": "cyan",
    "running": "blue",
    "interrupted": "yellow",
    "cancelling": "magenta",
    "succeeded": "green",
    "failed": "red",
    "cancelled": "magenta",
}
OF_THREADS: Final[Mapping[str, str]] = {
    "idle": "green",
    "busy": "blue",
    "interrupted": "yellow",
    "error": "red",
}
WIDE: Final = 10_000


class Output:
    """Standard output, for people or for programs."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        # What is not a terminal has no width: programs that read lines want them whole.
        self.console = Console(
            width=None if sys.stdout.isatty() else WIDE, highlight=False, emoji=False
        )

    def line(self, text: str) -> None:
        """Print a line for people, with markup; programs do not see it."""
        if not self.as_json:
            self.console.print(text, soft_wrap=True)

    def document(self, value: object) -> None:
        """Print one value as JSON: a line for programs, spread out for people."""
        if self.as_json:
            self.json_line(value)
        else:
            self.console.print_json(json.dumps(plain(value)), ensure_ascii=False)

    def json_line(self, value: object) -> None:
        """Print one value as a line of JSON."""
        print(in_json(value), flush=True)  # noqa: T201 - for programs

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Print a table."""
        table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*row)
        self.console.print(table)

    def facts(self, pairs: Mapping[str, str]) -> None:
        """Print what is known of one thing, a fact in each line."""
        table = Table.grid(padding=(0, 2, 0, 0))
        for key, value in pairs.items():
            if value:
                table.add_row(f"[dim]{key}[/dim]", value)
        self.console.print(table)


def status_markup(status: str) -> str:
    """Return a status in its colour."""
    return f"[{COLOURS.get(status, 'default')}]{status.upper()}[/]"


def thread_markup(status: str) -> str:
    """Return the status of a thread in its colour."""
    return f"[{OF_THREADS.get(status, 'default')}]{status.upper()}[/]"


def literal(text: object) -> str:
    """Return a text in which brackets mean nothing."""
    return escape(str(text))


def shown(value: object) -> str:
    """Return a value as people read it: text as it is, all else as JSON."""
    return literal(value if isinstance(value, str) else in_json(value))


def in_json(value: object) -> str:
    """Return a value of the client as a line of JSON."""
    return json.dumps(plain(value), ensure_ascii=False)


def plain(value: object) -> Any:
    """Return a value of the client as JSON has it: its fields by name, without the messages."""
    match value:
        case Mapping():
            return {str(key): plain(each) for key, each in value.items()}
        case list() | tuple():
            return [plain(each) for each in value]
        case _ if is_dataclass(value) and not isinstance(value, type):
            return _by_name(value)
        case _:
            return _scalar(value)


def _scalar(value: object) -> Any:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case Enum():
            return value.value if isinstance(value, str) else value.name
        case bytes():
            return base64.b64encode(value).decode()
        case _:
            return value


def _by_name(value: Any) -> dict[str, Any]:
    decoded = [
        name for name, each in vars(type(value)).items() if isinstance(each, cached_property)
    ]
    names = [each.name for each in fields(value)] + decoded
    found = {name: getattr(value, name) for name in names}
    return {name: plain(each) for name, each in found.items() if not isinstance(each, Message)}

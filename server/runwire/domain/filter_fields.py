"""What a filter may name: fields, and what reads their values."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from runwire.domain.filter import Value
from runwire.domain.ids import DEFAULT_QUEUE
from runwire.domain.run import RunStatus

MAX_PRIORITY: Final = 2**31 - 1
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")
_INTEGER: Final = re.compile(r"-?[0-9]{1,10}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """What a filter may name: fields with what reads their values, and a map such as labels."""

    kinds: Mapping[str, Callable[[str], Value]]
    ordered: frozenset[str]
    marks: str
    example: str
    free_text: bool = False

    @property
    def names(self) -> str:
        """All of them, as people read it."""
        return ", ".join([*self.kinds, f"{self.marks}.KEY"])


def plain_text(value: str) -> Value:
    """Return a text as it is."""
    return value


def _queue(value: str) -> Value:
    return "" if value == DEFAULT_QUEUE else value


def _status(value: str) -> Value:
    name = value.removeprefix("RUN_STATUS_")
    if name not in RunStatus.__members__:
        raise ValueError(f"no status {value[:64]!r}: one of {', '.join(RunStatus.__members__)}")
    return RunStatus[name]


def integer(value: str) -> Value:
    """Return the integer a text means."""
    if _INTEGER.fullmatch(value) is None or abs(int(value)) > MAX_PRIORITY:
        raise ValueError("expected an integer of 32 bits")
    return int(value)


def time(value: str) -> Value:
    """Return the time a text means."""
    try:
        if _TIME.fullmatch(value.upper()):
            return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        pass  # a 30th of February; told below, like any other
    raise ValueError("expected a time in RFC 3339, such as 2026-01-31T12:00:00Z")


RUNS: Final = Fields(
    kinds={
        "status": _status,
        "graph_id": plain_text,
        "thread_id": plain_text,
        "queue": _queue,
        "priority": integer,
        "create_time": time,
        "start_time": time,
        "end_time": time,
    },
    ordered=frozenset({"priority", "create_time", "start_time", "end_time"}),
    marks="labels",
    example="status = RUNNING",
    free_text=True,
)
"""The fields of runs."""

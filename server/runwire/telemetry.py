"""Logs, set up once per program.

1. Every module logs to ``logging.getLogger(__name__)``; facts go in ``extra``, never in the text.
2. A fact keeps its name in both formats: ``run_id=…`` on the console, ``"run_id": …`` in JSON.
3. Logs go to standard error: standard output belongs to the command line.
"""

import json
import logging
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, TextIO

NOISY: Final = ("aiosqlite", "alembic", "asyncio", "asyncpg", "grpc", "httpx", "sqlalchemy")
"""Libraries that are heard from WARNING on, whatever the level of ours."""

COLOURS: Final = {
    logging.DEBUG: "\x1b[2m",
    logging.INFO: "\x1b[36m",
    logging.WARNING: "\x1b[33m",
    logging.ERROR: "\x1b[31m",
    logging.CRITICAL: "\x1b[1;31m",
}
PLAIN: Final = "\x1b[0m"
DIM: Final = "\x1b[2m"

STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def set_up_logs(level: str, log_format: str, stream: TextIO | None = None) -> None:
    """Send every log of this program to one stream, as lines to read or as JSON lines."""
    target = stream or sys.stderr
    handler = logging.StreamHandler(target)
    handler.setFormatter(JsonLines() if log_format == "json" else Console(colour=colours(target)))
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    for name in NOISY:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    logging.captureWarnings(True)


def colours(stream: TextIO) -> bool:
    """Whether colour would be seen on a stream, and is wanted (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR")


class Console(logging.Formatter):
    """One line per log, for people."""

    def __init__(self, *, colour: bool) -> None:
        super().__init__()
        self._colour = colour

    def format(self, record: logging.LogRecord) -> str:
        """Return `time LEVEL logger message key=value …`, and a traceback below if there is one."""
        when = _time(record).astimezone().strftime("%H:%M:%S.%f")[:-3]
        level = self._paint(f"{record.levelname:<7}", COLOURS.get(record.levelno, ""))
        name = self._paint(record.name.removeprefix("runwire."), DIM)
        facts = " ".join(f"{key}={_spell(value)}" for key, value in _facts(record).items())
        line = f"{when} {level} {name} {record.getMessage()}"
        if facts:
            line = f"{line} {self._paint(facts, DIM)}"
        return "\n".join([line, *_trace(self, record)])

    def _paint(self, text: str, colour: str) -> str:
        return f"{colour}{text}{PLAIN}" if self._colour and colour else text


class JsonLines(logging.Formatter):
    """One JSON object per log, for programs."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a JSON object of time, level, logger, message and every fact."""
        line: dict[str, Any] = {
            "time": _time(record).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        for key, value in _facts(record).items():
            line.setdefault(key, value)
        if trace := _trace(self, record):
            line["exception"] = "\n".join(trace)
        return json.dumps(line, default=str, ensure_ascii=False)


def _time(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)


def _facts(record: logging.LogRecord) -> Mapping[str, object]:
    return {key: value for key, value in vars(record).items() if key not in STANDARD}


def _spell(value: object) -> str:
    text = str(value)
    return text if text and text.isprintable() and " " not in text else json.dumps(text)


def _trace(formatter: logging.Formatter, record: logging.LogRecord) -> list[str]:
    parts = []
    if record.exc_info:
        parts.append(formatter.formatException(record.exc_info))
    if record.stack_info:
        parts.append(formatter.formatStack(record.stack_info))
    return parts

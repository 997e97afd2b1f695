"""Logs, set up once per program.

1. Every module logs to ``logging.getLogger(__name__)``; facts go in ``extra``, never in the text.
2. A fact keeps its name in both formats: ``run_id=…`` on the console, ``"run_id": …`` in JSON.
3. Logs go to standard error: standard output belongs to the command line.
4. What a line belongs to (request, run, trace) is on it by itself, also on lines of libraries and
   of node code, whether they log through the standard library or through structlog.
5. What looks like a secret is not shown.
"""

import json
import logging
import os
import sys
from collections.abc import Callable, MutableMapping
from datetime import UTC, datetime
from functools import lru_cache
from re import IGNORECASE
from re import compile as pattern
from typing import Any, Final, TextIO

import structlog
from structlog.processors import JSONRenderer

from runwire import trail

NOISY: Final = ("aiosqlite", "alembic", "asyncio", "asyncpg", "grpc", "httpx", "opentelemetry",
                "sqlalchemy", "urllib3", "uvicorn")  # fmt: skip
"""Libraries that are heard from WARNING on, whatever the level of ours."""

COLOURS: Final = {
    "debug": "\x1b[2m",
    "info": "\x1b[36m",
    "warning": "\x1b[33m",
    "error": "\x1b[31m",
    "critical": "\x1b[1;31m",
}
PLAIN: Final = "\x1b[0m"
DIM: Final = "\x1b[2m"

STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
HIDDEN: Final = "***"
_BELONGS_TO: Final = ("request_id", "run_id", "trace_id")
# `json.dumps` with options makes an encoder at each call.
_encode: Final = json.JSONEncoder(default=str, ensure_ascii=False).encode
_TRACEBACKS: Final = logging.Formatter()
_SECRET: Final = pattern(
    r"(^|[_-])(authorization|cookie|credentials?|passwords?|passwd|secrets?|tokens?|api[_-]?keys?)$",
    IGNORECASE,
)
_IN_TEXT: Final = pattern(
    r"(?<=://)[^\s\"']*@|(?<=[?&]password=)[^\s&\"']+|(?<=bearer )[^\s\"',;]+", IGNORECASE
)

Line = MutableMapping[str, Any]


def set_up_logs(level: str, log_format: str, stream: TextIO | None = None) -> None:
    """Send every log of this program to one stream, as lines to read or as JSON lines."""
    target = stream or sys.stderr
    render: Any = JSONRenderer(serializer=_dumps) if log_format == "json" else Console(
        colour=colours(target)
    )  # fmt: skip
    handler = logging.StreamHandler(target)
    handler.setFormatter(Lines(render))
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    for name in NOISY:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    logging.captureWarnings(True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.render_to_log_kwargs,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def colours(stream: TextIO) -> bool:
    """Whether colour would be seen on a stream, and is wanted (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR")


class Lines(logging.Formatter):
    """Every record as one line, whoever made it."""

    def __init__(self, render: Callable[[Any, str, Line], Any]) -> None:
        super().__init__()
        self._render = render

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, and a traceback if there is one."""
        line: str = self._render(None, record.levelname, _safe(_line(record)))
        return line


class Console:
    """Renders one line per log, for people."""

    def __init__(self, *, colour: bool) -> None:
        self._colour = colour

    def __call__(self, _logger: object, _name: str, line: Line) -> str:
        """Return `time LEVEL logger message key=value …`, and a traceback below if there is one."""
        time, level, logger = (line.pop(key) for key in ("time", "level", "logger"))
        message, exception = line.pop("message"), line.pop("exception", "")
        when = datetime.fromtimestamp(time, UTC).astimezone().strftime("%H:%M:%S.%f")[:-3]
        shown = self._paint(f"{level.upper():<7}", COLOURS.get(level, ""))
        name = self._paint(logger.removeprefix("runwire."), DIM)
        text = f"{when} {shown} {name} {_on_one_line(str(message))}"
        facts = " ".join(f"{key}={_spell(value)}" for key, value in line.items())
        if facts:
            text = f"{text} {self._paint(facts, DIM)}"
        return f"{text}\n{exception}" if exception else text

    def _paint(self, text: str, colour: str) -> str:
        return f"{colour}{text}{PLAIN}" if self._colour and colour else text


def _line(record: logging.LogRecord) -> Line:
    """Return what a line tells: when, how bad, who, what; its facts; what it belongs to."""
    line: Line = {
        "time": record.created,
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": record.getMessage(),
    }
    for key, value in vars(record).items():
        if key not in STANDARD:
            line.setdefault(key, value)
    here = trail.current()
    if here is not trail.NOWHERE:
        for key, word in zip(_BELONGS_TO, (here[0], here[1], here.trace_id), strict=True):
            if word:
                line.setdefault(key, word)
    if record.exc_info or record.stack_info:
        line["exception"] = _traceback(record)
    return line


def _safe(line: Line) -> Line:
    """Hide what looks like a secret: by its name, in an address, behind `Bearer`."""
    for key, value in line.items():
        if _is_secret(key):
            line[key] = HIDDEN
        elif isinstance(value, str) and ("://" in value or "earer " in value):
            line[key] = _IN_TEXT.sub(_hidden, value)
    return line


def _hidden(found: Any) -> str:
    return f"{HIDDEN}@" if found[0].endswith("@") else HIDDEN


@lru_cache(maxsize=1000)
def _is_secret(key: str) -> bool:
    return _SECRET.search(key) is not None


def _traceback(record: logging.LogRecord) -> str:
    parts = []
    if record.exc_info:
        parts.append(_TRACEBACKS.formatException(record.exc_info))
    if record.stack_info:
        parts.append(_TRACEBACKS.formatStack(record.stack_info))
    return "\n".join(parts)


def _dumps(line: Line, **_how: Any) -> str:
    when = datetime.fromtimestamp(line["time"], UTC)
    line["time"] = when.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return _encode(line)


def _spell(value: object) -> str:
    text = str(value)
    return text if text and text.isprintable() and " " not in text else json.dumps(text)


def _on_one_line(text: str) -> str:
    """Return a text that cannot look like another line."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)

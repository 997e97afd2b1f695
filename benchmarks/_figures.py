"""What figures are written with: medians, the machine, and the sections of README.md."""

import os
import platform
import re
import sqlite3
import statistics
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

from _postgres import postgres_version

FIGURES: Final = Path(__file__).with_name("README.md")


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value below which so many percent lie."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(len(ranked) * percent / 100))]


def number(value: float) -> str:
    """Return a figure with three or four digits that mean something."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def middle(values: Sequence[float]) -> str:
    """Return a median with its range."""
    low, high = number(min(values)), number(max(values))
    return f"{number(statistics.median(values))} [{low}..{high}]"


def ratio(value: float, limit: float) -> str:
    """Return a share of a limit, in percent."""
    return f"{value / limit * 100:.0f} %"


def machine(database: str = "sqlite") -> str:
    """Return what the figures were measured on."""
    store = (
        f"SQLite {sqlite3.sqlite_version} (WAL, synchronous=FULL)"
        if database == "sqlite"
        else f"PostgreSQL {postgres_version()} (fsync on)"
    )
    return (
        f"{os.cpu_count()} cores shared with the load generator, {_processor()},"
        f" {platform.system()} {platform.release()}, Python {platform.python_version()},"
        f" grpcio {version('grpcio')}, SQLAlchemy {version('sqlalchemy')}, {store}"
    )


def write(title: str, lines: Sequence[str]) -> None:
    """Print a section, and put it in the place of the one with the same title in the figures."""
    section = f"## {title}\n\n" + "\n".join(lines) + "\n"
    print(section, flush=True)
    text = FIGURES.read_text() if FIGURES.exists() else "# Benchmarks\n"
    pattern = re.compile(rf"^## {re.escape(title)}\n.*?(?=^## |\Z)", re.DOTALL | re.MULTILINE)
    if pattern.search(text):
        text = pattern.sub(lambda _: section + "\n", text)
    else:
        text = text.rstrip() + "\n\n" + section
    FIGURES.write_text(text.rstrip() + "\n")


def _processor() -> str:
    found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return found[1] if found else platform.machine()

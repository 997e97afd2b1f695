"""Writes the README's table of fault tests from the lines that `make drill` left behind."""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

README: Final = Path(__file__).resolve().parent.parent / "README.md"
BEGIN: Final = "<!-- drill: begin -->"
END: Final = "<!-- drill: end -->"
ABOUT: Final = ("test", "form", "python", "variant", "failures", "matrix")


def rows(lines: Iterable[str]) -> list[Mapping[str, Any]]:
    """Return the last line of every test and variant, in the order of their numbers."""
    newest: dict[tuple[str, str], Mapping[str, Any]] = {}
    for line in lines:
        if line.strip():
            row = json.loads(line)
            newest[row["test"], row.get("variant", "")] = row
    return sorted(newest.values(), key=_place)


def table(found: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the lines of a Markdown table."""
    yield "| test | variant | form | failures | figures |"
    yield "|---|---|---|---|---|"
    for row in found:
        figures = ", ".join(_words(*item) for item in row.items() if item[0] not in ABOUT)
        variant, failures = row.get("variant", ""), row.get("failures", "")
        yield f"| {row['test']} | {variant} | {row['form']} | {failures} | {figures} |"


def placed(page: str, lines: Iterable[str]) -> str:
    """Return the page with these lines between its two markers."""
    head, begin, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{README.name} lacks the lines {BEGIN} and {END}")
    return "\n".join([f"{head}{BEGIN}", *lines, f"{END}{tail}"])


def main() -> None:
    """Write the table into the README."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("report", type=Path, help="the file RUNWIRE_DRILL_REPORT named")
    report = parser.parse_args().report
    if not report.exists():
        sys.exit(f"{report} does not exist: run `make drill` first")
    lines = table(rows(report.read_text(encoding="utf-8").splitlines()))
    README.write_text(placed(README.read_text(encoding="utf-8"), lines), encoding="utf-8")


def _place(row: Mapping[str, Any]) -> tuple[int, str]:
    return int(row["test"].lstrip("T").split("-")[0]), row.get("variant", "")


def _words(name: str, value: object) -> str:
    shown = str(value)
    if isinstance(value, float):
        shown = f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
    elif isinstance(value, int):
        shown = f"{value:,}"
    return f"{name.replace('_', ' ')} {shown}"


if __name__ == "__main__":
    main()

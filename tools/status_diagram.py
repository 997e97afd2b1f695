"""Writes docs/run-status.md from the arrows between run statuses; `--check` only compares."""

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from runwire.domain.run import ARROWS, RunStatus

PAGE = Path(__file__).resolve().parent.parent / "docs" / "run-status.md"

HEAD = """\
# Run status

`make gen` makes this page from `ARROWS` in `server/runwire/domain/run.py`.

A run begins QUEUED, moves only along these arrows, and ends where none leaves.
"""


def page() -> str:
    """Return the whole page."""
    return "\n".join([HEAD, *diagram(), "", *table(), ""])


def diagram() -> Iterator[str]:
    """Yield the lines of a Mermaid diagram."""
    yield from ("```mermaid", "stateDiagram-v2", f"    [*] --> {RunStatus.QUEUED.name}")
    for source in RunStatus:
        for target in ordered(ARROWS[source]):
            yield f"    {source.name} --> {target.name}"
        if not ARROWS[source]:
            yield f"    {source.name} --> [*]"
    yield "```"


def table() -> Iterator[str]:
    """Yield the lines of a table with one row per status."""
    yield from ("| status | may become |", "|---|---|")
    for source in RunStatus:
        targets = ", ".join(target.name for target in ordered(ARROWS[source]))
        yield f"| {source.name} | {targets or 'nothing: terminal'} |"


def ordered(statuses: Iterable[RunStatus]) -> list[RunStatus]:
    """Sort statuses as the enum lists them, since sets have no order of their own."""
    return sorted(statuses, key=list(RunStatus).index)


def main() -> None:
    """Write the page, or compare it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail if the page is stale")
    if not parser.parse_args().check:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(page(), encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page():
        sys.exit(f"{PAGE.name} is stale: run `make gen`")


if __name__ == "__main__":
    main()

"""Writes the sync client from the async one by text substitution; `--check` names stale files.

Every `_*async.py` of the client becomes its `_*sync.py`, except the pair `_wait_*`, which is
written by hand on both sides: sleeping, reading with a time limit and sending a stream are what
really differs. The result is formatted by ruff, since lines grow shorter.
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
CLIENT: Final = ROOT / "clients" / "python" / "runwire_client"
BY_HAND: Final = {"_wait_async.py"}
RULES: Final = [
    (r"\basync (def|for|with)\b", r"\1"),
    (r"\bawait ", ""),
    (r"\b(Stop)?Async([A-Z])", r"\1\2"),
    (r"\b__a(enter|exit|iter|next)__", r"__\1__"),
    (r"ServiceAsyncStub\b", "ServiceStub"),
    (r"\baclose\b", "close"),
    (r"\ba(next|iter)\(", r"\1("),
    (r"\basynccontextmanager\b", "contextmanager"),
    (r"\bfrom grpc import aio\b", "import grpc"),
    (r"\baio\.", "grpc."),
    (r"(\b_(?:[a-z]+_)*)async\b", r"\1sync"),
]


def main() -> int:
    """Write the sync files, or with `--check` name those that are stale."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if stale")
    check = parser.parse_args().check
    stale = refresh(check=check)
    for path in stale:
        print(("stale: " if check else "made anew: ") + str(path.relative_to(ROOT)))
    return 1 if check and stale else 0


def refresh(*, check: bool) -> list[Path]:
    """Write every sync file that differs, unless only checking; return those that differed."""
    stale = []
    for source in sorted(CLIENT.glob("_*async.py")):
        if source.name in BY_HAND:
            continue
        target = source.with_name(source.name.replace("async", "sync"))
        text = formatted(substituted(source), target)
        if not target.exists() or target.read_text() != text:
            stale.append(target)
            if not check:
                target.write_text(text)
    return stale


def substituted(source: Path) -> str:
    """Return the sync spelling of an async module."""
    text = source.read_text()
    for pattern, replacement in RULES:
        text = re.sub(pattern, replacement, text)
    return f"# Generated from {source.name} by tools/unasync.py; never edited.\n{text}"


def formatted(text: str, target: Path) -> str:
    """Return the text with its imports sorted and its lines wrapped as the repository does."""
    ruff = [sys.executable, "-m", "ruff"]
    name = f"--stdin-filename={target}"
    for command in (
        [*ruff, "check", "--quiet", "--select=I", "--fix", "--exit-zero", name, "-"],
        [*ruff, "format", "--quiet", name, "-"],
    ):
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
        text = done.stdout
    return text


if __name__ == "__main__":
    sys.exit(main())

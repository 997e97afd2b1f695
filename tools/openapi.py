"""Writes docs/openapi.json from the descriptors of every service; `--check` only compares."""

import argparse
import json
import sys
from pathlib import Path

from runwire.http.openapi import document
from runwire.http.watches import SERVICES

PAGE = Path(__file__).resolve().parent.parent / "docs" / "openapi.json"


def page() -> str:
    """Return the whole document."""
    return json.dumps(document(SERVICES), indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    """Write the document, or compare it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail if the document is stale")
    if not parser.parse_args().check:
        PAGE.write_text(page(), encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page():
        sys.exit(f"{PAGE.name} is stale: run `make gen`")


if __name__ == "__main__":
    main()

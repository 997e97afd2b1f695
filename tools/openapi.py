"""Writes docs/openapi.json from the descriptors of every service; `--check` only compares."""

import argparse
import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from google.protobuf.descriptor import ServiceDescriptor

import runwire.v1
from runwire.http.openapi import document

PAGE = Path(__file__).resolve().parent.parent / "docs" / "openapi.json"


def services() -> Iterator[ServiceDescriptor]:
    """Yield every service of the protos."""
    (folder,) = runwire.v1.__path__
    for path in sorted(Path(folder).glob("*_service_pb2.py")):
        module = importlib.import_module(f"runwire.v1.{path.stem}")
        yield from module.DESCRIPTOR.services_by_name.values()


def page() -> str:
    """Return the whole document."""
    return json.dumps(document(services()), indent=1, ensure_ascii=False) + "\n"


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

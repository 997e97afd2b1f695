"""Fetches what the pages /docs and /redoc are made of into server/runwire/http/assets.

    python tools/assets.py

1. The packages come from npm at the versions below, whichever registry npm is set to; what does
   not match its checksum is refused. Nothing is fetched when Runwire is installed or serves.
2. Only the files named here are kept, each beside its licence. Scripts and styles rest gzipped,
   as they are served.
3. To take a newer version: change it here with its checksum (`npm view NAME@VERSION
   dist.integrity`), run this, and look at both pages.
"""

import base64
import gzip
import hashlib
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ASSETS: Final = Path(__file__).resolve().parent.parent / "server/runwire/http/assets"


@dataclass(frozen=True, slots=True)
class Package:
    """One npm package, and which of its files are kept under which names."""

    name: str
    version: str
    sha512: str
    files: Mapping[str, str]


PACKAGES: Final = (
    Package(
        "swagger-ui-dist",
        "5.35.0",
        "U06rpMtW9V3XPGOBeamTUSr0Z09jMX4IJuANpE/EZbAhw0G8CgwrzU4YmXkn/h0wCDNsXdGarTNNHC3sU8yVUQ==",
        {
            "swagger-ui-bundle.js": "swagger-ui.js.gz",
            "swagger-ui.css": "swagger-ui.css.gz",
            "LICENSE": "swagger-ui.LICENSE.txt",
            "NOTICE": "swagger-ui.NOTICE.txt",
            "swagger-ui-bundle.js.LICENSE.txt": "swagger-ui.js.LICENSE.txt",
        },
    ),
    Package(
        "redoc",
        "2.5.4",
        "M6jWhG1qoBnH6TFmzJnstyCZ87HmOY/UzDm78mHiYihEdlV/YcS9ogOo1NlElnJMeLsyxHFe2yFc4sNjHTrABQ==",
        {
            "bundles/redoc.standalone.js": "redoc.js.gz",
            "LICENSE": "redoc.LICENSE.txt",
            "bundles/redoc.standalone.js.LICENSE.txt": "redoc.js.LICENSE.txt",
        },
    ),
)


def main() -> None:
    """Fetch every package and keep its files."""
    for package in PACKAGES:
        with tempfile.TemporaryDirectory() as folder:
            archive = fetch(package, Path(folder))
            for name, kept in package.files.items():
                content = member(archive, f"package/{name}")
                path = ASSETS / kept
                # No time in the header: the same content gives the same bytes.
                packed = gzip.compress(content, 9, mtime=0) if path.suffix == ".gz" else content
                path.write_bytes(packed)
                print(f"{kept}: {len(packed):,} bytes of {len(content):,}")


def fetch(package: Package, folder: Path) -> Path:
    """Return the package's archive, if it is the one that is meant."""
    wanted = f"{package.name}@{package.version}"
    command = ["npm", "pack", wanted, "--silent", "--pack-destination", str(folder)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=300)
    (archive,) = folder.glob("*.tgz")
    found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != package.sha512:
        sys.exit(f"{wanted}: the checksum is {found}, not {package.sha512}")
    return archive


def member(archive: Path, name: str) -> bytes:
    """Return the content of one file of an archive."""
    with tarfile.open(archive) as packed:
        content = packed.extractfile(name)
        if content is None:
            sys.exit(f"{archive.name}: {name} is no file")
        return content.read()


if __name__ == "__main__":
    main()

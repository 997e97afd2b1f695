"""Builds the dashboard from clients/dashboard into server/runwire/http/dashboard.

    python tools/dashboard.py                 build it if its sources have changed, or say why not
    python tools/dashboard.py --if-possible   the same, but going without is no failure

1. What it was built from is told by one checksum, which rests in the build: an unchanged clone, and
   an sdist with a build in it, need no Node.
2. Packages are installed as the lock file says, and only when that has changed.
3. This needs nothing but Python's library, since `make serve` and the build of a wheel call it.
"""

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
SECONDS: Final = 900
STAMP: Final = "built-from.sha256"
INSTALLED: Final = "node_modules/.installed"
NOT_SOURCES: Final = frozenset({"node_modules", "dist", "coverage"})
TEST: Final = re.compile(r"\.test\.tsx?$")
# Where nobody waits for it to succeed, an absent network is noticed in seconds.
HASTY: Final = ("--fetch-retries=1", "--fetch-retry-mintimeout=500", "--fetch-timeout=30000")


class CannotBuild(Exception):
    """Why there is no new build."""


class Dashboard:
    """The dashboard of a clone or an sdist."""

    def __init__(self, root: Path = ROOT) -> None:
        self._root = root
        self._sources = root / "clients/dashboard"
        self._out = root / "server/runwire/http/dashboard"

    @property
    def is_there(self) -> bool:
        """Whether there is a build, fresh or not."""
        return any(self._out.glob("index.html*"))

    @property
    def has_sources(self) -> bool:
        """Whether there is anything to build it from."""
        return (self._sources / "package.json").is_file()

    @property
    def is_fresh(self) -> bool:
        """Whether there is a build of just these sources."""
        stamp = self._out / STAMP
        return self.is_there and stamp.is_file() and stamp.read_text() == self._checksum()

    def build(self, *, hasty: bool = False) -> None:
        """Build it; raise CannotBuild."""
        if not self.has_sources:
            raise CannotBuild(f"{self._sources} has no sources")
        npm = self._npm()
        checksum = self._checksum()
        installed = self._sources / INSTALLED
        stale = not installed.is_file() or any(
            (self._sources / name).stat().st_mtime > installed.stat().st_mtime
            for name in ("package.json", "package-lock.json", ".npmrc")
        )
        say(f"{'npm ci and ' if stale else ''}npm run build in clients/dashboard")
        if stale:
            quiet = ("--no-audit", "--no-fund", "--loglevel=error", *(HASTY if hasty else ()))
            self._run([npm, "ci", *quiet])
            installed.touch()
        self._run([npm, "run", "build", "--silent"])
        if not self.is_there:
            raise CannotBuild(f"npm run build left no index.html in {self._out}")
        (self._out / STAMP).write_text(checksum)

    def _npm(self) -> str:
        """Return npm, if it is there with a Node that is recent enough."""
        text = (self._sources / "package.json").read_text(encoding="utf-8")
        found = re.search(r'"node": *">=(\d+)\.(\d+)', text)
        wanted = (int(found[1]), int(found[2])) if found else (20, 19)
        node, npm = shutil.which("node"), shutil.which("npm")
        need = f"Node {wanted[0]}.{wanted[1]} or newer with npm is needed"
        if not (node and npm):
            raise CannotBuild(f"{need}, and is not in PATH")
        command = [node, "--version"]
        said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        version = re.match(r"v(\d+)\.(\d+)", said.stdout)
        if not version or (int(version[1]), int(version[2])) < wanted:
            raise CannotBuild(f"{need}; {node} is {said.stdout.strip() or 'none'}")
        return npm

    def _checksum(self) -> str:
        """Return one checksum of every file that the build may depend on."""
        total = hashlib.sha256()
        for path in sorted(self._files()):
            name = path.relative_to(self._root).as_posix()
            total.update(f"{name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
        return total.hexdigest()

    def _files(self) -> Iterator[Path]:
        for folder, folders, names in os.walk(self._sources):
            folders[:] = [each for each in folders if each not in NOT_SOURCES]
            yield from (Path(folder, name) for name in names if not TEST.search(name))
        document = self._root / "docs/openapi.json"
        if document.is_file():
            yield document

    def _run(self, command: Sequence[str]) -> None:
        """Run a command silently; raise CannotBuild with its last words."""
        what = " ".join(("npm", *(each for each in command[1:] if not each.startswith("-"))))
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
            # A group of its own: npm does not take along what it has started.
            with subprocess.Popen(
                command, cwd=self._sources, stdin=subprocess.DEVNULL, stdout=said,
                stderr=subprocess.STDOUT, start_new_session=True,
            ) as running:  # fmt: skip
                try:
                    code = running.wait(timeout=SECONDS)
                except subprocess.TimeoutExpired:
                    _end(running)
                    raise CannotBuild(f"{what} took more than {SECONDS} seconds") from None
                except BaseException:
                    _end(running)
                    raise
            if code:
                said.seek(0)
                lines = [line.rstrip() for line in said if line.strip()]
                raise CannotBuild("\n".join((f"{what} failed: {reason(lines)}", *lines[-40:])))


def reason(lines: Sequence[str]) -> str:
    """Return the line of npm's that says most, in one line's length."""
    errors = [line for line in lines if re.search(r"\b(error|Error)\b", line)]
    told = next((line for line in errors if not re.search(r"\b(code|errno|syscall)\b", line)), None)
    return (told or (lines[-1] if lines else "it said nothing"))[:160]


def _end(running: subprocess.Popen[bytes]) -> None:
    if hasattr(os, "killpg"):
        os.killpg(running.pid, signal.SIGKILL)
    else:
        running.kill()


def say(text: str) -> None:
    """Say one line on what is done."""
    print(f"dashboard: {text}", flush=True)


def main() -> None:
    """Build it, if it has to be."""
    if_possible = sys.argv[1:] == ["--if-possible"]
    if sys.argv[1:] and not if_possible:
        sys.exit("usage: python tools/dashboard.py [--if-possible]")
    dashboard = Dashboard()
    if dashboard.is_fresh:
        return
    try:
        dashboard.build(hasty=if_possible)
    except CannotBuild as error:
        if not if_possible:
            sys.exit(f"dashboard: {error}")
        instead = "an older build is served" if dashboard.is_there else "serving goes on without it"
        say(f"not built, {instead}: {str(error).splitlines()[0]}")


if __name__ == "__main__":
    main()

"""The Chromium of this machine, for tests of pages: one that is there, none is downloaded."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ON_A_MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
START_SECONDS = 60


@cache
def chromium() -> str | None:
    """Return a Chromium that starts: the one that $CHROMIUM names, or the first that is found."""
    named = os.environ.get("CHROMIUM")
    found = [named] if named else [*map(shutil.which, NAMES), str(ON_A_MAC)]
    return next((each for each in found if each and _starts(each)), None)


def _starts(program: str) -> bool:
    """Ask it itself: Ubuntu has a `chromium-browser` that only says how to install one."""
    if not Path(program).exists():
        return False
    command = [program, "--version"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=START_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0

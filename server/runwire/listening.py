"""What every listener needs: words for an address that cannot be had, and files to open."""

import resource
from typing import Final

MANY_FILES: Final = 65_536


class AddressInUse(OSError):
    """Nothing can listen on the address; the message names it and the remedy."""


def in_use(address: str, setting: str = "") -> AddressInUse:
    """Return the error for an address that cannot be had, and the setting that names it."""
    named = f" ({setting})" if setting else ""
    return AddressInUse(
        f"cannot listen on {address}{named}: it is in use, or no address of this machine;"
        " stop the other program or choose another address"
    )


def allowed_files() -> int:
    """Return how many files, connections among them, this process may have open."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MANY_FILES if soft == resource.RLIM_INFINITY else soft


def raise_files() -> None:
    """Allow as many as this process may without asking anybody; 1,024 is a common default."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MANY_FILES if hard == resource.RLIM_INFINITY else min(hard, MANY_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))

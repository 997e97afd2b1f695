"""What callers are told whose work the database did not take."""

from typing import Final

from runwire.domain.errors import Error, Unavailable, not_storable
from runwire.stores.link import Link

_UNAVAILABLE: Final = "the database cannot write now: try again later; the server's log says why"
_IN_DOUBT: Final = (
    "the database was lost while it committed this: look whether it was done before trying again"
)


def unavailable() -> Error:
    """Return what is told while the database is at fault."""
    return _later(_UNAVAILABLE)


def in_doubt() -> Error:
    """Return what is told where nobody can say what became of a commit."""
    return _later(_IN_DOUBT)


def refusal(link: Link, error: Exception) -> Exception:
    """Return what is told of a work that has failed alone; the error itself if it is a bug."""
    if link.unfit(error):
        return not_storable(str(getattr(error, "orig", None) or error))
    return unavailable() if link.failing(error) else error


def _later(message: str) -> Unavailable:
    return Unavailable(message, reason="STORE_UNAVAILABLE", retry_after_seconds=1)

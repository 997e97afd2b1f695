"""What exit codes mean, and which error has which: one table for ours and the client's errors."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Final


class Exit(IntEnum):
    """How a command ended."""

    OK = 0
    FAILED = 1
    USAGE = 2
    NOT_FOUND = 3
    INVALID = 4
    UNAVAILABLE = 5
    CANCELLED = 6
    INTERRUPTED = 7
    REFUSED = 8
    BROKEN = 9
    DETACHED = 130


MEANINGS: Final[Mapping[Exit, str]] = {
    Exit.OK: "done; of a watched run: it SUCCEEDED",
    Exit.FAILED: "the run FAILED; a drill found a promise broken, or the doctor a problem",
    Exit.USAGE: "the command line is wrong",
    Exit.NOT_FOUND: "no such run, graph, artifact or file",
    Exit.INVALID: "input or a setting is wrong",
    Exit.UNAVAILABLE: "no server there, or not in time; try again",
    Exit.CANCELLED: "the run was CANCELLED",
    Exit.INTERRUPTED: "the run is INTERRUPTED: it waits for an answer",
    Exit.REFUSED: "the server refused: id taken, wrong status, limit or credentials",
    Exit.BROKEN: "something broke: the message says what, the server's log why",
    Exit.DETACHED: "Ctrl-C; a watched run goes on",
}

# The server's errors and the client's have the same names.
ERRORS: Final[Mapping[str, Exit]] = {
    "NotFound": Exit.NOT_FOUND,
    "FileNotFoundError": Exit.NOT_FOUND,
    "Invalid": Exit.INVALID,
    "OutOfRange": Exit.INVALID,
    "Unavailable": Exit.UNAVAILABLE,
    "DeadlineExceeded": Exit.UNAVAILABLE,
    "AlreadyExists": Exit.REFUSED,
    "Conflict": Exit.REFUSED,
    "NotAllowed": Exit.REFUSED,
    "Exhausted": Exit.REFUSED,
    "Unauthenticated": Exit.REFUSED,
    "Denied": Exit.REFUSED,
    # What else stops a start.
    "GraphError": Exit.INVALID,
    "AddressInUse": Exit.UNAVAILABLE,
}

STATUSES: Final[Mapping[str, Exit]] = {
    "failed": Exit.FAILED,
    "cancelled": Exit.CANCELLED,
    "interrupted": Exit.INTERRUPTED,
}


def exit_of_error(error: BaseException) -> Exit:
    """Return the exit code of an error, by its name or that of a class above it."""
    names = (each.__name__ for each in type(error).__mro__)
    return next((ERRORS[name] for name in names if name in ERRORS), Exit.BROKEN)


def exit_of_status(status: str) -> Exit:
    """Return the exit code for a run that was watched until it had a status."""
    return STATUSES.get(status, Exit.OK)

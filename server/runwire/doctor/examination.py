"""All checks, one after the other."""

from collections.abc import Iterator
from typing import Final

from runwire.config import Settings
from runwire.doctor import artifacts, database, graphs, machine, reach
from runwire.doctor.finding import Check, Finding, problem

CHECKS: Final[tuple[tuple[str, Check], ...]] = (
    ("versions", machine.versions),
    ("open files", machine.open_files),
    ("addresses", reach.addresses),
    ("certificates", reach.certificates),
    ("data directory", machine.data_directory),
    ("database", database.database),
    ("artifacts", artifacts.artifacts),
    ("graphs", graphs.graphs),
)


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at everything that can be looked at without a server."""
    for what, check in CHECKS:
        try:
            yield from check(settings)
        except Exception as error:  # noqa: BLE001 - one check that fails must not hide the others
            yield problem(
                what,
                f"could not be looked at: {type(error).__name__}: {error}",
                "Mend what the message names, and look again.",
            )

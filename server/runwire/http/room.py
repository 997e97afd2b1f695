"""How many connections there may be, and who makes room for others.

Whoever has asked for something keeps the connection. Those that only stand there, or are slow to
say what they want, make room when it is needed, the oldest first: many of them cannot keep others
out. If there are none, the newcomer is turned away with words.
"""

from typing import Final, Protocol

from runwire.listening import allowed_files

KEPT_FILES: Final = 4
"""One file of so many is for others than HTTP: the database, artifacts, gRPC."""


class Guest(Protocol):
    """A connection."""

    def leave(self) -> None:
        """Close, so that another one has room."""


class Room:
    """The connections of one server."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._waiting: dict[Guest, None] = {}  # in the order in which they began to

    def waits(self, guest: Guest) -> None:
        """Note that nothing is being done for a connection."""
        self._waiting.setdefault(guest)

    def works(self, guest: Guest) -> None:
        """Note that a connection has asked for something, or is gone."""
        self._waiting.pop(guest, None)

    def has_room(self, count: int) -> bool:
        """Whether there can be so many connections; one that waits leaves if need be."""
        if count <= self.limit:
            return True
        for guest in self._waiting:
            del self._waiting[guest]
            guest.leave()
            return True
        return False


def room_for(wanted: int) -> Room:
    """Return the room for so many connections, or for as many as there can be open files."""
    allowed = allowed_files()
    return Room(max(1, min(wanted, allowed - allowed // KEPT_FILES)))

"""What a move from one database to another leaves behind, so that none is served by mistake."""

from datetime import datetime
from typing import Final

from sqlalchemy import Column, Connection, Table, Text, select

from runwire.domain.errors import Unavailable
from runwire.stores.columns import metadata
from runwire.stores.times import Micros

LEFT: Final = "left"  # of the source: everything went there
FILLING: Final = "filling"  # of the target: not everything came from there yet
FILLED: Final = "filled"  # of the target

promotion = Table(
    "promotion",
    metadata,
    Column("place", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("at", Micros, nullable=False),
)


def check_servable(connection: Connection) -> None:
    """Raise Unavailable for a database that was left, or that is not complete yet."""
    for row in connection.execute(select(promotion)):
        if row.state == LEFT:
            raise Unavailable(_left(row.place, row.at), reason="DATABASE_LEFT")
        if row.state == FILLING:
            raise Unavailable(
                f"the database is being filled from {row.place}: run `runwire promote` there again"
                " to finish, then start this server",
                reason="DATABASE_INCOMPLETE",
            )


def _left(place: str, at: datetime) -> str:
    return (
        f"everything in this database was moved to {place} at {at:%Y-%m-%d %H:%M:%S} UTC: serve"
        " that one with --database-url. `runwire promote --undo` lets this one be served again,"
        " without anything that happened there since"
    )

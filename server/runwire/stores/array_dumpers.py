"""How the driver sends columns of many rows: as they were packed."""

from typing import Any

from psycopg import Connection
from psycopg.abc import Buffer
from psycopg.adapt import Dumper
from psycopg.pq import Format

from runwire.stores.arrays import Booleans, Bytes, Doubles, Integers, Number, Packed, Texts, Word


def register(connection: Connection[Any]) -> None:
    """Teach a connection to send these."""
    for kind, oid in ((Texts, 1009), (Integers, 1016), (Doubles, 1022), (Booleans, 1000),
                      (Bytes, 1001), (Number, 20), (Word, 25)):  # fmt: skip
        connection.adapters.register_dumper(
            kind, type(f"{kind.__name__}Dumper", (_PackedDumper,), {"oid": oid})
        )


class _PackedDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: Packed) -> Buffer:
        return obj

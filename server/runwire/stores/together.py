"""Many writes as one statement, so that a batch is one message to PostgreSQL and one answer.

Each write becomes a branch of one WITH. They all see the tables as they were before, in no order
that could be relied on; foreign keys are checked at the end. So no two of them may touch one row.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Any, Final

from runwire.stores.arrays import Number, Packed, Unnested, Word
from runwire.stores.statements import Statements
from runwire.stores.writing import Writing

Part = tuple[Writing, Sequence[Mapping[str, Any]]]

CLOCK: Final = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
_RECEIPT: Final = (
    "UPDATE writers SET batch = {}::bigint, seen_at = clock_timestamp()"
    " WHERE writer_id = {}::text AND batch = {}::bigint{} RETURNING 1"
)
_CHANGED: Final = " AND pg_current_xact_id_if_assigned() IS NOT NULL"


class Receipt:
    """What a batch leaves in the table of writers: its number, in the place of the one before.

    It says whether the batch was committed when nobody else can. A batch that finds another number
    there than it expects fails.
    """

    def __init__(self, writer_id: str, before: int, number: int) -> None:
        self.values = [Number.of(number), Word(writer_id.encode()), Number.of(before)]


class Together:
    """Makes statements of the writes of a batch."""

    def __init__(self, statements: Statements) -> None:
        self._moving = statements.put_runs
        self._apart = (statements.delete_labels, statements.delete_requests)
        receipt = _RECEIPT.format("%s", "%s", "%s", _CHANGED)
        self.only_receipt = _numbered(
            f"WITH receipt AS ({receipt}) SELECT EXISTS (SELECT FROM receipt), 1 / (EXISTS"  # noqa: S608 - ours
            " (SELECT FROM receipt) OR pg_current_xact_id_if_assigned() IS NULL)::int"
        )
        """Leaves the receipt if the transaction has written anything, and says whether it has."""

    def grouped(self, parts: Sequence[Part]) -> Iterator[list[Part]]:
        """Yield writes that may be one statement, in order."""
        for alone, group in groupby(parts, key=self._stands_alone):
            found = list(group)
            yield from ([part] for part in found) if alone else [found]

    def one(self, parts: Sequence[Part]) -> bool:
        """Whether all writes may be one statement."""
        return not any(self._stands_alone(part) for part in parts)

    def made(self, parts: Sequence[Part], receipt: Receipt | None) -> tuple[str, list[Packed]]:
        """Return the statement for these writes, and its parameters in binary form.

        Its row is the time. It fails with a division by zero, and nothing is written, unless it
        finds every run in the revision that it moves on from, and the receipt of the batch before.
        """
        values: list[Packed] = list(receipt.values) if receipt else []
        for statement, rows in parts:
            assert isinstance(statement, Unnested)  # noqa: S101 - see `grouped`
            values += statement.values(rows)
            if statement is self._moving:
                values.append(Number.of(len(rows)))
        return self._sql(tuple(statement for statement, _ in parts), receipt is not None), values

    @lru_cache(maxsize=256)  # noqa: B019 - one of these a server
    def _sql(self, statements: tuple[Unnested, ...], receipts: bool) -> str:
        branches, checks = [], ["true"]
        if receipts:
            branches.append(f"receipt AS ({_RECEIPT.format('%s', '%s', '%s', '')})")
            checks.append("EXISTS (SELECT FROM receipt)")
        for n, statement in enumerate(statements):
            if statement is self._moving:
                # Its number is a parameter of this branch, so that parameters stay in order.
                branches.append(f"moved AS ({statement.sql} RETURNING 1)")
                branches.append("wanted AS (SELECT %s::bigint AS number)")
                checks.append("(SELECT count(*) FROM moved) = (SELECT number FROM wanted)")
            else:
                branches.append(f"part_{n} AS ({statement.sql})")
        kept = " AND ".join(checks)
        return _numbered(f"WITH {', '.join(branches)} SELECT {CLOCK}, 1 / ({kept})::int")

    def _stands_alone(self, part: Part) -> bool:
        return not isinstance(part[0], Unnested) or part[0] in self._apart


def _numbered(sql: str) -> str:
    """Return SQL with numbers for parameters, as the server counts them."""
    first, *others = sql.split("%s")
    return first + "".join(f"${n}{other}" for n, other in enumerate(others, start=1))

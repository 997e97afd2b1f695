"""Where a walk stands between two supersteps, and the checkpoints that say so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from runwire.domain.checkpoint import FULL_EVERY, Checkpoint, Encoded, difference, join
from runwire.domain.payload import encode
from runwire.domain.run import RunId
from runwire.domain.work import Claim
from runwire.engine.plan import Route


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """The newest checkpoint's number and superstep, what runs next, and the state, encoded.

    ``behind`` counts the bytes of differences since the last full checkpoint.
    """

    number: int
    superstep: int
    next: Route
    visits: Mapping[str, int]
    values: Encoded
    behind: int = 0


def position_of(claim: Claim) -> Position | None:
    """Return where a claimed run stands; None if it has not begun."""
    if claim.checkpoint is None:
        return None
    return Position(
        number=claim.checkpoint.number,
        superstep=claim.checkpoint.superstep,
        next=claim.checkpoint.next,
        visits=claim.checkpoint.visits,
        values={key: encode(value) for key, value in (claim.state or {}).items()},
    )


def beginning(
    run_id: RunId, *, route: Route, values: Encoded, now: datetime
) -> tuple[Position, Checkpoint]:
    """Return where a run begins, and its checkpoint 0."""
    position = Position(number=0, superstep=0, next=route, visits={}, values=values)
    return position, _checkpoint(run_id, position, nodes=(), body=None, now=now)


def moved(
    run_id: RunId,
    before: Position,
    *,
    nodes: Sequence[str],
    route: Route,
    values: Encoded,
    now: datetime,
) -> tuple[Position, Checkpoint]:
    """Return where a superstep has led, and its checkpoint: a difference while that is less."""
    number, visits = before.number + 1, dict(before.visits)
    for name in nodes:
        visits[name] = visits.get(name, 0) + 1
    body, behind = None, 0
    if number % FULL_EVERY:
        body = difference(before.values, values)
        behind = before.behind + len(body)
        if behind >= sum(map(len, values.values())):
            body, behind = None, 0
    position = Position(
        number=number,
        superstep=before.superstep + 1,
        next=route,
        visits=visits,
        values=values,
        behind=behind,
    )
    return position, _checkpoint(run_id, position, nodes=nodes, body=body, now=now)


def _checkpoint(
    run_id: RunId, position: Position, *, nodes: Sequence[str], body: bytes | None, now: datetime
) -> Checkpoint:
    return Checkpoint(
        run_id=run_id,
        number=position.number,
        superstep=position.superstep,
        nodes=tuple(nodes),
        next=position.next,
        visits=position.visits,
        full=body is None,
        body=join(position.values) if body is None else body,
        created_at=now,
    )

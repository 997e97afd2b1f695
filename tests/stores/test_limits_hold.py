"""Whatever happens to runs with limits, no more are held than allowed, and none is forgotten."""

import itertools
from collections import Counter
from collections.abc import Sequence
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from tests.conftest import Reopen, now
from tests.stores.queueing import a_run, claim, lease_of

from runwire.domain import moves
from runwire.domain.errors import Conflict, NotAllowed
from runwire.domain.outcome import Failed, Interrupted, Outcome, Succeeded
from runwire.domain.run import Interrupt, Run, RunError
from runwire.domain.work import Progress, Seed
from runwire.stores.database import Database
from runwire.stores.journal import SqlJournal
from runwire.stores.tables import queue

GRAPH_LIMITS = {"g": 3}
LIMIT_OF = {"": 0, "one": 1, "two": 2}
ASKED = Interrupt(
    interrupt_id="n:1:0", node="n", step_id="n:1", index=0, value=b"1", created_at=now()
)
OUTCOMES: list[Outcome] = [
    Succeeded(b"{}"),
    Failed(RunError(code=2, reason="NODE_FAILED", message="no")),
    Interrupted((ASKED,)),
]
numbers = itertools.count()
asks = st.one_of(
    st.tuples(
        st.just("create"),
        st.sampled_from(sorted(LIMIT_OF)),
        st.sampled_from(["g", "h"]),
        st.integers(-1, 1),
    ),
    st.tuples(st.just("claim"), st.integers(1, 5), st.sampled_from([0, 60])),
    st.tuples(st.just("settle"), st.integers(0, 9), st.sampled_from(OUTCOMES)),
    st.tuples(st.just("release"), st.integers(0, 9)),
    st.tuples(st.just("cancel"), st.integers(0, 30), st.sampled_from([0, 60])),
    st.tuples(st.just("sweep")),
    st.tuples(st.just("resume"), st.integers(0, 30)),
)


class Model:
    """One example's runs, in a queue of their own."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.journal = SqlJournal(database.writer, max_crashes=2)
        self.queue = f"q{next(numbers)}"
        self.runs: dict[str, Run] = {}
        self.leases: dict[str, Run] = {}
        self.workers = itertools.count()

    async def create(self, key: str, graph: str, priority: int) -> None:
        run = a_run(
            f"{self.queue}-{len(self.runs)}",
            graph_id=graph,
            priority=priority,
            queue=self.queue,
            concurrency_key=key and f"{self.queue}/{key}",
            concurrency_limit=LIMIT_OF[key],
        )
        self.runs[run.run_id] = (await self.journal.create(Seed(run=run))).run

    async def claim(self, limit: int, lease_seconds: float) -> list[Run]:
        worker = f"w{next(self.workers)}"
        found = await claim(
            self.journal, limit, worker=worker, queues=(self.queue,), lease_seconds=lease_seconds
        )
        self.leases.update({run.run_id: run for run in found})
        return found

    async def settle(self, index: int, outcome: Outcome) -> None:
        if held := self._pick(self.leases, index):
            move = moves.settled(lease_of(held), Progress(), outcome)
            await self._record(held, move)

    async def release(self, index: int) -> None:
        if held := self._pick(self.leases, index):
            await self._record(held, moves.released(lease_of(held), "drain"))

    async def cancel(self, index: int, grace: float) -> None:
        if run := self._pick(self.runs, index):
            move = moves.cancelled(reason="", etag="", grace_seconds=grace)
            await self._record(run, move)

    async def resume(self, index: int) -> None:
        if run := self._pick(self.runs, index):
            await self._record(run, moves.resumed(interrupt_id="", answer=b"1", etag=""))

    async def sweep(self) -> None:
        await self.journal.sweep(100)

    async def check(self) -> None:
        held = [row for row in await self._rows() if row.worker_id is not None]
        keys = Counter(row.limit_key for row in held if row.limit_key)
        for key, count in keys.items():
            assert count <= LIMIT_OF[key.partition("/")[2]], key
        assert sum(row.graph_key == "g" for row in held) <= GRAPH_LIMITS["g"]

    async def drain(self) -> None:
        """Come to an end with all of them: whoever waits is let in as soon as others leave."""
        at_once = moves.cancelled(reason="", etag="", grace_seconds=0)
        for run in self.leases.values():
            await self._record(run, at_once)
        await self.journal.sweep(1000)
        for run in self.leases.values():  # those that were given time to let go
            await self._settled(run)
        while await self._left():
            taken = await self.claim(100, 60)
            assert taken, "there are runs and places, but nothing to claim"
            await self.check()
            for run in taken:
                await self._settled(run)

    async def _left(self) -> int:
        return len(await self._rows())

    async def _rows(self) -> Sequence[Any]:
        mine = select(queue).where(queue.c.queue == self.queue)
        return await self.database.read(lambda c: c.execute(mine).all())

    async def _settled(self, run: Run) -> None:
        await self._record(run, moves.settled(lease_of(run), Progress(), Succeeded(b"{}")))

    async def _record(self, run: Run, move: moves.Move) -> None:
        try:
            self.runs[run.run_id] = await self.journal.record(run.run_id, move)
        except (Conflict, NotAllowed):
            return

    @staticmethod
    def _pick(among: dict[str, Run], index: int) -> Run | None:
        return list(among.values())[index % len(among)] if among else None


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(told=st.lists(asks, max_size=40))
async def test_no_more_are_held_than_allowed_and_none_is_forgotten(
    reopen: Reopen, told: list[tuple[str, object]]
) -> None:
    async with reopen(graph_limits=GRAPH_LIMITS) as database:
        model = Model(database)
        for verb, *given_values in told:
            await getattr(model, verb)(*given_values)
            await model.check()
        await model.drain()

"""Deletes what the retention policy, or a caller, no longer wants to keep.

1. Runs go in short transactions, and after each one the writer is left alone for as long as it
   took: pruning never takes more than half of it.
2. Every answer is about what is on disk: what was told as deleted is, and another call goes on.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from time import monotonic
from typing import Final, TypeVar

from runwire.domain.archive_ports import Retention, StorageStore
from runwire.domain.errors import NotFound
from runwire.domain.ports import Clock, Graphs, GraphStore
from runwire.domain.reach import HOME, Reach
from runwire.domain.retention import FOR_EVER, Ended, Pruned, RetentionPolicy, by_graph, tally
from runwire.domain.run import RunId
from runwire.domain.storage import Storage

CHOSEN: Final = 2000
"""So many runs are chosen at once; deleting them takes several transactions."""
CALL_SECONDS: Final = 5.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruning:
    """What went, or would go, by graph; `more` if there is more to do."""

    graphs: Sequence[Pruned]
    more: bool = False


class Archive:
    """What is stored, and what of it goes."""

    def __init__(
        self,
        *,
        retention: Retention,
        storage: StorageStore,
        policy: RetentionPolicy,
        graphs: Graphs,
        definitions: GraphStore,
        now: Clock,
    ) -> None:
        self.policy = policy
        self._retention = retention
        self._storage = storage
        self._graphs = graphs
        self._definitions = definitions
        self._now = now

    async def storage(self, reach: Reach = HOME) -> Storage:
        """Return bytes and counts by graph and status, and the size of the database."""
        return await self._storage.storage(reach)

    async def prune(
        self,
        *,
        graph_id: str = "",
        older_than_seconds: float | None = None,
        validate_only: bool,
        reach: Reach = HOME,
    ) -> Pruning:
        """Delete what the policy says, or what ended a while ago; of all graphs, or of one.

        Works for some seconds at most: call again while `more`. With `validate_only` nothing is
        deleted, and the answer tells all that would be. Raises NotFound for an unknown graph.
        """
        if graph_id:
            await self._check_graph(graph_id, reach)
        policy = self.policy
        if older_than_seconds is not None:
            # Nothing has ended in the future, so the smallest age means everything.
            policy = RetentionPolicy(seconds=older_than_seconds or 1e-6)
        if graph_id:
            policy = policy.only(*reach.names(graph_id))
        if validate_only:
            return Pruning(graphs=await self._retention.would_go(policy, self._now(), reach))
        gone: dict[str, Pruned] = {}
        until = monotonic() + CALL_SECONDS
        async with aclosing(self._delete(policy, reach)) as deleted:
            async for runs in deleted:
                tally(gone, runs)
                if monotonic() > until:
                    return Pruning(graphs=by_graph(gone), more=True)
        return Pruning(graphs=by_graph(gone))

    async def keep(self) -> int:
        """Delete what the policy says until nothing more goes; return how many runs went."""
        count = 0
        if self.policy != FOR_EVER:
            async for runs in self._delete(self.policy, None):
                count += len(runs)
        while await _rested(self._retention.shrink()):
            pass
        return count

    async def unknown_graphs(self) -> Sequence[str]:
        """Return the graphs that the policy names and nobody has ever heard of."""
        named = set(self.policy.graphs)
        return sorted(named - await self._known(None)) if named else ()

    async def _delete(
        self, policy: RetentionPolicy, reach: Reach | None
    ) -> AsyncGenerator[Sequence[Ended], None]:
        """Delete until nothing more goes; yield what has gone, a transaction at a time."""
        while chosen := await self._retention.due(policy, self._now(), CHOSEN, reach):
            by_id = {run.run_id: run for run in chosen}
            left: Sequence[RunId] = list(by_id)
            count = 0
            while left:
                gone, left = await _rested(self._retention.delete(left))
                count += len(gone)
                yield [by_id[run_id] for run_id in gone]
            if not count:
                return  # another server is deleting them

    async def _check_graph(self, graph_id: str, reach: Reach) -> None:
        if (await self._known(reach)).isdisjoint(reach.names(graph_id)):
            raise NotFound(
                f"no graph {graph_id}, and no runs of it: see `runwire storage`",
                reason="GRAPH_NOT_FOUND",
                graph_id=graph_id,
            )

    async def _known(self, reach: Reach | None) -> set[str]:
        stored = await self._storage.storage(reach)
        sent = await self._definitions.find(None if reach is None else reach.namespace)
        return {
            *self._graphs.names(),
            *(each.graph_id for each in sent),
            *(each.graph_id for each in stored.graphs),
        }


async def _rested(work: Awaitable[T]) -> T:
    """Return what work does, and only after it has been left undone for as long again."""
    began = monotonic()
    result = await work
    await asyncio.sleep(monotonic() - began)
    return result

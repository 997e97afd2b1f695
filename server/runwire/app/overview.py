"""What a dashboard shows of a server as a whole: how many runs, which queues, who works.

1. Runs are told of only within a caller's reach, and what they hold only as numbers beyond it.
2. A worker is no secret of its own, but where it is and how much it does for others is: that is
   for callers who administer the whole server, or could.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeVar

from runwire.app.graphs import GraphCatalog
from runwire.domain.caller import Caller
from runwire.domain.errors import invalid
from runwire.domain.ids import DEFAULT_QUEUE
from runwire.domain.namespace import SEPARATOR, namespace_of
from runwire.domain.overview import (
    DEFAULT_BUCKETS,
    DEFAULT_WINDOW_SECONDS,
    MAX_BUCKETS,
    MAX_WINDOW_SECONDS,
    MIN_WINDOW_SECONDS,
    Holder,
    OverviewStore,
    QueueState,
    RunCounts,
    WorkerState,
    WorkerView,
)
from runwire.domain.paging import Page, page_size_of, position_of, token_of
from runwire.domain.ports import Clock
from runwire.domain.quotas import NamespaceStore

MAX_WORKERS: Final = 100
"""On one page: each may bring as many runs."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerFacts:
    """What does not change while a server runs; `langgraph_path` is None if it is not served."""

    version: str
    started_at: datetime
    database: str
    auth: bool
    tls: bool
    langgraph: bool
    langgraph_path: str | None
    grpc_address: str = ""
    http_address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerState:
    """A server as somebody has to know it who calls it."""

    facts: ServerFacts
    now: datetime
    namespaces: bool


class Overview:
    """Looks at the whole of a server, for one caller at a time."""

    def __init__(
        self,
        *,
        store: OverviewStore,
        namespaces: NamespaceStore,
        graphs: GraphCatalog,
        workers: Callable[[], Sequence[WorkerState]],
        embedded: str,
        facts: ServerFacts,
        now: Clock,
    ) -> None:
        self._store = store
        self._namespaces = namespaces
        self._graphs = graphs
        self._workers = workers
        self._embedded = embedded
        self._facts = facts
        self._now = now

    def listening(self, *, grpc_address: str, http_address: str) -> None:
        """Note where the server listens, which is known once it does."""
        self._facts = replace(self._facts, grpc_address=grpc_address, http_address=http_address)

    async def counts(
        self,
        caller: Caller,
        *,
        graph_id: str = "",
        window_seconds: float | None = None,
        buckets: int = 0,
    ) -> RunCounts:
        """Return the runs in reach by status, and what happened to them of late.

        Raises Invalid, and NotFound for a graph that is not there and has left no runs.
        """
        seconds = DEFAULT_WINDOW_SECONDS if window_seconds is None else window_seconds
        if not MIN_WINDOW_SECONDS <= seconds <= MAX_WINDOW_SECONDS:
            raise invalid("window", f"must be {MIN_WINDOW_SECONDS} to {MAX_WINDOW_SECONDS} seconds")
        if not 0 <= buckets <= MAX_BUCKETS:
            raise invalid("buckets", f"must be 0 to {MAX_BUCKETS}")
        found = await self._store.counts(
            caller.reach, graph_id, seconds, buckets or DEFAULT_BUCKETS
        )
        if graph_id and not found.any:
            await self._graphs.get(graph_id, 0, caller.reach)
        return found

    async def queues(self, caller: Caller, *, page_size: int, page_token: str) -> Page[QueueState]:
        """Return one page of the queues that a caller may know of, by name."""
        found = {state.queue: state for state in await self._store.queues(caller.reach)}
        names = {DEFAULT_QUEUE, *found}
        if _oversees(caller):
            names |= {name for worker in self._workers() for name in queues_of(worker)}
        states = [found.get(name, QueueState(queue=name)) for name in names]
        page = page_size_of(page_size)
        return _page(states, lambda state: state.queue, page, page_token, "queues")

    def workers_of(self, queue: str) -> int:
        """Return how many workers of this server take runs of a queue."""
        return sum(queue in queues_of(worker) and not worker.leaving for worker in self._workers())

    async def workers(self, caller: Caller, *, page_size: int, page_token: str) -> Page[WorkerView]:
        """Return one page of the workers that a caller may know of, by id."""
        holders = {each.worker_id: each for each in await self._store.holders(caller.reach)}
        here = {worker.worker_id: worker for worker in self._workers()}
        views = [
            self._view(here.get(worker_id), holders.get(worker_id), worker_id)
            for worker_id in here.keys() | holders.keys()
        ]
        if not _oversees(caller):
            queues = {state.queue for state in await self._store.queues(caller.reach)}
            views = [_for_others(view, queues, caller) for view in views if _concerns(view, queues)]
        size = min(page_size_of(page_size), MAX_WORKERS)
        page = _page(views, lambda view: view.worker.worker_id, size, page_token, "workers")
        ids = [view.worker.worker_id for view in page.items if view.holds.runs]
        held = await self._store.held(caller.reach, ids) if ids else {}
        items = [replace(view, runs=held.get(view.worker.worker_id, ())) for view in page.items]
        return Page(items, page.next_page_token)

    async def server(self, caller: Caller) -> ServerState:
        """Return what server this is; where its sockets are is for those who oversee it."""
        facts = self._facts
        if not _oversees(caller):
            facts = replace(
                facts,
                grpc_address=_public(facts.grpc_address),
                http_address=_public(facts.http_address),
            )
        several = await self._namespaces.find(2, "")
        return ServerState(facts=facts, now=self._now(), namespaces=len(several.items) > 1)

    def _view(
        self, worker: WorkerState | None, holder: Holder | None, worker_id: str
    ) -> WorkerView:
        embedded = worker_id.startswith(self._embedded)
        state = worker or WorkerState(worker_id=worker_id, embedded=embedded)
        return WorkerView(worker=state, holds=holder or Holder(worker_id=worker_id))


def queues_of(worker: WorkerState) -> Sequence[str]:
    """Return the queues whose runs a worker takes, as people call them."""
    return [name or DEFAULT_QUEUE for name in worker.queues]


def _oversees(caller: Caller) -> bool:
    return caller.everywhere and not caller.reach.limited


def _concerns(view: WorkerView, queues: set[str]) -> bool:
    return view.holds.runs > 0 or not queues.isdisjoint(queues_of(view.worker))


def _for_others(view: WorkerView, queues: set[str], caller: Caller) -> WorkerView:
    """Return a worker without what tells of those whose runs a caller may not see."""
    reach, worker = caller.reach, view.worker
    seen = replace(
        worker,
        address="",
        capacity=0,
        queues=tuple(name for name in queues_of(worker) if name in {DEFAULT_QUEUE, *queues}),
        graphs=tuple(name for name in worker.graphs if reach.sees(name) and _is_here(name, caller)),
    )
    return WorkerView(worker=seen, holds=replace(view.holds, others=0))


def _is_here(graph_id: str, caller: Caller) -> bool:
    """Whether a graph is of the caller's namespace, or in code, for all of them."""
    return SEPARATOR not in graph_id or namespace_of(graph_id) == caller.namespace


def _public(address: str) -> str:
    """Return an address unless it is a path on the server's disk."""
    return "" if address.startswith("unix:") else address


def _page(
    items: Iterable[T], name_of: Callable[[T], str], size: int, token: str, what: str
) -> Page[T]:
    after = position_of(token, query=(what,), kinds=(str,))
    ordered = sorted(items, key=name_of)
    rest = [item for item in ordered if after is None or name_of(item) > after[0]]
    if len(rest) <= size:
        return Page(rest)
    return Page(rest[:size], token_of((name_of(rest[size - 1]),), query=(what,)))

"""The real app over SQLite behind a real port, with what a worker would do done by hand."""

import asyncio
import os
import threading
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import now, settings_in

from runwire import Graph, tool
from runwire.app.artifacts import ArtifactShelf
from runwire.app.assistants import Assistants
from runwire.app.audit import AuditLog
from runwire.app.believed import BelievedKeys
from runwire.app.explaining import Explaining
from runwire.app.forks import Forks
from runwire.app.graphs import GraphCatalog
from runwire.app.inputs import Inputs
from runwire.app.items import Items
from runwire.app.keys import Keys
from runwire.app.leases import LocalLeases
from runwire.app.namespaces import Namespaces
from runwire.app.new_ids import NewIds
from runwire.app.overview import Overview, ServerFacts
from runwire.app.pruning import Archive
from runwire.app.run_making import RunMaker
from runwire.app.runs import Runs
from runwire.app.states import States
from runwire.app.threads import Threads
from runwire.app.watch import Watch
from runwire.app.webhooks import Webhooks
from runwire.bus.memory import MemoryBus
from runwire.domain.artifact import ArtifactId
from runwire.domain.checkpoint import Checkpoint, NextNode
from runwire.domain.event import Detail, NewEvent
from runwire.domain.graph import GraphInfo, GraphKind
from runwire.domain.outcome import Outcome
from runwire.domain.overview import WorkerState
from runwire.domain.retention import RetentionPolicy
from runwire.domain.run import RunId, RunStatus
from runwire.domain.secret import new_key_id
from runwire.domain.step import Step
from runwire.domain.work import Claim, Progress
from runwire.engine.registry import Registry
from runwire.item_parts import items_of
from runwire.rpc.convert_events import encode_events
from runwire.rpc.server import RpcServer
from runwire.rpc.services import Services
from runwire.stores.artifacts import SqlArtifactStore
from runwire.stores.audit import SqlAuditStore
from runwire.stores.blobs import ObjectBlobStore
from runwire.stores.database import open_database
from runwire.stores.events import SqlEventStore
from runwire.stores.graphs import SqlGraphStore
from runwire.stores.journal import SqlJournal
from runwire.stores.keys import SqlKeyStore
from runwire.stores.namespaces import SqlNamespaceStore
from runwire.stores.overview import SqlOverview
from runwire.stores.places import SqlPlaces
from runwire.stores.retention import SqlRetention
from runwire.stores.runs import SqlRunStore
from runwire.stores.state import SqlStateStore
from runwire.stores.storage import SqlStorageStore
from runwire.stores.thread_checkpoints import SqlThreadCheckpoints
from runwire.stores.webhooks import SqlDeliveryStore, SqlWebhookStore
from runwire.thread_parts import NO_CODE, thread_parts

ELSEWHERE = "lang-1"
"""A LangGraph graph whose code is in some worker."""

WORKER = WorkerState(
    worker_id="here",
    here=True,
    address="ipv4:10.0.0.7:1234",
    queues=("", "quiet"),
    graphs=("echo",),
    capacity=4,
)
"""The worker that the server tells of besides those that hold runs."""
FACTS = ServerFacts(
    version="1.2.3",
    started_at=now(),
    database="sqlite",
    auth=True,
    tls=False,
    langgraph=True,
    langgraph_path="",
    grpc_address="unix:/run/secret/grpc",
    http_address="http://127.0.0.1:8080",
)

echo = Graph("echo", description="Says it again")


@echo.node(retries=2, timeout_seconds=1.5)
async def say(state: dict[str, Any]) -> dict[str, Any]:
    return state


@tool
def rpc_add(state: dict[str, Any], amount: int) -> dict[str, Any]:
    """Add an amount to n."""
    return {"n": state.get("n", 0) + amount}


@dataclass(frozen=True, kw_only=True)
class App:
    """What the edge is given, and what a worker uses."""

    runs: Runs
    states: States
    explaining: Explaining
    watch: Watch
    artifacts: ArtifactShelf
    graphs: GraphCatalog
    archive: Archive
    overview: Overview
    webhooks: Webhooks
    namespaces: Namespaces
    journal: SqlJournal
    leases: LocalLeases
    keys: Keys
    audit: AuditLog
    maker: RunMaker
    threads: Threads
    assistants: Assistants
    items: Items

    @property
    def edge(self) -> dict[str, Any]:
        """The arguments of RpcServer."""
        names = ("runs", "states", "explaining", "watch", "artifacts")
        names += ("graphs", "archive", "overview", "webhooks", "keys", "audit", "namespaces")
        names += ("maker", "threads", "assistants", "items")
        return {"services": Services(**{name: getattr(self, name) for name in names})}

    async def claimed(self) -> Claim:
        """Take the run that waits."""
        (claim,) = await self.leases.claim("test", 1)
        return claim

    async def tell(self, claim: Claim, *details: Detail) -> None:
        """Record events of a claimed run."""
        events = tuple(NewEvent(at=now(), detail=detail) for detail in details)
        await self.leases.record(claim.lease, Progress(events=events))

    async def step(self, claim: Claim, number: int, body: bytes, *next_nodes: str) -> None:
        """Record one executed node and the checkpoint behind it."""
        run_id = claim.run.run_id
        checkpoint = Checkpoint(
            run_id=run_id,
            number=number,
            superstep=number,
            nodes=("say",),
            next=tuple(NextNode(node=name) for name in next_nodes),
            full=True,
            body=body,
            created_at=now(),
        )
        step = Step(
            run_id=run_id,
            step_id=f"say:{number}",
            superstep=number,
            node="say",
            visit=number,
            attempt=1,
            status=RunStatus.SUCCEEDED,
            started_at=now(),
            ended_at=now(),
            checkpoint=number,
        )
        progress = Progress(steps=(step,) if number else (), checkpoints=(checkpoint,))
        await self.leases.record(claim.lease, progress)

    async def settle(self, claim: Claim, outcome: Outcome) -> None:
        """Record how a claimed run ended."""
        await self.leases.settle(claim.lease, Progress(), outcome)


@asynccontextmanager
async def assembled(directory: Path, url: str = "") -> AsyncIterator[App]:
    """Assemble the app over a database, one in a directory if no other is named."""
    bus = MemoryBus()
    url = url or f"sqlite:///{directory}/runwire.db"
    async with open_database(url, now=now, encode=encode_events, wake_all=bus.wake_all) as database:
        journal, known = SqlJournal(database.writer), Registry([echo])
        known.learn([GraphInfo(graph_id=ELSEWHERE, kind=GraphKind.LANGGRAPH)], [])
        runs, states = SqlRunStore(database), SqlStateStore(database)
        graphs = GraphCatalog(graphs=known, store=SqlGraphStore(database))
        shelf = ArtifactShelf(
            artifacts=SqlArtifactStore(database),
            blobs=ObjectBlobStore.open(f"file://{directory}/artifacts", now=now),
            runs=runs,
            now=now,
            new_id=lambda: ArtifactId(str(uuid.uuid4())),
        )
        inputs = Inputs(graphs=known, artifacts=shelf)
        app_runs = Runs(
            runs=runs,
            journal=journal,
            bus=bus,
            graphs=graphs,
            inputs=inputs,
            forks=Forks(states=states, graphs=graphs, inputs=inputs, now=now),
            now=now,
            new_id=lambda: RunId(str(uuid.uuid4())),
            cancel_grace_seconds=10,
        )
        settings = settings_in(directory)
        threading_parts = thread_parts(
            *(settings, database, journal, app_runs, known, graphs, NewIds(now), NO_CODE)
        )
        yield App(
            runs=app_runs,
            maker=threading_parts.maker,
            threads=threading_parts.threads,
            assistants=threading_parts.assistants,
            items=items_of(settings, database)[0],
            states=States(
                runs=runs,
                states=states,
                saved=SqlThreadCheckpoints(database),
                graph_states=NO_CODE,
            ),
            explaining=Explaining(
                runs=runs,
                states=states,
                places=SqlPlaces(database, {}),
                workers=list,
                now=now,
                lease_seconds=10,
                renew_seconds=3,
            ),
            watch=Watch(runs=runs, events=SqlEventStore(database), bus=bus, now=now),
            artifacts=shelf,
            graphs=graphs,
            archive=Archive(
                retention=SqlRetention(database),
                storage=SqlStorageStore(database),
                policy=RetentionPolicy(seconds=3600),
                graphs=known,
                definitions=SqlGraphStore(database),
                now=now,
            ),
            overview=Overview(
                store=SqlOverview(database),
                namespaces=SqlNamespaceStore(database),
                graphs=graphs,
                workers=lambda: [WORKER],
                embedded="embedded/",
                facts=FACTS,
                now=now,
            ),
            webhooks=Webhooks(
                webhooks=SqlWebhookStore(database),
                deliveries=SqlDeliveryStore(database),
                now=now,
                new_id=lambda: str(uuid.uuid4()),
                random=os.urandom,
                allow_private=False,
            ),
            keys=Keys(
                store=SqlKeyStore(database),
                believed=BelievedKeys(SqlKeyStore(database)),
                now=now,
                new_id=new_key_id,
            ),
            audit=AuditLog(store=SqlAuditStore(database), now=now, retention_seconds=3600),
            namespaces=Namespaces(SqlNamespaceStore(database)),
            journal=journal,
            leases=LocalLeases(
                journal=journal,
                states=states,
                artifacts=shelf,
                definitions=graphs,
                graphs=known.names(),
                queues=("",),
                lease_seconds=10,
            ),
        )


@dataclass(frozen=True)
class Served:
    """A server with a loop of its own, for synchronous tests."""

    address: str
    app: App
    loop: asyncio.AbstractEventLoop

    def do(self, work: Any) -> Any:
        """Run a coroutine of the app on the server's loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(10)


@contextmanager
def served(directory: Path) -> Iterator[Served]:
    """Serve from a thread until the block ends."""
    ready = threading.Event()
    found: list[Served] = []
    done = asyncio.Event()

    async def serve() -> None:
        async with assembled(directory) as app:
            server = RpcServer(**app.edge)
            port = server.add_address("127.0.0.1:0")
            await server.start()
            found.append(Served(f"127.0.0.1:{port}", app, asyncio.get_running_loop()))
            ready.set()
            await done.wait()
            await server.drain(1)

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    try:
        assert ready.wait(10)
        yield found[0]
    finally:
        found[0].loop.call_soon_threadsafe(done.set)
        thread.join(10)

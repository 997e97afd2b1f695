"""What a server consists of for threads and assistants, made and put together."""

from dataclasses import dataclass
from typing import Final

from runwire.app.assistants import Assistants
from runwire.app.graph_code import CodeElsewhere
from runwire.app.new_ids import NewIds
from runwire.app.own_assistants import LookAgain, OwnAssistants
from runwire.app.runs import Runs
from runwire.app.thread_runs import ThreadRuns
from runwire.app.threads import Threads
from runwire.clock import now
from runwire.config import Settings
from runwire.domain.ports import Graphs, Journal
from runwire.domain.thread import Ttl
from runwire.domain.thread_ports import GraphStates
from runwire.engine.chores import Expirer
from runwire.stores.assistants import SqlAssistantStore
from runwire.stores.database import Database
from runwire.stores.thread_admin import SqlThreadAdmin
from runwire.stores.thread_checkpoints import SqlThreadCheckpoints
from runwire.stores.threads import SqlThreadStore

NO_CODE: Final[GraphStates] = CodeElsewhere()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lives:
    """How long threads live that say nothing of it, and how often their end is looked for."""

    default: Ttl | None = None
    sweep_seconds: float = 60.0
    sweep_limit: int = 1000


USUAL: Final = Lives()


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadParts:
    """What the edges serve, and the chore that ends threads whose time is over."""

    threads: Threads
    thread_runs: ThreadRuns
    assistants: Assistants
    expirer: Expirer


def thread_parts(
    settings: Settings,
    database: Database,
    journal: Journal,
    runs: Runs,
    graphs: Graphs,
    new_ids: NewIds,
    states: GraphStates,
    lives: Lives = USUAL,
    look_again: LookAgain | None = None,
) -> ThreadParts:
    """Return the parts, over a database that is open."""
    store = SqlThreadStore(database)
    admin = SqlThreadAdmin(database, SqlThreadCheckpoints(database))
    threads = Threads(
        store=store,
        admin=admin,
        states=states,
        now=now,
        new_id=new_ids.uuid,
        default_ttl=lives.default,
    )
    assistant_store = SqlAssistantStore(database)
    assistants = Assistants(
        store=assistant_store,
        own=OwnAssistants(
            store=assistant_store,
            graphs=graphs,
            now=now,
            configs=settings.langgraph_config,
            look_again=look_again,
        ),
        states=states,
        threads=threads,
        now=now,
        new_id=new_ids.uuid,
    )
    thread_runs = ThreadRuns(
        runs=runs,
        journal=journal,
        store=store,
        threads=threads,
        assistants=assistants,
        new_id=new_ids.uuid,
        cancel_grace_seconds=settings.cancel_grace_seconds,
        default_ttl=lives.default,
    )
    expirer = Expirer(admin, now=now, every_seconds=lives.sweep_seconds, limit=lives.sweep_limit)
    return ThreadParts(
        threads=threads, thread_runs=thread_runs, assistants=assistants, expirer=expirer
    )

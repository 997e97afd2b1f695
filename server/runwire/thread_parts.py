"""What a server consists of for threads and assistants, made and put together."""

from dataclasses import dataclass
from typing import Final

from runwire.app.assistants import Assistants
from runwire.app.graph_code import CodeElsewhere
from runwire.app.graphs import GraphCatalog
from runwire.app.new_ids import NewIds
from runwire.app.own_assistants import LookAgain, OwnAssistants
from runwire.app.run_making import RunMaker
from runwire.app.runs import Runs
from runwire.app.standing import StandingStates
from runwire.app.thread_runs import ThreadRuns
from runwire.app.threads import Threads
from runwire.clock import now
from runwire.config import Settings
from runwire.domain.ports import Graphs, Journal
from runwire.domain.run_webhooks import RunWebhookRules
from runwire.domain.thread import Ttl, TtlStrategy
from runwire.domain.thread_ports import GraphStates, ThreadAdmin
from runwire.engine.chores import Expirer
from runwire.stores.assistants import SqlAssistantStore
from runwire.stores.database import Database
from runwire.stores.thread_admin import SqlThreadAdmin
from runwire.stores.thread_checkpoints import SqlThreadCheckpoints
from runwire.stores.threads import SqlThreadStore

NO_CODE: Final[GraphStates] = CodeElsewhere()


SWEEP_MINUTES: Final = 5.0
SWEEP_LIMIT: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadParts:
    """What the edges serve, and the chore that ends threads whose time is over."""

    threads: Threads
    thread_runs: ThreadRuns
    assistants: Assistants
    maker: RunMaker
    expirer: Expirer


def thread_parts(
    settings: Settings,
    database: Database,
    journal: Journal,
    runs: Runs,
    graphs: Graphs,
    catalog: GraphCatalog,
    new_ids: NewIds,
    states: GraphStates,
    look_again: LookAgain | None = None,
) -> ThreadParts:
    """Return the parts, over a database that is open."""
    default_ttl = _default_ttl(settings)
    store = SqlThreadStore(database)
    checkpoints = SqlThreadCheckpoints(database)
    admin = SqlThreadAdmin(database, checkpoints)
    threads = Threads(
        store=store,
        admin=admin,
        states=StandingStates(states, store=store, checkpoints=checkpoints),
        now=now,
        new_id=new_ids.uuid,
        default_ttl=default_ttl,
    )
    assistants = _assistants(
        *(settings, database, graphs, new_ids, states, threads), look_again=look_again
    )
    thread_runs = ThreadRuns(
        runs=runs,
        journal=journal,
        store=store,
        threads=threads,
        assistants=assistants,
        new_id=new_ids.uuid,
        cancel_grace_seconds=settings.cancel_grace_seconds,
        default_ttl=default_ttl,
    )
    return ThreadParts(
        threads=threads,
        thread_runs=thread_runs,
        assistants=assistants,
        maker=_maker(settings, runs, thread_runs, threads, assistants, catalog),
        expirer=_expirer(settings, admin),
    )


def _assistants(
    settings: Settings,
    database: Database,
    graphs: Graphs,
    new_ids: NewIds,
    states: GraphStates,
    threads: Threads,
    look_again: LookAgain | None,
) -> Assistants:
    store = SqlAssistantStore(database)
    own = OwnAssistants(
        store=store,
        graphs=graphs,
        now=now,
        configs=settings.langgraph_config,
        look_again=look_again,
    )
    return Assistants(
        store=store, own=own, states=states, threads=threads, now=now, new_id=new_ids.uuid
    )


def _maker(
    settings: Settings,
    runs: Runs,
    thread_runs: ThreadRuns,
    threads: Threads,
    assistants: Assistants,
    catalog: GraphCatalog,
) -> RunMaker:
    return RunMaker(
        runs=runs,
        thread_runs=thread_runs,
        threads=threads,
        assistants=assistants,
        graphs=catalog,
        check_webhook=webhook_rules(settings).check,
    )


def webhook_rules(settings: Settings) -> RunWebhookRules:
    """Return what the settings say of webhooks that runs name themselves."""
    off, private = "webhooks" in settings.langgraph_off, settings.webhook_allow_private
    if settings.langgraph_webhooks is None:
        return RunWebhookRules(off=off, allow_private=private)
    url = settings.langgraph_webhooks.url
    return RunWebhookRules(
        off=off,
        allow_private=private,
        require_https=url.require_https,
        allowed_domains=url.allowed_domains,
        allowed_ports=url.allowed_ports,
        max_url_characters=url.max_url_length,
    )


def _default_ttl(settings: Settings) -> Ttl | None:
    said = settings.langgraph_thread_ttl
    if said is None or said.default_ttl is None:
        return None
    return Ttl(minutes=said.default_ttl, strategy=TtlStrategy(said.strategy))


def _expirer(settings: Settings, admin: ThreadAdmin) -> Expirer:
    said = settings.langgraph_thread_ttl
    minutes = SWEEP_MINUTES if said is None else said.sweep_interval_minutes or SWEEP_MINUTES
    limit = SWEEP_LIMIT if said is None else said.sweep_limit
    return Expirer(admin, now=now, every_seconds=minutes * 60, limit=limit)

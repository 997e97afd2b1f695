"""What the routes of this API are made of."""

from dataclasses import dataclass, field

from runwire.app.assistants import Assistants
from runwire.app.graphs import GraphCatalog
from runwire.app.run_making import RunMaker
from runwire.app.runs import Runs
from runwire.app.schedules import Schedules
from runwire.app.thread_runs import ThreadRuns
from runwire.app.thread_watch import ThreadWatch
from runwire.app.threads import Threads
from runwire.app.watch import Watch
from runwire.domain.assistant_ports import ItemStore
from runwire.domain.langgraph_auth import LangGraphAuth
from runwire.domain.ports import Clock
from runwire.domain.run_webhooks import RunWebhookRules
from runwire.http.langgraph.callers import Calls
from runwire.http.langgraph.request_headers import HeaderChoice
from runwire.http.langgraph.tellings import Tellings


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The app layer's objects, and what every route uses.

    A file of routes offers ``routes(parts) -> Sequence[BaseRoute]``, made by `routing.route`.
    """

    calls: Calls
    threads: Threads
    thread_runs: ThreadRuns
    assistants: Assistants
    runs: Runs
    watch: Watch
    thread_watch: ThreadWatch
    graphs: GraphCatalog
    schedules: Schedules
    maker: RunMaker
    items: ItemStore | None = None
    auth: LangGraphAuth | None = None
    now: Clock
    max_body_bytes: int
    version: str = ""
    langgraph_version: str = ""
    webhooks: RunWebhookRules = field(default_factory=RunWebhookRules)
    headers: HeaderChoice = field(default_factory=HeaderChoice)
    tellings: Tellings = field(default_factory=Tellings)
    off: frozenset[str] = frozenset()
    """What is not served: of `assistants`, `threads`, `runs`, `store`, `meta`."""

"""What a server consists of for LangGraph's clients, put together."""

from importlib.metadata import PackageNotFoundError, version

from runwire.app.assistants import Assistants
from runwire.app.thread_runs import ThreadRuns
from runwire.app.thread_watch import ThreadWatch
from runwire.app.threads import Threads
from runwire.assembly import Parts
from runwire.clock import now
from runwire.config import Settings
from runwire.http.langgraph.parts import Parts as LangGraphParts
from runwire.rpc.beside import Beside
from runwire.rpc.calls import Surroundings


def langgraph_parts(settings: Settings, parts: Parts, surroundings: Surroundings) -> LangGraphParts:
    """Return what the routes of the LangGraph API are made of."""
    thread_runs = ThreadRuns()
    return LangGraphParts(
        calls=Beside(surroundings),
        threads=Threads(),
        thread_runs=thread_runs,
        assistants=Assistants(),
        runs=parts.runs,
        watch=parts.watch,
        thread_watch=ThreadWatch(runs=thread_runs, watch=parts.watch, now=now),
        graphs=parts.graphs,
        schedules=parts.schedules,
        now=now,
        max_body_bytes=settings.http_max_body_bytes,
        version=_version("runwire"),
        langgraph_version=_version("langgraph"),
        allow_private_webhooks=settings.webhook_allow_private,
    )


def _version(package: str) -> str:
    """Return the version of an installed package, empty if it is not there."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""

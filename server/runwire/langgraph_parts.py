"""What a server consists of for LangGraph's clients, put together."""

from importlib.metadata import PackageNotFoundError, version

from runwire.assembly import Parts
from runwire.clock import now
from runwire.config import Settings
from runwire.domain.langgraph_auth import LangGraphAuth
from runwire.http.langgraph.parts import Parts as LangGraphParts
from runwire.http.langgraph.request_headers import USUAL, HeaderChoice
from runwire.rpc.beside import Beside
from runwire.rpc.calls import Surroundings
from runwire.thread_parts import webhook_rules


def langgraph_parts(
    settings: Settings, parts: Parts, surroundings: Surroundings, auth: LangGraphAuth | None
) -> LangGraphParts:
    """Return what the routes of the LangGraph API are made of."""
    return LangGraphParts(
        calls=Beside(surroundings),
        threads=parts.threading.threads,
        thread_runs=parts.threading.thread_runs,
        assistants=parts.threading.assistants,
        runs=parts.runs,
        watch=parts.watch,
        graphs=parts.graphs,
        schedules=parts.schedules,
        maker=parts.threading.maker,
        items=parts.items,
        auth=auth,
        now=now,
        max_body_bytes=settings.http_max_body_bytes,
        version=_version("runwire"),
        langgraph_version=_version("langgraph"),
        webhooks=webhook_rules(settings),
        headers=_headers(settings),
        off=frozenset(settings.langgraph_off),
    )


def _headers(settings: Settings) -> HeaderChoice:
    said = settings.langgraph_headers
    if said is None:
        return HeaderChoice()
    return HeaderChoice(
        includes=USUAL if said.includes is None else said.includes, excludes=said.excludes or ()
    )


def _version(package: str) -> str:
    """Return the version of an installed package, empty if it is not there."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""

"""The graphs and tools that the settings name, loaded; those of LangGraph by its own library.

LangGraph is imported only if something is named that is no graph of ours: it takes a second and
fifty MiB, and need not be installed.
"""

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from runwire.config import Settings
from runwire.domain.langgraph_auth import LangGraphAuth
from runwire.engine.faults import GraphError
from runwire.engine.hosted import HostedGraph
from runwire.engine.loading import (
    REMEDY,
    Found,
    Host,
    findable,
    load_graphs,
    load_module,
    named_by,
)
from runwire.engine.registry import Registry
from runwire.spelling import is_loopback

SOURCES: Final = "src"
"""Where the packages of a directory often are."""

_PACKAGE: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")

log = logging.getLogger("runwire.graphs")


def registry_of(settings: Settings) -> Registry:
    """Return what is executed here; raise GraphError naming what is wrong with it."""
    prepare(settings)
    for name in missing_packages(settings):
        log.warning("dependencies: %s is not installed: pip install %s", name, name)
    for place in settings.tool_modules:
        load_module(place)
    registry = Registry()
    for graph in load_graphs(settings.python_graphs, host=host_of(settings)):
        if isinstance(graph, HostedGraph):
            registry.host(graph)
        else:
            registry.add(graph)
    return registry


def prepare(settings: Settings) -> None:
    """Give the code of graphs the variables and directories that the settings promise it."""
    for name, value in settings.environment.items():
        os.environ.setdefault(name, value)
    for each in settings.dependencies:
        if _is_local(each):
            directory = Path(each).resolve()
            if not directory.is_dir():
                raise GraphError(f"dependencies: there is no directory {directory}")
            findable(directory)
            if (directory / SOURCES).is_dir():
                findable(directory / SOURCES)


def missing_packages(settings: Settings) -> list[str]:
    """Return packages that the settings ask for and that are not installed."""
    packages = [each for each in settings.dependencies if not (_is_local(each) or "://" in each)]
    named = (_PACKAGE.match(each) for each in packages)
    return [found[0] for found in named if found is not None and not _is_installed(found[0])]


def host_of(settings: Settings) -> Host | None:
    """Return who takes in graphs of LangGraph; None if that is not installed."""
    try:
        if find_spec("langgraph.pregel") is None:
            return None
    except ModuleNotFoundError:
        return None

    def host(found: Found) -> HostedGraph | None:
        try:
            hosting: Any = import_module("runwire.langgraph.hosting")
            store: Any = import_module("runwire.langgraph.store")
        except ImportError as error:
            raise GraphError(
                f"{found.reference!r}: the LangGraph that is installed here cannot be hosted"
                f" ({error}): {REMEDY}"
            ) from error
        if settings.langgraph_serde is not None:
            import_module("runwire.langgraph.serde").use(settings.langgraph_serde)
        description = settings.graph_descriptions.get(found.graph_id, "")
        graph: HostedGraph | None = hosting.take_in(
            found, new_store=store.store_of, description=description
        )
        return graph

    return host


@contextmanager
def auth_of(settings: Settings) -> Iterator[LangGraphAuth | None]:
    """Return the handlers that count for the LangGraph API, None if the server's own do.

    Raises GraphError if the settings name something else.
    """
    reference = settings.langgraph_auth
    if not reference:
        yield None
        return
    found = named_by(reference)
    handlers: Any = import_module("runwire.langgraph.auth")
    near = settings.langgraph_studio_auth and is_loopback(settings.http_address)
    auth = handlers.open_auth(found, reference=reference, studio=near)
    try:
        yield auth
    finally:
        auth.close()


def _is_local(dependency: str) -> bool:
    return dependency.startswith((".", "/")) or Path(dependency).is_dir()


def _is_installed(package: str) -> bool:
    try:
        version(package)
    except PackageNotFoundError:
        return False
    return True

"""The graphs and tools that the settings name, loaded; those of LangGraph by its own library.

LangGraph is imported only if something is named that is no graph of ours: it takes a second and
fifty MiB, and need not be installed.
"""

import logging
import os
import re
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from runwire.config import Settings
from runwire.engine.faults import GraphError
from runwire.engine.hosted import HostedGraph
from runwire.engine.loading import REMEDY, Found, Host, findable, load_graphs, load_module
from runwire.engine.registry import Registry

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
    named = (_PACKAGE.match(each) for each in settings.dependencies if not _is_local(each))
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
        except ImportError as error:
            raise GraphError(
                f"{found.reference!r}: the LangGraph that is installed here cannot be hosted"
                f" ({error}): {REMEDY}"
            ) from error
        if settings.langgraph_serde is not None:
            import_module("runwire.langgraph.serde").use(settings.langgraph_serde)
        description = settings.graph_descriptions.get(found.graph_id, "")
        graph: HostedGraph | None = hosting.take_in(
            found, new_store=no_store, description=description
        )
        return graph

    return host


def no_store(_execution: object, _namespace: str) -> None:
    """Give nodes no store."""


def _is_local(dependency: str) -> bool:
    return dependency.startswith((".", "/")) or Path(dependency).is_dir()


def _is_installed(package: str) -> bool:
    try:
        version(package)
    except PackageNotFoundError:
        return False
    return True

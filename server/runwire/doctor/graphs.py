"""Graphs and tools: whether each of them loads."""

import traceback
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

from runwire.config import Settings
from runwire.doctor.finding import Finding, ok, problem, warning
from runwire.domain.errors import Error
from runwire.engine.faults import GraphError
from runwire.engine.loading import load, load_module
from runwire.engine.registry import Registry
from runwire.gathering import auth_of, host_of, missing_packages, prepare

WHAT: Final = "graphs"


def graphs(settings: Settings) -> Iterator[Finding]:
    """Load each graph and each module of tools by itself."""
    if not settings.graphs and settings.worker:
        yield warning(
            WHAT,
            "none is configured",
            "Name some: runwire serve GRAPH, or [graphs] in runwire.toml.",
        )
    yield from _surroundings(settings)
    for place in settings.tool_modules:
        yield _tried(f"tools of {place}", partial(load_module, place))
    for name, reference in settings.python_graphs.items():
        attempt = partial(load, reference, name=name, host=host_of(settings))
        yield _tried(_title(name, reference), attempt)
    if settings.langgraph_auth:
        yield _tried(f"langgraph_auth ({settings.langgraph_auth})", partial(_open_auth, settings))
    for path in settings.json_graphs:
        yield _tried(str(path), partial(_parse, path))


def _surroundings(settings: Settings) -> Iterator[Finding]:
    """Look for what graphs import; where a directory is missing, they may load all the same."""
    try:
        prepare(settings)
    except GraphError as error:
        yield problem(WHAT, str(error), "Mend dependencies, and look again.")
    for name in missing_packages(settings):
        yield warning(WHAT, f"dependencies: {name} is not installed", f"pip install {name}")


def _open_auth(settings: Settings) -> None:
    with auth_of(settings):
        pass


def _parse(path: Path) -> object:
    return Registry([]).parse(path.read_bytes())


def _title(name: str, reference: str) -> str:
    return reference if name == reference else f"{name} ({reference})"


def _tried(what: str, attempt: Callable[[], object]) -> Finding:
    try:
        attempt()
    except (GraphError, Error, OSError) as error:
        return problem(WHAT, f"{what}: {error}{_line_of(error)}", "Mend it, and look again.")
    return ok(WHAT, f"{what} loads")


def _line_of(error: BaseException) -> str:
    """Return where in the author's file it happened."""
    cause = error.__cause__
    if isinstance(cause, SyntaxError):
        return f" ({cause.filename}:{cause.lineno})"
    frames = traceback.extract_tb(cause.__traceback__) if cause else []
    theirs = [frame for frame in frames if not frame.filename.startswith("<frozen")]
    return f" ({theirs[-1].filename}:{theirs[-1].lineno})" if theirs else ""

"""Graphs from references: ``package.module:variable`` or ``path/file.py:variable``.

The variable is a Graph, a list of them, or a function that returns either; or what a `Host` takes
in, who knows the graphs of another library. Tools are registered by importing their module, which
this does too.
"""

import hashlib
import importlib
import importlib.util
import inspect
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any, Final, Protocol

from runwire.engine.authoring import Graph
from runwire.engine.faults import GraphError
from runwire.engine.hosted import HostedGraph

LANGGRAPH: Final = frozenset({"langgraph", "langgraph_sdk", "langchain_core"})
"""Packages that graphs of LangGraph import, and that come with an extra."""
REMEDY: Final = "pip install 'runwire[langgraph]'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a reference names; a graph that has no id of its own goes by this one."""

    value: Any
    reference: str
    graph_id: str


class Host(Protocol):
    """Takes in graphs of another library."""

    def __call__(self, found: Found) -> HostedGraph | None:
        """Return a graph, None if this is none; raise GraphError if it is one that is wrong."""


def load_graphs(
    references: Iterable[str] | Mapping[str, str],
    *,
    directory: Path | None = None,
    host: Host | None = None,
) -> list[Graph | HostedGraph]:
    """Return the graphs of all references; paths are relative to a directory (default: here)."""
    named = (
        references.items()
        if isinstance(references, Mapping)
        else [(one, one) for one in references]
    )
    return [
        graph
        for name, one in named
        for graph in load(one, name=name, directory=directory, host=host)
    ]


def load(
    reference: str, *, name: str = "", directory: Path | None = None, host: Host | None = None
) -> Sequence[Graph | HostedGraph]:
    """Return the graphs of one reference; raise GraphError naming it and the remedy.

    A graph of another library goes by the name, or by that of its variable.
    """
    variable = variable_of(reference)
    found = named_by(reference, directory=directory)
    graph_id = variable if name in ("", reference) else name
    return _graphs(Found(value=found, reference=reference, graph_id=graph_id), host)


def named_by(reference: str, *, directory: Path | None = None) -> Any:
    """Return what a reference names, whatever that is; raise GraphError if there is nothing."""
    variable = variable_of(reference)
    place = reference.removesuffix(f":{variable}")
    module = load_module(place, reference=reference, directory=directory)
    if not hasattr(module, variable):
        raise GraphError(f"{reference!r}: {place} has no {variable!r}{_candidates(module)}")
    return getattr(module, variable)


def variable_of(reference: str) -> str:
    """Return the variable in a reference; raise GraphError if it is no reference."""
    place, separator, variable = reference.rpartition(":")
    if not separator or not place or not variable.isidentifier():
        raise GraphError(
            f"{reference!r} is no reference to a graph: write module:variable or path.py:variable"
        )
    return variable


def load_module(place: str, *, reference: str = "", directory: Path | None = None) -> ModuleType:
    """Import a module by name or path; raise GraphError if it cannot be."""
    directory = (directory or Path.cwd()).resolve()
    reference = reference or place
    if place.endswith(".py") or "/" in place:
        return _from_path(directory / place, reference, directory=directory)
    findable(directory)
    try:
        return importlib.import_module(place)
    except ModuleNotFoundError as error:
        if error.name is not None and (place == error.name or place.startswith(f"{error.name}.")):
            raise GraphError(
                f"{reference!r}: there is no module {error.name!r}, neither installed nor in"
                f" {directory}"
            ) from error
        raise _broken(reference, error) from error
    except (
        Exception,
        SystemExit,
    ) as error:  # importing runs the author's code, which may raise anything
        raise _broken(reference, error) from error


def findable(directory: Path) -> None:
    """Let modules of a directory be imported, behind all that can be already: none is shadowed."""
    if str(directory) not in sys.path:
        sys.path.append(str(directory))


def _from_path(path: Path, reference: str, *, directory: Path) -> ModuleType:
    path = path.resolve()
    if not path.is_file():
        raise GraphError(f"{reference!r}: there is no file {path}")
    name = _module_name(path, directory)
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise GraphError(f"{reference!r}: {path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    findable(directory)
    findable(path.parent)
    try:
        spec.loader.exec_module(module)
    except (
        Exception,
        SystemExit,
    ) as error:  # importing runs the author's code, which may raise anything
        del sys.modules[name]
        raise _broken(reference, error) from error
    return module


def _module_name(path: Path, directory: Path) -> str:
    """Return the name of a file's module, the same wherever the directory is.

    Values of classes in the file rest under this name, and come back elsewhere.
    """
    near = path.relative_to(directory) if path.is_relative_to(directory) else path
    names = [
        f"_runwire_{path.stem}_{hashlib.sha256(place.encode()).hexdigest()[:8]}"
        for place in (near.as_posix(), str(path))
    ]
    taken = sys.modules.get(names[0])
    return names[0] if taken is None or taken.__file__ == str(path) else names[1]


def _graphs(found: Found, host: Host | None) -> Sequence[Graph | HostedGraph]:
    made = _made(found)
    graphs = made if isinstance(made, list | tuple) else [made]
    if graphs and not any(isinstance(graph, Graph) for graph in graphs):
        hosted = host(found) if host is not None and _of_host(found, made, host) else None
        graphs = graphs if hosted is None else [hosted]
    for graph in graphs:
        if not isinstance(graph, Graph | HostedGraph):
            remedy = f"; graphs of LangGraph need: {REMEDY}" if host is None else ""
            raise GraphError(
                f"{found.reference!r} is {type(graph).__name__}; it must be a Graph, a list of"
                f" Graphs, or a function that returns one{remedy}"
            )
    return graphs


def _made(found: Found) -> Any:
    """Return what is named; of a plain function that needs nothing, what it returns."""
    value = found.value
    if isinstance(value, Graph | list | tuple) or not callable(value) or _asks(value):
        return value
    try:
        made = value()
    except (Exception, SystemExit) as error:  # the author's code, which may raise anything
        raise _broken(found.reference, error) from error
    if inspect.iscoroutine(made):
        made.close()
    return made


def _asks(function: Any) -> bool:
    """Whether a function cannot be called without arguments."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # written in C
        return False
    starred = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return any(
        each.default is inspect.Parameter.empty and each.kind not in starred for each in parameters
    )


def _of_host(found: Found, made: Any, host: Host) -> bool:
    """Whether a host can make something of it, or of what a function returns."""
    if made is found.value or inspect.isawaitable(made):
        return True
    if any(hasattr(made, name) for name in ("__enter__", "__aenter__", "__next__", "__anext__")):
        return True
    return not callable(made) and host(replace(found, value=made)) is not None


def _candidates(module: ModuleType) -> str:
    names = [name for name, value in vars(module).items() if isinstance(value, Graph)]
    return f"; graphs in it: {', '.join(names)}" if names else ""


def _broken(reference: str, error: BaseException) -> GraphError:
    if isinstance(error, GraphError):
        return GraphError(f"{reference!r}: {error}")
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    remedy = f": {REMEDY}" if (missing or "").partition(".")[0] in LANGGRAPH else ""
    return GraphError(f"{reference!r} cannot be loaded: {type(error).__name__}: {error}{remedy}")

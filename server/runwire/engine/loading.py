"""Graphs from references: ``package.module:variable`` or ``path/file.py:variable``.

The variable is a Graph, a list of them, or a function that returns either. Tools are registered by
importing their module, which this does too.
"""

import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from runwire.engine.authoring import Graph
from runwire.engine.faults import GraphError


def load_graphs(references: Iterable[str], *, directory: Path | None = None) -> list[Graph]:
    """Return the graphs of all references; paths are relative to a directory (default: here)."""
    return [graph for one in references for graph in load(one, directory=directory)]


def load(reference: str, *, directory: Path | None = None) -> Sequence[Graph]:
    """Return the graphs of one reference; raise GraphError naming it and the remedy."""
    place, separator, variable = reference.rpartition(":")
    if not separator or not place or not variable.isidentifier():
        raise GraphError(
            f"{reference!r} is no reference to a graph: write module:variable or path.py:variable"
        )
    module = load_module(place, reference=reference, directory=directory)
    if not hasattr(module, variable):
        raise GraphError(f"{reference!r}: {place} has no {variable!r}{_candidates(module)}")
    return _graphs(getattr(module, variable), reference)


def load_module(place: str, *, reference: str = "", directory: Path | None = None) -> ModuleType:
    """Import a module by name or path; raise GraphError if it cannot be."""
    directory = (directory or Path.cwd()).resolve()
    reference = reference or place
    if place.endswith(".py") or "/" in place:
        return _from_path(directory / place, reference, directory=directory)
    _findable(directory)
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


def _findable(directory: Path) -> None:
    """Let modules of a directory be imported, behind all that can be already: none is shadowed."""
    if str(directory) not in sys.path:
        sys.path.append(str(directory))


def _from_path(path: Path, reference: str, *, directory: Path) -> ModuleType:
    path = path.resolve()
    if not path.is_file():
        raise GraphError(f"{reference!r}: there is no file {path}")
    digest = hashlib.sha256(str(path).encode()).hexdigest()[:8]
    name = f"_runwire_{path.stem}_{digest}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise GraphError(f"{reference!r}: {path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    _findable(directory)
    _findable(path.parent)
    try:
        spec.loader.exec_module(module)
    except (
        Exception,
        SystemExit,
    ) as error:  # importing runs the author's code, which may raise anything
        del sys.modules[name]
        raise _broken(reference, error) from error
    return module


def _graphs(found: Any, reference: str) -> Sequence[Graph]:
    if not isinstance(found, Graph | list | tuple) and callable(found):
        try:
            found = found()
        except (Exception, SystemExit) as error:  # the author's code, which may raise anything
            raise _broken(reference, error) from error
    graphs = found if isinstance(found, list | tuple) else [found]
    for graph in graphs:
        if not isinstance(graph, Graph):
            raise GraphError(
                f"{reference!r} is {type(graph).__name__}; it must be a Graph, a list of Graphs,"
                " or a function that returns one"
            )
    return graphs


def _candidates(module: ModuleType) -> str:
    names = [name for name, value in vars(module).items() if isinstance(value, Graph)]
    return f"; graphs in it: {', '.join(names)}" if names else ""


def _broken(reference: str, error: BaseException) -> GraphError:
    if isinstance(error, GraphError):
        return GraphError(f"{reference!r}: {error}")
    return GraphError(f"{reference!r} cannot be loaded: {type(error).__name__}: {error}")

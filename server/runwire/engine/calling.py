"""How functions of authors are called: async or not, generator or not, with what they ask for."""

import functools
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, is_dataclass
from enum import Enum, auto
from types import CodeType
from typing import Any, Final, get_type_hints

from pydantic import BaseModel

from runwire.engine.faults import GraphError
from runwire.engine.routes import NEXT_NODE, Command

CONTEXT_NAMES: Final = frozenset({"context", "ctx", "_context"})

Bind = Callable[[Any, Any], tuple[tuple[Any, ...], dict[str, Any]]]
"""(state, context) → positional and keyword arguments."""


class Kind(Enum):
    """How a function gives its result."""

    ASYNC = auto()
    SYNC = auto()
    ASYNC_GENERATOR = auto()
    GENERATOR = auto()

    @property
    def threaded(self) -> bool:
        """Whether it needs a thread of its own."""
        return self in (Kind.SYNC, Kind.GENERATOR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Callee:
    """A function, how it is called, and which type it wants for an argument it is sent."""

    function: Callable[..., Any]
    kind: Kind
    bind: Bind
    accepts: type | None = None


def callee_of(function: Callable[..., Any], *, what: str, context: bool = True) -> Callee:
    """Return how to call a function that takes (state), (state, context), (context) or nothing."""
    names = parameters_of(function, what=what)
    order = [name in CONTEXT_NAMES or _is_context(function, name) for name in names]
    if len(names) == 2 and not any(order):
        order[1] = True
    if order.count(False) > 1 or order.count(True) > context:
        allowed = "(state) or (state, context)" if context else "(state)"
        raise GraphError(f"{what}: its parameters are ({', '.join(names)}); it must take {allowed}")
    given = next((name for name, is_it in zip(names, order, strict=True) if not is_it), "")
    return Callee(
        function=function,
        kind=kind_of(function),
        bind=_BINDS[tuple(order)],
        accepts=_accepted(hints_of(function).get(given)),
    )


def _accepted(hint: Any) -> type | None:
    """Return the type of an argument that is not plain JSON to the function."""
    if isinstance(hint, type) and (is_dataclass(hint) or issubclass(hint, BaseModel)):
        return hint
    return None


def kind_of(function: Callable[..., Any]) -> Kind:
    """Return how a function gives its result."""
    routine = routine_of(function)
    if inspect.isasyncgenfunction(routine):
        return Kind.ASYNC_GENERATOR
    if inspect.isgeneratorfunction(routine):
        return Kind.GENERATOR
    return Kind.ASYNC if inspect.iscoroutinefunction(routine) else Kind.SYNC


def parameters_of(function: Callable[..., Any], *, what: str) -> list[str]:
    """Return the names of the positional parameters that must be filled."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except TypeError:
        raise GraphError(f"{what}: {function!r} is not a function") from None
    except ValueError:  # a builtin that does not tell
        return ["state"]
    names: list[str] = []
    for item in parameters:
        if item.kind is item.VAR_POSITIONAL:
            return ["state", "context"][: max(len(names), 2)]
        optional = item.default is not item.empty and item.name not in CONTEXT_NAMES
        if item.kind is item.VAR_KEYWORD or (
            optional and (names or item.kind is item.KEYWORD_ONLY)
        ):
            continue
        if item.kind is item.KEYWORD_ONLY:
            raise GraphError(f"{what}: its parameter {item.name!r} must not be keyword-only")
        names.append(item.name)
    return names


def hints_of(function: Callable[..., Any]) -> dict[str, Any]:
    """Return the annotations of a function, as far as they can be read."""
    try:
        return get_type_hints(routine_of(function))
    except (NameError, TypeError, AttributeError):
        return {}


def routine_of(function: Callable[..., Any]) -> Any:
    """Return the function that holds the code: inside wrappers, or an object's ``__call__``."""
    inner = unwrapped(function)
    return inner if inspect.isroutine(inner) else type(inner).__call__


def unwrapped(function: Any) -> Any:
    """Return the function inside partials and wrappers."""
    while isinstance(function, functools.partial):
        function = function.func
    return inspect.unwrap(function)


def roams(function: Callable[..., Any], depth: int = 2) -> bool:
    """Whether a function's code mentions Command or `__next_node__`: it may go to any node."""
    function = routine_of(function)
    code = getattr(function, "__code__", None)
    if code is None:
        return False
    names = dict.fromkeys(name for part in _codes(code) for name in part.co_names)
    if "Command" in names or any(NEXT_NODE in _words(part) for part in _codes(code)):
        return True
    found = [getattr(function, "__globals__", {}).get(name) for name in names]
    cells = getattr(function, "__closure__", None) or ()
    found += [cell.cell_contents for cell in cells if _filled(cell)]
    return any(_mentions(value, depth) for value in found)


def _mentions(value: Any, depth: int) -> bool:
    if value is Command or (isinstance(value, str) and value == NEXT_NODE):
        return True
    return depth > 0 and inspect.isfunction(value) and roams(value, depth - 1)


def _filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:  # not yet assigned
        return False


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _words(code: CodeType) -> set[str]:
    words: set[str] = set()
    for constant in code.co_consts:
        items = constant if isinstance(constant, tuple) else (constant,)
        words.update(item for item in items if isinstance(item, str))
    return words


def _is_context(function: Callable[..., Any], name: str) -> bool:
    hint = hints_of(function).get(name)
    return isinstance(hint, type) and getattr(hint, "runwire_context", False)


_BINDS: Final[dict[tuple[bool, ...], Bind]] = {
    (): lambda _state, _context: ((), {}),
    (False,): lambda state, _context: ((state,), {}),
    (True,): lambda _state, context: ((context,), {}),
    (False, True): lambda state, context: ((state, context), {}),
    (True, False): lambda state, context: ((context, state), {}),
}

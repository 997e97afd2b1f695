"""Functions that make a graph for each use: what they ask for, and how they are called.

1. A parameter is known by its annotation (`RunnableConfig`, `ServerRuntime`), or by its name
   (``config``, ``runtime``). A single one that is neither is given the config.
2. What has a default and is not known is left alone.
3. What comes back may have to be awaited, entered, or both.
"""

import dataclasses
import inspect
import typing
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from langchain_core.runnables import RunnableConfig
from langgraph_sdk.runtime import ServerRuntime
from pydantic import TypeAdapter, ValidationError

from runwire.engine.faults import GraphError


class Wish(StrEnum):
    """What a parameter is for."""

    CONFIG = "config"
    RUNTIME = "runtime"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A parameter of a factory; `context` is the type that the runtime's context is to have."""

    wish: Wish
    positional: bool = False
    context: Any = None


_NAMED: Final = frozenset({inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY})


class Factory:
    """A function of the user's own that makes graphs."""

    def __init__(self, function: Callable[..., Any], *, reference: str) -> None:
        self._function = function
        self._wanted = wanted(function, reference=reference)

    @property
    def simple(self) -> bool:
        """Whether it asks for nothing."""
        return not self._wanted

    async def enter(
        self, stack: AsyncExitStack, *, config: RunnableConfig, runtime: Callable[[Any], Any]
    ) -> Any:
        """Return what the function makes; what has to be left again is on the stack.

        ``runtime`` makes the server's runtime, given the type that its context is to have.
        """
        given = {
            name: runtime(each.context) if each.wish is Wish.RUNTIME else config
            for name, each in self._wanted.items()
        }
        positional = [given[name] for name, each in self._wanted.items() if each.positional]
        named = {name: given[name] for name, each in self._wanted.items() if not each.positional}
        made = self._function(*positional, **named)
        if inspect.isawaitable(made):
            made = await made
        if hasattr(made, "__aenter__"):
            return await stack.enter_async_context(made)
        if hasattr(made, "__enter__"):
            return stack.enter_context(made)
        return made


def wanted(function: Callable[..., Any], *, reference: str) -> Mapping[str, Wanted]:
    """Return what a function asks for; raise GraphError naming a parameter that means nothing."""
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):  # written in C
        return {}
    annotations = _annotations(function)
    found: dict[str, Wanted] = {}
    unknown: list[str] = []
    for name, parameter in parameters.items():
        if parameter.kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD):
            continue
        each = _known(name, parameter, annotations.get(name, parameter.annotation))
        if each is not None:
            found[name] = each
        elif parameter.default is inspect.Parameter.empty:
            unknown.append(name)
    if len(unknown) == 1 and not found:
        only = parameters[unknown[0]]
        return {unknown[0]: Wanted(wish=Wish.CONFIG, positional=only.kind not in _NAMED)}
    if unknown:
        raise GraphError(
            f"{reference!r} takes {', '.join(map(repr, unknown))}, which nobody can give it: a"
            " factory may take config (RunnableConfig) and runtime (ServerRuntime)"
        )
    return found


def _known(name: str, parameter: inspect.Parameter, annotation: Any) -> Wanted | None:
    positional = parameter.kind not in _NAMED
    for each in _alternatives(annotation):
        if _is_runtime(each):
            context = next(iter(typing.get_args(each)), None)
            return Wanted(wish=Wish.RUNTIME, positional=positional, context=context)
        if each is RunnableConfig or (isinstance(each, str) and "RunnableConfig" in each):
            return Wanted(wish=Wish.CONFIG, positional=positional)
    return Wanted(wish=Wish(name), positional=positional) if name in tuple(Wish) else None


def _alternatives(annotation: Any) -> tuple[Any, ...]:
    """Return an annotation, or what its union is made of."""
    if typing.get_origin(annotation) is typing.Annotated:
        annotation = typing.get_args(annotation)[0]
    if _is_runtime(annotation):
        return (annotation,)
    arguments = typing.get_args(annotation)
    return (annotation, *arguments) if arguments else (annotation,)


def _is_runtime(annotation: Any) -> bool:
    if isinstance(annotation, str):
        return "ServerRuntime" in annotation
    return annotation is ServerRuntime or typing.get_origin(annotation) is ServerRuntime


def _annotations(function: Callable[..., Any]) -> Mapping[str, Any]:
    """Return annotations; those that cannot be resolved stay the texts that they are."""
    plain = inspect.unwrap(getattr(function, "func", function))
    if not inspect.isroutine(plain):
        plain = getattr(plain, "__call__", plain)  # noqa: B004 - its annotations, not whether
    try:
        return typing.get_type_hints(plain, include_extras=True)
    except Exception:  # noqa: BLE001 - a name that only a type checker imports, for example
        return {}


def as_context(context: Any, wished: Any) -> Any:
    """Return a run's context as the type that a factory annotates; raise GraphError."""
    fits = isinstance(wished, type) and (
        dataclasses.is_dataclass(wished) or hasattr(wished, "model_validate")
    )
    if not fits or isinstance(context, wished):
        return context
    try:
        return TypeAdapter(wished).validate_python(context or {})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or wished.__name__
        raise GraphError(
            f"the run's context is no {wished.__name__}: {where}: {first['msg']}"
        ) from error

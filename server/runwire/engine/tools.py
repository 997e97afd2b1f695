"""Tools: Python functions that JSON graphs can call."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar, overload

from pydantic import TypeAdapter, ValidationError
from pydantic.errors import PydanticUserError

from runwire.domain.graph import ToolInfo
from runwire.domain.payload import encode
from runwire.engine.annotations import readable
from runwire.engine.calling import CONTEXT_NAMES, Kind, hints_of, kind_of, roams, routine_of
from runwire.engine.faults import GraphError
from runwire.engine.schemas import DRAFT, compiled_schema

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A registered function: what it takes, and how to check that."""

    info: ToolInfo
    function: Callable[..., Any]
    kind: Kind
    takes_state: bool
    context_name: str | None
    adapters: Mapping[str, TypeAdapter[Any]]
    validator: Any
    required: frozenset[str]
    open: bool = False
    roams: bool = False
    schema: Mapping[str, Any] = field(default_factory=dict)

    def arguments(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return arguments as the function wants them; raise ValueError if one does not fit."""
        ready = dict(given)
        for name, adapter in self.adapters.items():
            if name in given:
                try:
                    ready[name] = adapter.validate_python(given[name])
                except ValidationError as error:
                    text = error.errors(include_url=False)[0]["msg"]
                    raise ValueError(f"argument {name!r}: {text}") from None
        return ready


TOOLS: Final[dict[str, Tool]] = {}
"""Every tool of this program, by name; modules add theirs when they are imported."""


@overload
def tool(function: F, /) -> F: ...
@overload
def tool(*, name: str = "", description: str = "") -> Callable[[F], F]: ...
def tool(
    function: F | None = None, /, *, name: str = "", description: str = ""
) -> F | Callable[[F], F]:
    """Register a function that JSON graphs can call, as ``@tool`` or ``@tool(name="…")``.

    A first parameter called ``state`` is given the state, one called ``context`` the context; the
    others are its arguments. It returns what a node returns: an update, a Command, or nothing.
    """

    def register(target: F) -> F:
        found = tool_of(target, name=name, description=description)
        known = TOOLS.get(found.info.name)
        if known is not None and _origin(known.function) != _origin(target):
            raise GraphError(
                f"tool {found.info.name!r} is already defined in {_origin(known.function)[0]}:"
                ' give one of them another name, @tool(name="…")'
            )
        TOOLS[found.info.name] = found
        return target

    return register if function is None else register(function)


def tool_of(function: Callable[..., Any], *, name: str = "", description: str = "") -> Tool:
    """Return the tool that a function is; raise GraphError if it cannot be one."""
    name = name or getattr(function, "__name__", "")
    if not name or name == "<lambda>":
        raise GraphError('a tool needs a name: use @tool(name="…")')
    parameters = inspect.signature(function).parameters
    arguments = _arguments(parameters, name)
    hints = hints_of(function)
    try:
        adapters = {item: TypeAdapter[Any](readable(hints.get(item, Any))) for item in arguments}
        schema = _schema(arguments, adapters, open_=_is_open(parameters))
    except (PydanticUserError, TypeError) as error:
        raise GraphError(f"tool {name!r}: its arguments cannot be read: {error}") from error
    context_name = next((item for item in parameters if item in CONTEXT_NAMES), None)
    info = ToolInfo(
        name=name,
        description=description or inspect.getdoc(function) or "",
        arguments_schema=encode(schema),
        roams=roams(function),
        takes_context=context_name is not None,
    )
    return Tool(
        info=info,
        function=function,
        kind=kind_of(function),
        takes_state="state" in parameters,
        context_name=context_name,
        adapters=adapters,
        validator=compiled_schema(schema),
        required=frozenset(schema.get("required", ())),
        open=_is_open(parameters),
        roams=info.roams,
        schema=schema,
    )


def _arguments(
    parameters: Mapping[str, inspect.Parameter], name: str
) -> dict[str, inspect.Parameter]:
    arguments = {}
    for item in parameters.values():
        if item.kind in (item.POSITIONAL_ONLY, item.VAR_POSITIONAL):
            raise GraphError(f"tool {name!r}: {item} must be a parameter that can be named")
        if item.kind is not item.VAR_KEYWORD and item.name not in CONTEXT_NAMES | {"state"}:
            arguments[item.name] = item
    return arguments


def _schema(
    arguments: Mapping[str, inspect.Parameter],
    adapters: Mapping[str, TypeAdapter[Any]],
    *,
    open_: bool,
) -> dict[str, Any]:
    found, definitions = TypeAdapter.json_schemas(
        [(name, "validation", adapter) for name, adapter in adapters.items()]
    )
    properties: dict[str, Any] = {}
    for name, item in arguments.items():
        properties[name] = dict(found[name, "validation"])
        if item.default is not item.empty and item.default is not None:
            properties[name]["default"] = TypeAdapter(Any).dump_python(item.default, mode="json")
    required = [name for name, item in arguments.items() if item.default is item.empty]
    return {
        "$schema": DRAFT,
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": open_,
        **definitions,
    }


def _is_open(parameters: Mapping[str, inspect.Parameter]) -> bool:
    return any(item.kind is item.VAR_KEYWORD for item in parameters.values())


def _origin(function: Callable[..., Any]) -> tuple[str, str]:
    """Return where a function is written: a file may be imported under two names."""
    code = getattr(routine_of(function), "__code__", None)
    place = getattr(function, "__module__", "") if code is None else code.co_filename
    return place, getattr(function, "__qualname__", repr(function))

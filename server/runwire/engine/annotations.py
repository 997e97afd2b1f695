"""What a state type says about its keys: annotations, defaults, reducers.

Before Python 3.12 pydantic refuses ``typing.TypedDict``, and it drops the keys that one does not
name; `readable` swaps it for a twin from typing_extensions, which pydantic itself depends on.
"""

import dataclasses
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import GenericAlias, UnionType
from typing import (
    Annotated,
    Any,
    Final,
    NotRequired,
    Required,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict, is_typeddict

MISSING: Final = object()

_twins: dict[Any, Any] = {}
_typed_dict: Any = TypedDict


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """One key as a state type declares it; `default` makes the value of a state that lacks it."""

    annotation: Any
    combine: Callable[[Any, Any], Any] | None = None
    required: bool = True
    default: Callable[[], Any] | None = None


def declared(state: Any) -> dict[str, Declared]:
    """Return the keys of a TypedDict, dataclass or pydantic model; raise TypeError for others."""
    if is_typeddict(state):
        return _of_typed_dict(state)
    if isinstance(state, type) and dataclasses.is_dataclass(state):
        return _of_dataclass(state)
    if isinstance(state, type) and issubclass(state, BaseModel):
        return _of_model(state)
    raise TypeError(f"{state!r} is no TypedDict, dataclass, pydantic model, dict or None")


def readable(annotation: Any) -> Any:
    """Return an annotation that pydantic reads on every Python."""
    if is_typeddict(annotation):
        return _twin(annotation)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return Annotated[(readable(arguments[0]), *arguments[1:])]
    inner = tuple(map(readable, arguments))
    if origin in (Union, UnionType):
        return Union[inner]  # noqa: UP007 - there is no other way to say it of a tuple
    if isinstance(annotation, GenericAlias):
        return GenericAlias(origin, inner)
    return annotation.copy_with(inner) if hasattr(annotation, "copy_with") else annotation


def _twin(typed_dict: Any) -> Any:
    if typed_dict not in _twins:
        # Entered before its keys are read, so that a recursive type finds itself.
        twin: Any = _typed_dict(typed_dict.__name__, {})
        _twins[typed_dict] = twin
        twin.__module__, twin.__doc__ = typed_dict.__module__, typed_dict.__doc__
        twin.__pydantic_config__ = getattr(
            typed_dict, "__pydantic_config__", ConfigDict(extra="allow")
        )
        keys = _of_typed_dict(typed_dict)
        twin.__required_keys__ = frozenset(name for name, key in keys.items() if key.required)
        twin.__optional_keys__ = frozenset(keys) - twin.__required_keys__
        twin.__annotations__ = {name: readable(key.annotation) for name, key in keys.items()}
    return _twins[typed_dict]


def _of_typed_dict(state: Any) -> dict[str, Declared]:
    keys = {}
    for name, hint in get_type_hints(state, include_extras=True).items():
        required = name in state.__required_keys__
        annotation = hint
        while get_origin(annotation) in (Required, NotRequired):
            required = get_origin(annotation) is Required
            annotation = get_args(annotation)[0]
        keys[name] = _key(annotation, required=required)
    return keys


def _of_dataclass(state: Any) -> dict[str, Declared]:
    hints = get_type_hints(state, include_extras=True)
    keys = {}
    for item in dataclasses.fields(state):
        if not item.init:
            raise TypeError(f"field {item.name!r} is not an argument of {state.__name__}()")
        default: Callable[[], Any] | None = None
        if item.default_factory is not dataclasses.MISSING:
            default = item.default_factory
        elif item.default is not dataclasses.MISSING:
            default = _constant(item.default)
        keys[item.name] = _key(hints[item.name], required=default is None, default=default)
    return keys


def _of_model(state: type[BaseModel]) -> dict[str, Declared]:
    keys = {}
    for name, found in state.model_fields.items():
        if found.alias or found.validation_alias or found.serialization_alias:
            raise TypeError(f"field {name!r} has an alias; keys of the state go by their own names")
        metadata = list(found.metadata)
        if found.description:
            metadata.append(Field(description=found.description))
        annotation = Annotated[(found.annotation, *metadata)] if metadata else found.annotation
        default = None if found.is_required() else _default_of(found)
        keys[name] = _key(annotation, required=default is None, default=default)
    return keys


def _default_of(found: Any) -> Callable[[], Any]:
    def default() -> Any:
        return found.get_default(call_default_factory=True)

    return default


def _constant(value: Any) -> Callable[[], Any]:
    return lambda: value


def _key(annotation: Any, *, required: bool, default: Callable[[], Any] | None = None) -> Declared:
    combine = None
    if get_origin(annotation) is Annotated:
        combine = next((item for item in annotation.__metadata__ if _combines(item)), None)
    annotation = _without(annotation, combine)
    return Declared(annotation=annotation, combine=combine, required=required, default=default)


def _without(annotation: Any, combine: Any) -> Any:
    """Return an annotation without its reducer, which means nothing to pydantic."""
    if get_origin(annotation) is not Annotated:
        return annotation
    first, *metadata = get_args(annotation)
    kept = [item for item in metadata if item is not combine]
    return Annotated[(first, *kept)] if kept else first


def _combines(item: Any) -> bool:
    """Whether an item of Annotated is a reducer: something to call with two values."""
    if not callable(item) or isinstance(item, type):
        return False
    try:
        signature = inspect.signature(item)
        signature.bind(None, None)
    except TypeError:
        return False
    except ValueError:  # a builtin that does not tell, such as max
        return True
    return True


Keys = Mapping[str, Declared]

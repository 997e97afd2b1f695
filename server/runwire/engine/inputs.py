"""Whether an input or a change of the state fits a graph, with a violation per fault."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from runwire.domain.errors import Invalid, Violation, invalid
from runwire.domain.field_paths import field_path
from runwire.domain.payload import check_depth, decode
from runwire.engine.schemas import compiled_schema
from runwire.engine.shapes import MAX_VALUE_DEPTH
from runwire.engine.state import StateType

MAX_VIOLATIONS: Final = 20
MAX_TEXT: Final = 300
_OTHER_KIND: Final = frozenset({"type", "enum", "const"})
"""What says that a value is of another kind than an alternative of a schema."""


class Checker:
    """Checks JSON against the schemas of one graph, compiled once."""

    def __init__(self, graph_id: str, *, input_schema: Mapping[str, Any], state: StateType) -> None:
        self._graph_id = graph_id
        self._state = state
        self._input = compiled_schema(input_schema)
        partial = {key: value for key, value in state.schema.items() if key != "required"}
        self._update = compiled_schema(partial)

    def check_input(self, data: bytes) -> None:
        """Raise Invalid if a run's input does not fit."""
        self._check(self._input, data, place="spec.input")

    def check_update(self, data: bytes) -> None:
        """Raise Invalid if a partial state has unknown keys or values that do not fit."""
        self._check(self._update, data, place="update")

    def _check(self, validator: Any, data: bytes, *, place: str) -> None:
        value = decode(data, name=place)
        check_depth(data.decode(), name=place, max_depth=MAX_VALUE_DEPTH + 1)
        if not validator.is_valid(value):
            self._refuse(violations_of(validator, value, place=place))
        self._refuse(self._misfits(value, place))

    def _misfits(self, value: Mapping[str, Any], place: str) -> Iterable[Violation]:
        """Yield what a JSON Schema cannot say, such as a date that does not exist."""
        for name, item in value.items():
            key = self._state.key(name)
            if key is None or key.shape.plain:
                continue
            try:
                key.shape.dump(item)
            except ValueError as error:
                yield Violation(field_path(place, name), str(error))

    def _refuse(self, found: Iterable[Violation]) -> None:
        refuse(found, reason="INPUT_SCHEMA_MISMATCH", graph_id=self._graph_id)


@lru_cache(maxsize=256)
def validator_of(schema: bytes) -> Any:
    """Return the validator of a JSON Schema; raise Invalid if it is none."""
    try:
        return compiled_schema(decode(schema, name="schema"))
    except ValueError as error:
        raise invalid("schema", str(error)) from None


def check_value(schema: bytes, data: bytes, *, name: str) -> None:
    """Raise Invalid, its paths beginning with a name, if a value does not fit a JSON Schema."""
    value, validator = decode(data, name=name), validator_of(schema)
    if not validator.is_valid(value):
        refuse(violations_of(validator, value, place=name), reason="SCHEMA_MISMATCH")


def refuse(found: Iterable[Violation], *, reason: str, graph_id: str = "") -> None:
    """Raise Invalid if there are violations."""
    violations = [wrong for wrong, _ in zip(found, range(MAX_VIOLATIONS), strict=False)]
    if violations:
        text = "; ".join(f"{wrong.field}: {wrong.description}" for wrong in violations[:3])
        more = f" (and {len(violations) - 3} more)" if len(violations) > 3 else ""
        error = Invalid(f"{text}{more}", reason=reason, violations=violations)
        if graph_id:
            error.metadata["graph_id"] = graph_id
        raise error


def violations_of(validator: Any, value: Any, *, place: str) -> Iterator[Violation]:
    """Yield what a JSON Schema finds wrong with a value, each fault where it is."""
    for found in validator.iter_errors(value):
        yield from _violations(found, place)


def _violations(found: Any, place: str) -> Iterator[Violation]:
    path, kind = list(found.instance_path), found.kind
    match kind.name:
        case "required":
            yield Violation(field_path(place, *path, kind.property), "is required")
        case "additionalProperties" | "unevaluatedProperties":
            for name in kind.unexpected:
                text = "is unknown: the schema has no such property"
                yield Violation(field_path(place, *path, name), text)
        case "anyOf" | "oneOf" if (meant := _meant(kind.context, path)) is not None:
            for inside in meant:
                yield from _violations(inside, place)
        case _:
            text = found.message
            if len(text) > MAX_TEXT:  # it quotes the value, which may be large
                text = f"{text[:MAX_TEXT]}…"
            yield Violation(field_path(place, *path), text)


def _meant(context: Sequence[Sequence[Any]], path: Sequence[str | int]) -> Sequence[Any] | None:
    """Return what is wrong by the one alternative of the value's own kind; None if none is.

    Of "an object or null", an object is meant to be the object.
    """
    fitting = [
        errors
        for errors in context
        if not any(
            each.kind.name in _OTHER_KIND and list(each.instance_path) == path for each in errors
        )
    ]
    return fitting[0] if len(fitting) == 1 else None

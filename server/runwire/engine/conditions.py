"""The small language in which branches of JSON graphs say when they are taken.

A condition is one of

    {"key": "score", "operator": ">=", "value": 3}      one key of the state against a value
    {"all": [condition, …]}  {"any": [condition, …]}  {"not": condition}

``key`` may reach into objects with dots (``report.score``). Operators: ``==  !=  <  <=  >  >=``,
``in`` and ``not_in`` (is it one of ``value``), ``contains`` (a list's item, a text's part, an
object's key), ``exists`` and ``missing`` (without ``value``). Nothing is converted: a text is never
equal to a number and never less; a key that is missing fulfils ``!=``, ``not_in`` and ``missing``
only. Nothing is executed.
"""

import operator
from collections.abc import Callable, Mapping
from typing import Any, Final

Condition = Callable[[Mapping[str, Any]], bool]

ABSENT: Final = object()


def condition_of(written: Mapping[str, Any]) -> Condition:
    """Return a condition, ready to be asked; what is written must fit the definition's schema."""
    if "all" in written:
        parts = [condition_of(part) for part in written["all"]]
        return lambda state: all(part(state) for part in parts)
    if "any" in written:
        parts = [condition_of(part) for part in written["any"]]
        return lambda state: any(part(state) for part in parts)
    if "not" in written:
        inner = condition_of(written["not"])
        return lambda state: not inner(state)
    test, path, value = OPERATORS[written["operator"]], written["key"], written.get("value")
    return lambda state: test(value_at(state, path), value)


def value_at(state: Any, path: str) -> Any:
    """Return what a dotted path leads to, or ABSENT."""
    if isinstance(state, Mapping) and path in state:
        return state[path]
    for part in path.split("."):
        if not isinstance(state, Mapping) or part not in state:
            return ABSENT
        state = state[part]
    return state


def keys_of(written: Mapping[str, Any]) -> list[str]:
    """Return the paths that a condition looks at."""
    if "key" in written:
        return [written["key"]]
    parts = written.get("all") or written.get("any") or [written["not"]]
    return [key for part in parts for key in keys_of(part)]


def _equal(found: Any, value: Any) -> bool:
    if isinstance(found, bool) or isinstance(value, bool):
        return found is value
    return found is not ABSENT and bool(found == value)


def _ordered(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def compare(found: Any, value: Any) -> bool:
        if isinstance(found, bool) or isinstance(value, bool):
            return False
        numbers = isinstance(found, int | float) and isinstance(value, int | float)
        texts = isinstance(found, str) and isinstance(value, str)
        return (numbers or texts) and test(found, value)

    return compare


def _among(found: Any, value: Any) -> bool:
    return isinstance(value, list) and any(_equal(found, item) for item in value)


def _contains(found: Any, value: Any) -> bool:
    if isinstance(found, list):
        return any(_equal(item, value) for item in found)
    return isinstance(found, str | dict) and isinstance(value, str) and value in found


OPERATORS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "==": _equal,
    "!=": lambda found, value: not _equal(found, value),
    "<": _ordered(operator.lt),
    "<=": _ordered(operator.le),
    ">": _ordered(operator.gt),
    ">=": _ordered(operator.ge),
    "in": _among,
    "not_in": lambda found, value: not _among(found, value),
    "contains": _contains,
    "exists": lambda found, _value: found is not ABSENT,
    "missing": lambda found, _value: found is ABSENT,
}
UNARY: Final = frozenset({"exists", "missing"})

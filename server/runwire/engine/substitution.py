"""Arguments of tools in JSON graphs: ``${state.key}`` stands for what the state holds.

A string that is nothing else becomes the value itself, with its type; inside a longer text, the
value is written as text (JSON, unless it is a text). ``key`` may reach into objects with dots;
``$${`` stands for ``${``.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from runwire.domain.payload import encode
from runwire.engine.conditions import ABSENT, value_at
from runwire.engine.faults import Fault

PLACE: Final = re.compile(r"(?<!\$)\$\{state\.([^{}]+)\}")


def substitutes(written: Any) -> bool:
    """Whether there is anything to replace."""
    return next(paths_of(written), None) is not None


def paths_of(written: Any) -> Iterator[str]:
    """Yield the paths into the state that arguments name."""
    if isinstance(written, str):
        yield from PLACE.findall(written)
    elif isinstance(written, list):
        for item in written:
            yield from paths_of(item)
    elif isinstance(written, Mapping):
        for item in written.values():
            yield from paths_of(item)


def substituted(written: Any, state: Mapping[str, Any]) -> Any:
    """Return arguments with values of the state in place; raise Fault if it lacks one."""
    if isinstance(written, str):
        return _text(written, state)
    if isinstance(written, list):
        return [substituted(item, state) for item in written]
    if isinstance(written, Mapping):
        return {key: substituted(item, state) for key, item in written.items()}
    return written


def _text(written: str, state: Mapping[str, Any]) -> Any:
    whole = PLACE.fullmatch(written)
    if whole:
        return _value(whole[1], state)
    return PLACE.sub(lambda found: _said(_value(found[1], state)), written).replace("$${", "${")


def _value(path: str, state: Mapping[str, Any]) -> Any:
    found = value_at(state, path)
    if found is ABSENT:
        raise Fault(
            "INVALID_ARGUMENTS", f"${{state.{path}}}: the state has no such key yet", key=path
        )
    return found


def _said(value: Any) -> str:
    return value if isinstance(value, str) else encode(value).decode()

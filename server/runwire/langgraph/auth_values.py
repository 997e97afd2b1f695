"""What authorization handlers are shown of a call, and what they answer."""

import logging
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from runwire.domain.langgraph_auth import Refused

IDS: Final = ("thread_id", "assistant_id", "run_id", "cron_id")
"""What handlers find as UUIDs, as the SDK's types say."""
PATHS: Final = ("namespace", "suffix")
OPERATORS: Final = frozenset({"$eq", "$contains"})

log = logging.getLogger("runwire.auth")


def shown(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return a call as handlers see it."""
    return {name: _uuid(each) if name in IDS else each for name, each in value.items()}


def seen(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a handler has made of it, as the call goes on with it."""
    found = dict(value)
    for name in IDS:
        if isinstance(found.get(name), UUID):
            found[name] = str(found[name])
    for name in PATHS:
        if isinstance(found.get(name), tuple):
            found[name] = list(found[name])
    return found


def filter_of(found: Any, *, what: str) -> Mapping[str, Any]:
    """Return a handler's answer as a filter; raise Refused if it says no, or nothing sensible.

    An operator that nobody knows would let everything through: it is refused.
    """
    if found is None or found is True:
        return {}
    if found is False:
        raise Refused(403, "Forbidden")
    if not isinstance(found, Mapping):
        log.error("auth: the handler for %s has returned %s", what, type(found).__name__)
        raise Refused(500, f"the handler for {what} must return None, a bool or a filter")
    for key, each in found.items():
        operators = each.keys() if isinstance(each, Mapping) else frozenset[str]()
        if str(key).startswith("$") or operators - OPERATORS or len(operators) > 1:
            log.error("auth: the handler for %s has returned an unknown filter of %s", what, key)
            raise Refused(
                500, f"the filter of {what} may have values, $eq and $contains, one for each key"
            )
    return dict(found)


def _uuid(value: Any) -> Any:
    try:
        return UUID(value) if isinstance(value, str) else value
    except ValueError:
        return value

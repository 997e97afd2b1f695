"""What a caller configures, for graphs of either age: in `config.configurable`, and as context.

A caller says it in one of them, and whichever a graph looks in, it is there.
"""

from collections.abc import Mapping
from typing import Any, Final

_OWN: Final = frozenset(
    {"thread_id", "run_id", "checkpoint_id", "checkpoint_ns", "checkpoint_map", "cron_id"}
)
"""What says where a run is, and configures nothing."""
_OWN_PREFIXES: Final = ("__", "langgraph_")

Json = Mapping[str, Any]


def mirrored(config: Json, context: Any) -> tuple[dict[str, Any], Any]:
    """Return a config and a context, each with what was said in the other."""
    configurable = config.get("configurable")
    if configurable and not context:
        return dict(config), _shown(configurable) or context
    if isinstance(context, Mapping) and not configurable and (shown := _shown(context)):
        return {**config, "configurable": shown}, context
    return dict(config), context


def _shown(said: Json) -> dict[str, Any]:
    return {
        name: value
        for name, value in said.items()
        if name not in _OWN and not name.startswith(_OWN_PREFIXES)
    }

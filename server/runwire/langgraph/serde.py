"""Which objects may come back from checkpoints."""

from collections.abc import Mapping, Sequence
from typing import Any

from langgraph.checkpoint.serde.base import SerializerProtocol
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer


def serde_of(said: Mapping[str, Any] | None) -> SerializerProtocol | None:
    """Return what the settings say (`langgraph_tables.Serde`); None is as LangGraph has it."""
    if said is None:
        return None
    return JsonPlusSerializer(
        pickle_fallback=said["pickle_fallback"],
        allowed_json_modules=_modules(said["allowed_json_modules"]),
        allowed_msgpack_modules=_modules(said["allowed_msgpack_modules"]),
    )


def _modules(said: Sequence[Sequence[str]] | bool | None) -> Any:
    if isinstance(said, bool):
        return said or None
    return None if said is None else [tuple(each) for each in said]

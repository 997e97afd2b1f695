"""The JSON Schema of a JSON graph's definition."""

from functools import cache
from typing import Any, Final

from runwire.engine.conditions import OPERATORS, UNARY
from runwire.engine.schemas import DRAFT, Validator, compiled_schema

REDUCERS: Final = ("last", "add", "append", "merge")

_NAME: Final[dict[str, Any]] = {"type": "string", "minLength": 1, "maxLength": 100}
_SECONDS: Final[dict[str, Any]] = {
    "type": "number",
    "exclusiveMinimum": 0,
    "maximum": 315_576_000,  # ten years, as for every duration that callers send
}
_TARGET: Final[dict[str, Any]] = {
    "oneOf": [_NAME, {"type": "array", "items": _NAME, "minItems": 1, "maxItems": 100}]
}


def _object(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def _condition() -> dict[str, Any]:
    several = {"type": "array", "items": {"$ref": "#/$defs/condition"}, "minItems": 1}
    binary = {"enum": [name for name in OPERATORS if name not in UNARY]}
    return {
        "oneOf": [
            _object({"key": _NAME, "operator": binary, "value": {}}, "key", "operator", "value"),
            _object({"key": _NAME, "operator": {"enum": sorted(UNARY)}}, "key", "operator"),
            _object({"all": several}, "all"),
            _object({"any": several}, "any"),
            _object({"not": {"$ref": "#/$defs/condition"}}, "not"),
        ]
    }


_BACKOFF: Final = _object(
    {
        "initial_seconds": _SECONDS,
        "factor": {"type": "number", "minimum": 1},
        "max_seconds": _SECONDS,
        "jitter": {"type": "boolean"},
    }
)

_NODE: Final = _object(
    {
        "tool": _NAME,
        "description": {"type": "string"},
        "arguments": {"type": "object"},
        "retries": {"type": "integer", "minimum": 0, "maximum": 100},
        "timeout_seconds": _SECONDS,
        "backoff": _BACKOFF,
    },
    "tool",
)

_BRANCH: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "source": _NAME,
        "conditions": {
            "type": "array",
            "minItems": 1,
            "items": _object(
                {"when": {"$ref": "#/$defs/condition"}, "target": _TARGET}, "when", "target"
            ),
        },
        "default": _TARGET,
        "tool": _NAME,
        "arguments": {"type": "object"},
        "targets": {"type": "object", "minProperties": 1, "additionalProperties": _TARGET},
    },
    "required": ["source"],
    "additionalProperties": False,
    "if": {"required": ["tool"]},
    "then": {"required": ["targets"], "not": {"required": ["conditions"]}},
    "else": {"required": ["conditions", "default"], "not": {"required": ["targets"]}},
}

_STATE: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "type": {"const": "object"},
        "properties": {
            "type": "object",
            "additionalProperties": {
                "type": ["object", "boolean"],
                "properties": {"x-reducer": {"enum": list(REDUCERS)}},
            },
        },
        "additionalProperties": {"type": "boolean"},
        "required": {"type": "array", "items": {"type": "string"}},
    },
}

_PAIR: Final[dict[str, Any]] = {"type": "array", "items": _NAME, "minItems": 2, "maxItems": 2}

DEFINITION: Final[dict[str, Any]] = {
    "$schema": DRAFT,
    "title": "Graph definition",
    **_object(
        {
            "graph_id": _NAME,
            "description": {"type": "string"},
            "nodes": {"type": "object", "minProperties": 1, "additionalProperties": _NODE},
            "edges": {
                "type": "array",
                "items": {
                    "if": {"type": "array"},
                    "then": _PAIR,
                    "else": _object({"source": _NAME, "target": _NAME}, "source", "target"),
                },
            },
            "branches": {"type": "array", "items": _BRANCH},
            "start": _NAME,
            "max_steps": {"type": "integer", "minimum": 1, "maximum": 1_000_000},
            "state": _STATE,
        },
        "graph_id",
        "nodes",
    ),
    "$defs": {"condition": _condition()},
}


@cache
def validator() -> Validator:
    """Return it compiled: 3 MiB, for servers that are given JSON graphs."""
    return compiled_schema(DEFINITION)

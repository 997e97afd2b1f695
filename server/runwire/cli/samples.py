"""An input that fits a graph, to show how a run is started."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from runwire.domain.graph import GraphInfo

_VALUES: Final[Mapping[str, Any]] = {
    "string": "text",
    "integer": 1,
    "number": 1,
    "boolean": True,
    "array": [],
    "object": {},
    "null": None,
}


def example_of(graphs: Sequence[GraphInfo]) -> tuple[str, str]:
    """Return a graph's id and an input for it as JSON; one whose schema tells most comes first."""
    if not graphs:
        return "GRAPH", "{}"
    samples = [(_sample(json.loads(graph.input_schema)), graph.graph_id) for graph in graphs]
    given, graph_id = max(samples, key=lambda sample: len(sample[0]))
    return graph_id, json.dumps(given)


def _sample(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the required keys of a schema, each with some value of its type."""
    known: Mapping[str, Any] = schema.get("properties", {})
    return {name: _value(known.get(name, {})) for name in schema.get("required", ())}


def _value(schema: Mapping[str, Any]) -> Any:
    for word in ("default", "const"):
        if word in schema:
            return schema[word]
    if schema.get("enum"):
        return schema["enum"][0]
    return _VALUES.get(str(schema.get("type")), {})

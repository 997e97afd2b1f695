"""What a graph of LangGraph is given, of which only the graph itself knows whether it fits."""

from runwire.domain.errors import invalid
from runwire.domain.graph import GraphInfo
from runwire.domain.payload import decode


class LenientChecker:
    """Refuses only what no graph could begin with.

    LangGraph's schemas tell what a state is, not what becomes one: a message may be an object, a
    pair or a text, which the schema of messages does not have.
    """

    def __init__(self, info: GraphInfo) -> None:
        schema = decode(info.input_schema, name="input_schema")
        self._takes_object = isinstance(schema, dict) and schema.get("type") == "object"

    def check_input(self, data: bytes) -> None:
        """Refuse a bare text or number where the graph takes an object."""
        value = decode(data, name="input") if data else None
        if self._takes_object and isinstance(value, str | int | float):
            raise invalid("input", "must be a JSON object, as the graph's input schema has it")

    def check_update(self, data: bytes) -> None:
        """Refuse what is no JSON; the rest is up to the graph."""
        decode(data, name="update")

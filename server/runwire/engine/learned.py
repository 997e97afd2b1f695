"""Graphs and tools whose code is elsewhere: what can be checked of them from their schemas."""

from typing import Any, NoReturn

from runwire.domain.graph import GraphInfo, GraphKind, ToolInfo
from runwire.domain.payload import decode
from runwire.engine.calling import Kind
from runwire.engine.faults import Fault
from runwire.engine.hosted import LenientChecker
from runwire.engine.inputs import refuse, violations_of
from runwire.engine.schemas import compiled_schema
from runwire.engine.tools import Tool


class LearnedGraph:
    """A graph that some worker has."""

    def __init__(self, info: GraphInfo) -> None:
        self.info = info
        schema = decode(info.state_schema, name="state_schema")
        if isinstance(schema, dict):
            schema = {key: value for key, value in schema.items() if key != "required"}
        self._input = compiled_schema(decode(info.input_schema, name="input_schema"))
        self._update = compiled_schema(schema)
        self._lenient = LenientChecker(info) if info.kind is GraphKind.LANGGRAPH else None

    def check_input(self, data: bytes) -> None:
        """Raise Invalid if a run's input does not fit."""
        if self._lenient is not None:
            self._lenient.check_input(data)
        else:
            self._check(self._input, data, "spec.input")

    def check_update(self, data: bytes) -> None:
        """Raise Invalid if a partial state has unknown keys or values that do not fit."""
        if self._lenient is not None:
            self._lenient.check_update(data)
        else:
            self._check(self._update, data, "update")

    def _check(self, validator: Any, data: bytes, place: str) -> None:
        value = decode(data, name=place)
        if not validator.is_valid(value):
            refuse(
                violations_of(validator, value, place=place),
                reason="INPUT_SCHEMA_MISMATCH",
                graph_id=self.info.graph_id,
            )


def learned_tool(info: ToolInfo) -> Tool:
    """Return a tool that some worker has: definitions that use it can be checked."""
    schema = decode(info.arguments_schema, name="arguments_schema")
    fields = schema if isinstance(schema, dict) else {}

    def elsewhere(**_: Any) -> NoReturn:
        raise Fault(
            "TOOL_ELSEWHERE",
            f"tool {info.name!r} is not in this worker: every worker that takes runs of a queue"
            " needs the tools of its JSON graphs",
            tool=info.name,
        )

    return Tool(
        info=info,
        function=elsewhere,
        kind=Kind.SYNC,
        takes_state=False,
        context_name="context" if info.takes_context else None,
        adapters={},
        validator=compiled_schema(schema),
        required=frozenset(fields.get("required", ())),
        open=bool(fields.get("additionalProperties", True)),
        roams=info.roams,
        schema=fields,
    )

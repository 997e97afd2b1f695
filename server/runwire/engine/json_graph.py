"""Graphs sent as JSON: nodes that call tools, edges, branches.

Whatever is wrong becomes a violation whose field names the place, such as
``definition.nodes.apply.tool``.
"""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from runwire.domain.errors import Violation
from runwire.domain.field_paths import field_path
from runwire.domain.graph import END, START, GraphKind
from runwire.domain.payload import decode
from runwire.engine.calling import Callee
from runwire.engine.checks import bad_graph_id, problems, unknown
from runwire.engine.compiling import Draft, assemble, info_of, outline_of
from runwire.engine.conditions import condition_of, keys_of
from runwire.engine.definition import MAX_STEPS, Backoff, Branch, CompiledGraph, Node
from runwire.engine.definition_schema import validator
from runwire.engine.inputs import MAX_TEXT, refuse, violations_of
from runwire.engine.json_state import state_type_of_schema
from runwire.engine.state import StateType
from runwire.engine.substitution import paths_of, substitutes
from runwire.engine.tool_calls import NOTHING, plain_call, tool_call
from runwire.engine.tools import TOOLS, Tool

_OF_BRANCH: Final = re.compile(r"branches\[[0-9]+\]")
_WORDS: Final = {"START": START, "END": END}


def compile_json(definition: bytes, tools: Mapping[str, Tool] = TOOLS) -> CompiledGraph:
    """Return the graph of a definition; raise Invalid naming everything that is wrong."""
    written = decode(definition, name="definition")
    refuse(violations_of(validator(), written, place="definition"), reason="INVALID_GRAPH")
    return _Reading(written, tools).graph(definition)


class _Reading:
    """A definition on its way to a graph, with what was found wrong so far."""

    def __init__(self, written: Mapping[str, Any], tools: Mapping[str, Tool]) -> None:
        self._written = written
        self._tools = tools
        self._found: list[Violation] = []
        self._aims: list[tuple[str, str, str]] = []  # of branches: place, source, target
        self._state = self._read_state()
        self._draft = Draft(
            graph_id=written["graph_id"],
            description=written.get("description", ""),
            max_steps=int(written.get("max_steps", MAX_STEPS)),
        )

    def graph(self, definition: bytes) -> CompiledGraph:
        """Return the graph, or raise Invalid."""
        draft, written = self._draft, self._written
        if why := bad_graph_id(draft.graph_id):
            self._wrong("graph_id", why)
        for name, item in written["nodes"].items():
            draft.nodes[name] = self._node(name, item)
        if "start" in written:
            draft.edges.append((START, written["start"]))
        draft.edges += [_edge(item) for item in written.get("edges", ())]
        for index, item in enumerate(written.get("branches", ())):
            self._branch(f"branches[{index}]", item)
        self._check_shape()
        refuse(self._found, reason="INVALID_GRAPH")
        schema = self._state.schema
        info = info_of(
            draft,
            input_schema=schema,
            state_schema={key: value for key, value in schema.items() if key != "required"},
            kind=GraphKind.JSON,
            definition=definition,
        )
        return assemble(draft, info, state=self._state, input_schema=schema)

    def _check_shape(self) -> None:
        shift = "start" in self._written  # the entry is the draft's first edge, not a written one
        for found in problems(outline_of(self._draft)):
            place = found.field
            if _OF_BRANCH.fullmatch(place):
                continue  # below it is told where in the branch
            if place.startswith("edges["):
                number = int(place[6 : place.index("]")]) - shift
                rest = place[place.index("]") + 1 :]
                place = f"edges[{number}]{rest}" if number >= 0 else "start"
            self._wrong(place, found.description)
        outline = outline_of(self._draft)
        for place, source, target in self._aims:
            if target != END and target not in outline.nodes:
                self._wrong(
                    place, unknown(target, outline, f"the branch after {source!r} leads to")
                )

    def _read_state(self) -> StateType:
        try:
            return state_type_of_schema(self._written.get("state"))
        except ValueError as error:
            self._wrong("state", str(error))
            return state_type_of_schema(None)

    def _node(self, name: str, item: Mapping[str, Any]) -> Node:
        place = field_path("nodes", name)
        found, callee = self._tool(place, item, context=True)
        return Node(
            name=name,
            callee=callee,
            retries=int(item.get("retries", 0)),
            backoff=Backoff(**item.get("backoff", {})),
            timeout_seconds=item.get("timeout_seconds"),
            tool=item["tool"],
            description=item.get("description") or (found.info.description if found else ""),
            roams=found.roams if found else True,
        )

    def _tool(
        self, place: str, item: Mapping[str, Any], *, context: bool
    ) -> tuple[Tool | None, Callee]:
        name, arguments = item["tool"], item.get("arguments", {})
        found = self._tools.get(name)
        if found is None:
            near = difflib.get_close_matches(name, self._tools, n=1)
            hint = (
                f"did you mean {near[0]!r}?"
                if near
                else f"tools: {', '.join(sorted(self._tools)) or 'none'}"
            )
            self._wrong(f"{place}.tool", f"there is no tool {name!r}; {hint}")
            return None, NOTHING
        if found.context_name and not context:
            self._wrong(f"{place}.tool", f"tool {name!r} takes a context, which a branch has not")
        self._check_arguments(f"{place}.arguments", found, arguments)
        return found, tool_call(found, arguments)

    def _check_arguments(self, place: str, found: Tool, arguments: Mapping[str, Any]) -> None:
        for error in found.validator.iter_errors(arguments):
            if error.instance_path and substitutes(_at(arguments, error.instance_path)):
                continue  # checked when the value is there
            self._wrong(field_path(place, *error.instance_path), error.message[:MAX_TEXT])
        for path in paths_of(arguments):
            self._check_key(place, path)

    def _check_key(self, place: str, path: str) -> None:
        keys = self._state.keys
        if self._state.any_key or keys is None or path in keys or path.split(".")[0] in keys:
            return
        known = ", ".join(keys)
        self._wrong(place, f"the state has no key {path.split('.')[0]!r}; keys: {known}")

    def _branch(self, place: str, item: Mapping[str, Any]) -> None:
        source = _word(item["source"])
        if "tool" in item:
            _, callee = self._tool(place, item, context=False)
            targets = {
                answer: self._aimed(field_path(f"{place}.targets", answer), source, target)
                for answer, target in item["targets"].items()
            }
        else:
            callee, targets = self._conditions(place, source, item)
        self._draft.branches.append(Branch(source=source, choose=callee, targets=targets))

    def _conditions(
        self, place: str, source: str, item: Mapping[str, Any]
    ) -> tuple[Callee, dict[str, tuple[str, ...]]]:
        default = self._aimed(f"{place}.default", source, item["default"])
        rules = []
        for index, rule in enumerate(item["conditions"]):
            here = f"{place}.conditions[{index}]"
            for path in keys_of(rule["when"]):
                self._check_key(f"{here}.when", path)
            targets = self._aimed(f"{here}.target", source, rule["target"])
            rules.append((condition_of(rule["when"]), targets))

        async def choose(state: Mapping[str, Any]) -> list[str]:
            for holds, targets in rules:
                if holds(state):
                    return list(targets)
            return list(default)

        names = [name for _, targets in rules for name in targets] + list(default)
        return plain_call(choose), {name: (name,) for name in names}

    def _aimed(self, place: str, source: str, target: str | Sequence[str]) -> tuple[str, ...]:
        """Return the nodes that a branch names in a place, which are looked for later."""
        if isinstance(target, str):
            self._aims.append((place, source, _word(target)))
            return (_word(target),)
        self._aims += [(f"{place}[{n}]", source, _word(name)) for n, name in enumerate(target)]
        return tuple(map(_word, target))

    def _wrong(self, place: str, description: str) -> None:
        self._found.append(Violation(f"definition.{place}", description))


def _edge(item: Sequence[str] | Mapping[str, str]) -> tuple[str, str]:
    if isinstance(item, Mapping):
        return _word(item["source"]), _word(item["target"])
    return _word(item[0]), _word(item[1])


def _word(name: str) -> str:
    return _WORDS.get(name, name)


def _at(value: Any, path: Iterable[str | int]) -> Any:
    for part in path:
        value = value[part]
    return value

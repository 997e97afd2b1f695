"""Paths and queries: templates as OpenAPI spells them, and what may stand in them.

1. A variable of one segment is a parameter with the variable's name. Of one with a pattern, such
   as `{name=shelves/*}`, the literals stand in the path and each wildcard is a parameter.
2. Paths that differ in nothing but names are one path to OpenAPI, so names can be replaced.
3. Query keys are leaves of the request that neither the path nor the body has, nested by dots.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from httprule.fields import repeated
from httprule.openapi.schemas import Schemas
from httprule.openapi.wellknown import IN_QUERIES, MESSAGES, Schema
from httprule.rules import WHOLE, Route
from httprule.template import ONE, REST, Template


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole:
    """A part of a path that a caller fills in."""

    name: str
    field: str
    """Dotted path of the request's field; empty for a wildcard that no variable holds."""
    whole: bool
    """Whether the hole is the field's whole value."""
    rest: bool
    """Whether it may hold any number of segments, or none."""


@dataclass(frozen=True, slots=True)
class Path:
    """A template as OpenAPI spells it."""

    texts: tuple[str, ...]
    """What stands around the holes: one more than there are holes."""
    holes: tuple[Hole, ...]

    def named(self, names: Collection[str]) -> str:
        """Return the path with these names in its holes."""
        parts = [f"{{{name}}}{text}" for name, text in zip(names, self.texts[1:], strict=True)]
        return self.texts[0] + "".join(parts)


def path_of(template: Template) -> Path:
    """Return a template as OpenAPI spells it."""
    texts, holes = [""], list[Hole]()
    for index, segment in enumerate(template.segments):
        texts[-1] += "/"
        if segment in (ONE, REST):
            holes.append(_hole(template, index))
            texts.append("")
        else:
            # Where a template spells an asterisk as %2A, its segments have it so, too.
            texts[-1] += quote(segment.replace("%2A", "*"), safe="")
    texts[-1] += f":{template.verb}" if template.verb else ""
    return Path(tuple(texts), tuple(holes))


def _hole(template: Template, index: int) -> Hole:
    rest = template.segments[index] == REST
    for variable in template.variables:
        number = index - variable.start
        if 0 <= number < len(variable.segments):
            before = sum(each in (ONE, REST) for each in variable.segments[:number])
            alone = sum(each in (ONE, REST) for each in variable.segments) == 1
            name = variable.field if alone else f"{variable.field}_{before + 1}"
            whole = len(variable.segments) == 1
            return Hole(name=name, field=variable.field, whole=whole, rest=rest)
    return Hole(name=f"segment_{index + 1}", field="", whole=True, rest=rest)


def fields_in(template: Template) -> frozenset[str]:
    """Return the dotted paths of the fields that a template binds."""
    return frozenset(variable.field for variable in template.variables)


def path_parameters(route: Route, names: Collection[str], schemas: Schemas) -> Iterator[Schema]:
    """Yield what a caller fills into a path whose holes have these names."""
    for hole, name in zip(path_of(route.template).holes, names, strict=True):
        found = _find(route.method.input_type, hole.field) if hole.field else None
        schema: Schema = {"type": "string"}
        description = ""
        if found is not None:
            schema = schemas.single(found) if hole.whole else schema
            description = schemas.comment(found.full_name)
        if schema.get("type") == "string" and not hole.rest:
            schema["minLength"] = 1
        remarks = [description, *_remarks(hole, name)]
        text = " ".join(remark for remark in remarks if remark)
        yield {
            "name": name,
            "in": "path",
            "required": True,
            **({"description": text} if text else {}),
            "schema": schema,
        }


def _remarks(hole: Hole, name: str) -> Iterator[str]:
    if hole.field and (hole.field != name or not hole.whole):
        yield f"Fills {'' if hole.whole else 'a part of '}`{hole.field}` of the request."
    if hole.rest:
        yield "May hold slashes."


def query_parameters(route: Route, schemas: Schemas) -> Iterator[Schema]:
    """Yield the keys that a route's query can have."""
    if route.body == WHOLE:
        return
    taken = fields_in(route.template) | ({route.body} if route.body else set())
    request = route.method.input_type
    yield from _leaves(request, schemas, taken=taken, names=(), keys=(), above=frozenset())


def _leaves(
    message: Descriptor,
    schemas: Schemas,
    *,
    taken: Collection[str],
    names: tuple[str, ...],
    keys: tuple[str, ...],
    above: frozenset[str],
) -> Iterator[Schema]:
    inside = above | {message.full_name}
    for field in message.fields:
        path = (*names, field.name)
        if ".".join(path) in taken:
            continue
        spelled = (*keys, field.json_name)
        below = field.message_type
        if below is None or below.full_name in IN_QUERIES:
            needed = not names and field.json_name in schemas.required(message)
            yield _key(field, ".".join(spelled), schemas, needed=needed)
        elif _nests(field, below) and below.full_name not in inside:
            yield from _leaves(below, schemas, taken=taken, names=path, keys=spelled, above=inside)


def _nests(field: FieldDescriptor, below: Descriptor) -> bool:
    """Return whether the leaves of a message field can be query keys."""
    return not repeated(field) and below.full_name not in MESSAGES


def _key(field: FieldDescriptor, name: str, schemas: Schemas, *, needed: bool) -> Schema:
    """Return one key; a nested one is needed only if its message is sent at all, so never."""
    key: Schema = {"name": name, "in": "query"}
    if needed:
        key["required"] = True
    schema = schemas.field(field)
    for about in ("description", "deprecated"):
        if about in schema:
            key[about] = schema.pop(about)
    return {**key, "schema": schema}


def _find(message: Descriptor, path: str) -> FieldDescriptor:
    """Return the field at the end of a path that the rule's owner has checked."""
    name, _, rest = path.partition(".")
    field = message.fields_by_name[name]
    return _find(field.message_type, rest) if rest and field.message_type else field

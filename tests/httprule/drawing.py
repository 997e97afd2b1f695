"""Random messages of the cases' proto, and random rules for them."""

from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

from google.api import annotations_pb2, http_pb2
from google.protobuf import any_pb2, descriptor_pb2, struct_pb2, wrappers_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor, ServiceDescriptor
from google.protobuf.message_factory import GetMessageClass
from hypothesis import strategies as st
from tests.httprule.protos import Msg, own_pool

from httprule.fields import entry_of, repeated

TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
_NAMES = st.from_regex(r"[a-z][a-z0-9]{0,5}(_[a-z][a-z0-9]{0,4}){0,2}", fullmatch=True)


def integers(bits: int, *, signed: bool) -> st.SearchStrategy[int]:
    low = -(1 << bits - 1) if signed else 0
    return st.integers(low, low + (1 << bits) - 1)


F = FieldDescriptor
SCALARS: dict[int, st.SearchStrategy[Any]] = {
    F.TYPE_STRING: TEXT,
    F.TYPE_BYTES: st.binary(max_size=8),
    F.TYPE_BOOL: st.booleans(),
    F.TYPE_DOUBLE: st.floats(allow_nan=False),
    F.TYPE_FLOAT: st.floats(allow_nan=False, width=32),
    F.TYPE_ENUM: st.sampled_from([0, 1, 2, 7]),
    F.TYPE_INT32: integers(32, signed=True),
    F.TYPE_INT64: integers(64, signed=True),
    F.TYPE_UINT32: integers(32, signed=False),
    F.TYPE_UINT64: integers(64, signed=False),
}


@st.composite
def times(draw: st.DrawFn) -> dict[str, int]:
    seconds = draw(st.integers(-62_135_596_800, 253_402_300_799))
    nanos = draw(st.integers(0, 999_999_999) | st.sampled_from([0, 5 * 10**8, 10**6, 1000]))
    return {"seconds": seconds, "nanos": nanos}


@st.composite
def durations(draw: st.DrawFn) -> dict[str, int]:
    sign = draw(st.sampled_from([1, -1]))
    seconds, nanos = draw(st.integers(0, 315_576_000_000)), draw(st.integers(0, 999_999_999))
    return {"seconds": sign * seconds, "nanos": sign * nanos}


def packed(message: Any) -> any_pb2.Any:
    found = any_pb2.Any()
    found.Pack(message, deterministic=True)
    return found


def structs(value: Any) -> struct_pb2.Struct:
    found = struct_pb2.Struct()
    found.update({"k": value})
    return found


def kinds(depth: int) -> dict[str, st.SearchStrategy[Any]]:
    """The well-known types, which hold what their JSON says and nothing else."""
    values = JSON.map(lambda value: structs(value).fields["k"])
    return {
        "google.protobuf.Timestamp": times(),
        "google.protobuf.Duration": durations(),
        "google.protobuf.FieldMask": st.lists(_NAMES, max_size=3).map(lambda n: {"paths": n}),
        "google.protobuf.Struct": JSON.map(structs),
        "google.protobuf.Value": values,
        "google.protobuf.Any": st.one_of(
            st.just(any_pb2.Any()),
            messages(Msg.DESCRIPTOR, depth=depth - 1).map(packed),
            TEXT.map(lambda text: packed(wrappers_pb2.StringValue(value=text))),
            JSON.map(structs).map(packed),
        ),
        "google.api.HttpBody": st.builds(
            lambda kind, data: {"content_type": kind, "data": data}, TEXT, st.binary(max_size=5)
        ),
    }


@st.composite
def messages(
    draw: st.DrawFn, descriptor: Descriptor, *, depth: int = 2, names: Sequence[str] | None = None
) -> Any:
    """Draw a message; of no deeper nesting than asked for, with the named fields only."""
    message = GetMessageClass(descriptor)()
    fields = [f for f in descriptor.fields if names is None or f.name in names]
    chosen = draw(st.lists(st.sampled_from(fields), max_size=6, unique_by=lambda f: f.number))
    for field in chosen:
        if depth > 0 or field.message_type is None:
            fill(draw, message, field, depth)
    return message


def fill(draw: Callable[..., Any], message: Any, field: FieldDescriptor, depth: int) -> None:
    entry = entry_of(field)
    if entry is not None:
        values = draw(st.dictionaries(TEXT, single(entry.fields_by_name["value"], depth)))
        getattr(message, field.name).update(values)
    elif repeated(field):
        getattr(message, field.name).extend(draw(st.lists(single(field, depth), max_size=3)))
    elif field.message_type is None:
        setattr(message, field.name, draw(single(field, depth)))
    else:
        value = draw(single(field, depth))
        target = getattr(message, field.name)
        target.SetInParent()
        target.MergeFrom(type(target)(**value) if isinstance(value, dict) else value)


def single(field: FieldDescriptor, depth: int) -> st.SearchStrategy[Any]:
    if field.message_type is None:
        return SCALARS[field.type]
    known = kinds(depth).get(field.message_type.full_name)
    return messages(field.message_type, depth=depth - 1) if known is None else known


SEGMENTS = st.text(
    st.characters(codec="utf-8", exclude_characters="/"), min_size=1, max_size=6
).filter(lambda text: text not in (".", ".."))
PLAIN = {
    "id": SEGMENTS,
    "sub.x": SEGMENTS,
    "snake_case_name": SEGMENTS,
    "i64": SCALARS[F.TYPE_INT64],
    "u32": SCALARS[F.TYPE_UINT32],
    "b": SCALARS[F.TYPE_BOOL],
    "color": st.sampled_from([0, 1, 2]),
    "d": st.floats(allow_nan=False, allow_infinity=False),
}
MANY = st.lists(SEGMENTS, min_size=1, max_size=3).map("/".join)
PATTERNS = {
    "": SEGMENTS,
    "=*": SEGMENTS,
    "=shelves/*": SEGMENTS.map("shelves/{}".format),
    "=*/of/*": st.tuples(SEGMENTS, SEGMENTS).map("/of/".join),
}
LAST = {"=**": MANY, "=files/**": MANY.map("files/{}".format)}


@st.composite
def rules(draw: st.DrawFn) -> tuple[http_pb2.HttpRule, dict[str, Any]]:
    """Draw a rule, and values for the variables of its path."""
    parts, values = [draw(st.sampled_from(["v1", "a.b", "x-y"]))], {}
    for name in draw(st.lists(st.sampled_from(sorted(PLAIN)), max_size=3, unique=True)):
        parts += [f"{{{name}}}", *draw(st.lists(st.sampled_from(["in", "of"]), max_size=1))]
        values[name] = draw(PLAIN[name])
    for name in draw(st.lists(st.sampled_from(["name", "parent"]), max_size=2, unique=True)):
        pattern = draw(st.sampled_from(sorted(PATTERNS)))
        parts.append(f"{{{name}{pattern}}}")
        values[name] = draw(PATTERNS[pattern])
    if draw(st.booleans()):
        pattern = draw(st.sampled_from(sorted(LAST)))
        parts.append(f"{{s{pattern}}}")
        values["s"] = draw(LAST[pattern])
    verb = draw(st.sampled_from(["", "", ":go", ":stop-it"]))
    kind = draw(st.sampled_from(["get", "post", "patch"]))
    rule = http_pb2.HttpRule(body=draw(st.sampled_from(["", "*", "sub"])))
    setattr(rule, kind, "/" + "/".join(parts) + verb)
    return rule, values


_numbers = count()


def service_of(rule: http_pb2.HttpRule) -> ServiceDescriptor:
    """Return a service whose one RPC has a rule and takes a Msg."""
    package = f"tc.random{next(_numbers)}"
    file = descriptor_pb2.FileDescriptorProto(
        name=f"{package}.proto", package=package, syntax="proto3"
    )
    file.dependency.extend(["cases.proto", "google/api/annotations.proto"])
    method = file.service.add(name="Random").method.add(name="Do")
    method.input_type, method.output_type = ".tc.v1.Msg", ".tc.v1.Out"
    method.options.Extensions[annotations_pb2.http].CopyFrom(rule)
    return own_pool(file).FindServiceByName(f"{package}.Random")

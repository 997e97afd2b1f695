"""What callers can get wrong, one row each, and what they are told.

A row's request is made from a `World`: the runs, artifacts and graphs that are there before the
first row. Requests are messages, bytes, or a list of either for an upload.
"""

import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from google.api.httpbody_pb2 import HttpBody
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import ListValue, Struct, Value
from grpc import StatusCode

from runwire.v1 import artifact_service_pb2 as artifacts
from runwire.v1 import graph_service_pb2 as graphs
from runwire.v1 import run_service_pb2 as runs
from runwire.v1.payload_pb2 import Payload
from runwire.v1.run_pb2 import RunSpec

MIB: Final = 1024 * 1024
LONG: Final = "x" * 129
HUGE_NUMBER: Final = 10**30
UNDECODABLE: Final = b"\xff\xff\xff"
UNUSED_REQUEST_ID: Final = "0e6a4c7e-1111-4222-8333-94d5c1f0a7b2"


@dataclass(frozen=True, kw_only=True)
class World:
    """What is there before the first row."""

    done: str
    """A run of `three_nodes` that SUCCEEDED, created with `request_id`."""
    request_id: str
    first_checkpoint: str
    last_checkpoint: str
    failed: str
    live: str
    """A run of `sleepy` that is RUNNING."""
    asked: str
    """A run of `approval` that is INTERRUPTED."""
    artifact: str
    """Ten bytes that are not JSON, ACTIVE, uploaded with `upload_request_id`."""
    upload_request_id: str
    misfit: str
    """An ACTIVE artifact that is JSON and fits no graph."""
    uploading: str
    """An artifact of which five bytes have arrived."""
    graph: str
    """A JSON graph."""
    runs_token: str
    steps_token: str
    checkpoints_token: str
    artifacts_token: str
    graphs_token: str


Sent = Message | bytes | Sequence[Message | bytes]
Request = Callable[[World], Sent]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One wrong request; `fields` are the paths of BadRequest, `facts` the keys of metadata."""

    rpc: str
    name: str
    request: Request
    code: StatusCode
    reason: str
    fields: Sequence[str] = ()
    facts: Sequence[str] = ()


def other(
    rpc: str,
    name: str,
    request: Request,
    code: StatusCode,
    reason: str,
    *facts: str,
    fields: Sequence[str] = (),
) -> Row:
    return Row(
        rpc=rpc, name=name, request=request, code=code, reason=reason, fields=fields, facts=facts
    )


def faulty(rpc: str, name: str, request: Request, *fields: str) -> Row:
    return other(
        rpc, name, request, StatusCode.INVALID_ARGUMENT, "INVALID_FIELD", "field", fields=fields
    )


def not_json(rpc: str, name: str, request: Request, field: str) -> Row:
    return other(
        rpc, name, request, StatusCode.INVALID_ARGUMENT, "INVALID_JSON", "field", fields=[field]
    )


def misfit(rpc: str, name: str, request: Request, *fields: str) -> Row:
    code = StatusCode.INVALID_ARGUMENT
    return other(rpc, name, request, code, "INPUT_SCHEMA_MISMATCH", "graph_id", fields=fields)


def bad_graph(name: str, definition: object, *fields: str) -> Row:
    data = definition if isinstance(definition, bytes) else json.dumps(definition).encode()
    request = graphs.CreateGraphRequest(definition=Payload(data=data))
    code = StatusCode.INVALID_ARGUMENT
    return other("CreateGraph", name, lambda w: request, code, "INVALID_GRAPH", fields=fields)


def bad_token(rpc: str, name: str, request: Request) -> Row:
    code = StatusCode.INVALID_ARGUMENT
    return other(rpc, name, request, code, "PAGE_TOKEN_INVALID", fields=["page_token"])


def undecodable(rpc: str, request: Request = lambda w: UNDECODABLE) -> Row:
    code = StatusCode.INVALID_ARGUMENT
    return other(rpc, "bytes that are no message", request, code, "REQUEST_UNDECODABLE")


def unknown(rpc: str, name: str, request: Request, reason: str, *facts: str) -> Row:
    return other(rpc, name, request, StatusCode.NOT_FOUND, reason, *facts)


def create(
    data: bytes | None = None,
    *,
    graph_id: str = "three_nodes",
    value: Value | None = None,
    artifact_id: str = "",
    content_type: str = "",
    spec: Mapping[str, Any] | None = None,
    **fields: Any,
) -> runs.CreateRunRequest:
    """Return a creation that is good but for what is given."""
    given = Payload(content_type=content_type)
    if value is not None:
        given.json.CopyFrom(value)
    elif artifact_id:
        given.artifact_id = artifact_id
    else:
        given.data = b'{"n":1}' if data is None else data
    return runs.CreateRunRequest(
        spec=RunSpec(graph_id=graph_id, input=given, **(spec or {})), **fields
    )


def number(value: float) -> Value:
    """Return an input `{"n": value}` spelled out."""
    return Value(struct_value=Struct(fields={"n": Value(number_value=value)}))


def changed(token: str, *position: object) -> str:
    """Return a token of this server with another position in it."""
    fingerprint = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))[0]
    return packed(json.dumps([fingerprint, *position]))


def packed(text: str) -> str:
    """Return a text as tokens are written."""
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def deep(levels: int) -> bytes:
    return b'{"n":' + b"[" * levels + b"]" * levels + b"}"


def chunk(data: bytes = b"", **fields: Any) -> artifacts.UploadArtifactRequest:
    content_type = fields.pop("content_type", "")
    return artifacts.UploadArtifactRequest(
        content=HttpBody(data=data, content_type=content_type), **fields
    )


def wrong_creations() -> Iterator[Row]:
    """What is wrong with the fields of a creation, apart from its input."""
    rpc, code = "CreateRun", StatusCode
    yield faulty(rpc, "nothing at all", lambda w: runs.CreateRunRequest(), "spec.graph_id")
    yield unknown(
        rpc, "an unknown graph", lambda w: create(graph_id="nowhere"), "GRAPH_NOT_FOUND", "graph_id"
    )
    yield unknown(
        *(rpc, "a graph id that is a path", lambda w: create(graph_id="../up/graph")),
        *("GRAPH_NOT_FOUND", "graph_id"),
    )
    yield faulty(rpc, "an endless graph id", lambda w: create(graph_id=LONG), "spec.graph_id")
    yield faulty(rpc, "a NUL in the graph id", lambda w: create(graph_id="a\0b"), "spec.graph_id")
    yield faulty(
        rpc, "an endless thread id", lambda w: create(spec={"thread_id": LONG}), "spec.thread_id"
    )
    for name, spec, field in (
        ("a queue that is a path", {"queue": "a/b"}, "spec.queue"),
        ("an endless queue", {"queue": LONG}, "spec.queue"),
        ("a delay of two years", {"start_delay": Duration(seconds=63_072_000)}, "spec.start_delay"),
        ("a delay into the past", {"start_delay": Duration(seconds=-1)}, "spec.start_delay"),
        ("a limit of no key", {"concurrency": {"limit": 1}}, "spec.concurrency.key"),
        ("an endless key", {"concurrency": {"key": LONG}}, "spec.concurrency.key"),
        (
            "a negative limit",
            {"concurrency": {"key": "k", "limit": -1}},
            "spec.concurrency.limit",
        ),
        (
            "a limit beyond all measure",
            {"concurrency": {"key": "k", "limit": 10_001}},
            "spec.concurrency.limit",
        ),
    ):
        yield faulty(rpc, name, lambda w, spec=spec: create(spec=spec), field)
    yield faulty(rpc, "a run id with blanks", lambda w: create(run_id="no blanks"), "run_id")
    yield faulty(rpc, "a run id that is a path", lambda w: create(run_id="../up"), "run_id")
    yield faulty(rpc, "an endless run id", lambda w: create(run_id=LONG), "run_id")
    yield faulty(rpc, "a run id beyond ASCII", lambda w: create(run_id="größe"), "run_id")
    yield other(
        *(rpc, "a run id that is taken", lambda w: create(run_id=w.done)),
        *(code.ALREADY_EXISTS, "RUN_ALREADY_EXISTS", "run_id"),
    )
    yield faulty(
        rpc, "a request id that is no UUID", lambda w: create(request_id="1"), "request_id"
    )
    yield other(
        *(rpc, "a request id used with another body"),
        lambda w: create(b'{"n":2}', request_id=w.request_id),
        *(code.ALREADY_EXISTS, "REQUEST_ID_REUSED", "request_id", "run_id"),
    )
    yield other(
        *(rpc, "a request id used, in capitals, with other labels"),
        lambda w: create(request_id=w.request_id.upper(), spec={"labels": {"a": "b"}}),
        *(code.ALREADY_EXISTS, "REQUEST_ID_REUSED", "request_id", "run_id"),
    )
    for name, timeout in {
        "no time": Duration(),
        "negative time": Duration(seconds=-1),
        "too much time": Duration(seconds=10**11),
        "time with too many nanoseconds": Duration(seconds=1, nanos=10**9),
        "time of two signs": Duration(seconds=1, nanos=-1),
    }.items():
        request = create(spec={"timeout": timeout})
        yield faulty(rpc, name, lambda w, request=request: request, "spec.timeout")
    for name, labels, field in (
        ("too many labels", {str(n): "" for n in range(65)}, "spec.labels"),
        ("a label without a key", {"": "x"}, 'spec.labels[""]'),
        ("a label with an endless key", {"k" * 64: "x"}, f"spec.labels.{'k' * 63}"),
        ("a label with an endless value", {"k": "x" * 257}, "spec.labels.k"),
        ("a label with a NUL", {"k": "\0"}, "spec.labels.k"),
    ):
        request = create(spec={"labels": labels})
        yield faulty(rpc, name, lambda w, request=request: request, field)
    yield faulty(
        rpc, "an unknown payload format", lambda w: create(payload_format=9), "payload_format"
    )
    yield faulty(
        *(rpc, "several things at once"),
        lambda w: create(
            graph_id="", run_id="-", request_id="?", spec={"timeout": Duration(seconds=-1)}
        ),
        *("spec.graph_id", "run_id", "request_id", "spec.timeout"),
    )
    yield undecodable(rpc)
    yield other(
        *(rpc, "a text that is not UTF-8", lambda w: b"\x12\x02\xff\xfe"),
        *(code.INVALID_ARGUMENT, "REQUEST_UNDECODABLE"),
    )


def wrong_json() -> Iterator[Row]:
    """Inputs that are no JSON, or none that is carried."""
    rpc, field = "CreateRun", "spec.input"
    for name, data in {
        "bad JSON": b"{",
        "no JSON at all": b"",
        "two JSON values": b"{} {}",
        "JSON with a trailing comma": b'{"n":1,}',
        "JSON with single quotes": b"{'n':1}",
        "JSON that is not UTF-8": b'{"n":"\xff"}',
        "JSON in UTF-16": '{"n":1}'.encode("utf-16"),
        "JSON behind a byte order mark": b'\xef\xbb\xbf{"n":1}',
        "NaN": b'{"n":NaN}',
        "Infinity": b'{"n":Infinity}',
        "minus Infinity": b'{"n":[-Infinity]}',
        "a number beyond every double": b'{"n":1e999}',
        "an integer of five thousand digits": b'{"n":1%s}' % (b"0" * 5000),
        "half of a surrogate pair": b'{"n":"\\ud800"}',
        "half of a surrogate pair as a key": b'{"\\udc00":1}',
    }.items():
        yield not_json(rpc, name, lambda w, data=data: create(data), field)
    for name, value in {
        "NaN in a Value": number(float("nan")),
        "Infinity in a Value": number(float("inf")),
        "minus Infinity deep in a Value": Value(
            list_value=ListValue(values=[number(1), number(float("-inf"))])
        ),
        "a Value of no kind": Value(),
    }.items():
        yield not_json(rpc, name, lambda w, value=value: create(value=value), field)
    yield faulty(rpc, "JSON of 201 levels", lambda w: create(deep(200)), field)
    yield faulty(rpc, "JSON of 100 000 levels", lambda w: create(deep(100_000)), field)
    large = ("PAYLOAD_TOO_LARGE", "field", "size_bytes", "max_bytes")
    for name, request in {
        "an inline input of 2 MiB": create(b'{"n":"%s"}' % (b"x" * 2 * MIB)),
        "a Value of 2 MiB": create(value=Value(string_value="x" * 2 * MIB)),
    }.items():
        yield other(
            *(rpc, name, lambda w, request=request: request),
            *(StatusCode.RESOURCE_EXHAUSTED, *large),
        )
    yield faulty(
        *(rpc, "an input that is no JSON by its type"),
        *(lambda w: create(b"hello", content_type="text/plain"), "spec.input.content_type"),
    )
    yield faulty(
        *(rpc, "a Value that is no JSON by its type"),
        *(lambda w: create(value=number(1), content_type="text/csv"), "spec.input.content_type"),
    )


def wrong_inputs() -> Iterator[Row]:
    """Inputs that are JSON, and not what the graph needs."""
    rpc = "CreateRun"
    for name, graph_id, data, fields in (
        ("an array", "three_nodes", b"[1]", ["spec.input"]),
        ("null", "three_nodes", b"null", ["spec.input"]),
        ("an array for a graph of any keys", "echo", b"[1]", ["spec.input"]),
        ("a missing key", "three_nodes", b"{}", ["spec.input.n"]),
        ("a key too many", "three_nodes", b'{"n":1,"m":2}', ["spec.input.m"]),
        ("a text for a number", "three_nodes", b'{"n":"1"}', ["spec.input.n"]),
        ("a fraction for an integer", "three_nodes", b'{"n":1.5}', ["spec.input.n"]),
        ("a boolean for an integer", "three_nodes", b'{"n":true}', ["spec.input.n"]),
        ("null for an integer", "three_nodes", b'{"n":null}', ["spec.input.n"]),
        (
            *("two wrong types at once", "effects"),
            *(b'{"ledger":5,"steps":"many"}', ["spec.input.ledger", "spec.input.steps"]),
        ),
        (
            *("a wrong type, a missing key and one too many", "effects"),
            *(
                b'{"ledger":5,"color":1}',
                ["spec.input.color", "spec.input.ledger", "spec.input.steps"],
            ),
        ),
        (
            *("a wrong item deep in a list", "fan"),
            *(b'{"texts":["a",["b"]]}', ["spec.input.texts[1]"]),
        ),
    ):
        request = create(data, graph_id=graph_id)
        yield misfit(rpc, name, lambda w, request=request: request, *fields)
    yield misfit(
        *(rpc, "a wrong type, spelled out", lambda w: create(value=number(0.5))), "spec.input.n"
    )
    yield misfit(
        *(rpc, "no input for a graph that needs one"),
        lambda w: runs.CreateRunRequest(spec=RunSpec(graph_id="three_nodes")),
        "spec.input.n",
    )
    yield misfit(
        *(rpc, "a wrong type for a JSON graph"),
        *(lambda w: create(b'{"n":"one"}', graph_id=w.graph), "spec.input.n"),
    )
    yield unknown(
        *(rpc, "an input in an unknown artifact", lambda w: create(artifact_id="nothing")),
        *("ARTIFACT_NOT_FOUND", "artifact_id"),
    )
    yield faulty(
        *(rpc, "an input in an artifact of a malformed id"),
        *(lambda w: create(artifact_id="a/b"), "spec.input.artifact_id"),
    )
    yield other(
        *(rpc, "an input in an artifact that is still uploading"),
        lambda w: create(artifact_id=w.uploading),
        *(StatusCode.FAILED_PRECONDITION, "ARTIFACT_NOT_READY", "artifact_id"),
    )
    yield not_json(
        *(rpc, "an input in an artifact that is no JSON"),
        *(lambda w: create(artifact_id=w.artifact), "spec.input"),
    )
    yield misfit(
        *(rpc, "an input in an artifact that does not fit"),
        *(lambda w: create(artifact_id=w.misfit), "spec.input"),
    )


def wrong_reads() -> Iterator[Row]:
    """GetRun, GetRunState, ListSteps, ListCheckpoints."""
    absent = ("RUN_NOT_FOUND", "run_id")
    for rpc, kind in {
        "GetRun": runs.GetRunRequest,
        "GetRunState": runs.GetRunStateRequest,
        "ListSteps": runs.ListStepsRequest,
        "ListCheckpoints": runs.ListCheckpointsRequest,
        "ExplainRun": runs.ExplainRunRequest,
    }.items():
        yield faulty(rpc, "no run id", lambda w, kind=kind: kind(), "run_id")
        yield unknown(rpc, "an unknown run", lambda w, kind=kind: kind(run_id="nothing"), *absent)
        yield undecodable(rpc)
    yield faulty(
        "GetRun", "a malformed run id", lambda w: runs.GetRunRequest(run_id="a b"), "run_id"
    )
    yield faulty(
        "GetRun", "an unknown view", lambda w: runs.GetRunRequest(run_id=w.done, view=9), "view"
    )
    yield faulty(
        *("GetRun", "an unknown payload format"),
        *(lambda w: runs.GetRunRequest(run_id=w.done, payload_format=9), "payload_format"),
    )
    yield faulty(
        *("GetRunState", "an unknown payload format"),
        *(lambda w: runs.GetRunStateRequest(run_id=w.done, payload_format=9), "payload_format"),
    )
    for name, checkpoint_id in (
        ("a checkpoint that is not there", "000000099"),
        ("a checkpoint of another form", "latest"),
    ):
        yield unknown(
            *("GetRunState", name),
            lambda w, c=checkpoint_id: runs.GetRunStateRequest(run_id=w.done, checkpoint_id=c),
            *("CHECKPOINT_NOT_FOUND", "run_id", "checkpoint_id"),
        )
    yield faulty(
        *("GetRunState", "an endless checkpoint id"),
        *(lambda w: runs.GetRunStateRequest(run_id=w.done, checkpoint_id=LONG), "checkpoint_id"),
    )


def wrong_lists() -> Iterator[Row]:
    """Pages and their tokens, for every list."""
    kinds: Mapping[str, Callable[..., Callable[[World], Message]]] = {
        "ListRuns": lambda **f: lambda w: runs.ListRunsRequest(**told(w, f)),
        "ListSteps": lambda **f: lambda w: runs.ListStepsRequest(run_id=w.done, **told(w, f)),
        "ListCheckpoints": lambda **f: (
            lambda w: runs.ListCheckpointsRequest(run_id=w.done, **told(w, f))
        ),
        "ListArtifacts": lambda **f: lambda w: artifacts.ListArtifactsRequest(**told(w, f)),
        "ListGraphs": lambda **f: lambda w: graphs.ListGraphsRequest(**told(w, f)),
        "ListTools": lambda **f: lambda w: graphs.ListToolsRequest(**told(w, f)),
    }
    for rpc, kind in kinds.items():
        yield faulty(rpc, "a negative page size", kind(page_size=-1), "page_size")
        yield faulty(rpc, "an endless page token", kind(page_token="x" * 2049), "page_token")
        for name, token in (
            ("a made-up page token", "next please"),
            ("a page token beyond ASCII", "§"),
        ):
            yield bad_token(rpc, name, kind(page_token=token))
        yield bad_token(
            rpc, "a page token of a thousand levels", kind(page_token=packed("[" * 1400))
        )
        foreign = "steps_token" if rpc == "ListRuns" else "runs_token"
        yield bad_token(
            *(rpc, "a page token of another list"),
            kind(page_token=lambda w, foreign=foreign: getattr(w, foreign)),
        )
    bent: Sequence[tuple[str, str, str, Sequence[object]]] = (
        ("ListRuns", "a text for a time", "runs_token", ["never", "x"]),
        ("ListRuns", "a time beyond all time", "runs_token", [HUGE_NUMBER, "x"]),
        ("ListRuns", "an object for an id", "runs_token", [0, {"a": 1}]),
        ("ListSteps", "an object for a number", "steps_token", [{"a": 1}, "x"]),
        ("ListSteps", "a number beyond 64 bits", "steps_token", [HUGE_NUMBER, "x"]),
        ("ListCheckpoints", "a list for a number", "checkpoints_token", [[1]]),
        ("ListCheckpoints", "a number beyond 64 bits", "checkpoints_token", [HUGE_NUMBER]),
        ("ListArtifacts", "nothing for a time", "artifacts_token", [None, "x"]),
        ("ListArtifacts", "a time beyond all time", "artifacts_token", [HUGE_NUMBER, "x"]),
        ("ListGraphs", "a number for a name", "graphs_token", [5]),
        ("ListGraphs", "too many positions", "graphs_token", ["a", "b"]),
    )
    for rpc, what, token, position in bent:
        yield bad_token(
            *(rpc, f"a changed page token: {what}"),
            kinds[rpc](page_token=lambda w, t=token, p=position: changed(getattr(w, t), *p)),
        )
    yield bad_token(
        *("ListRuns", "a page token with another filter"),
        lambda w: runs.ListRunsRequest(page_token=w.runs_token, filter="status = FAILED"),
    )
    yield bad_token(
        *("ListRuns", "a page token with another order"),
        lambda w: runs.ListRunsRequest(page_token=w.runs_token, order_by="create_time"),
    )
    yield bad_token(
        *("ListSteps", "a page token of another run"),
        lambda w: runs.ListStepsRequest(run_id=w.failed, page_token=w.steps_token),
    )
    yield bad_token(
        *("ListArtifacts", "a page token with another run"),
        lambda w: artifacts.ListArtifactsRequest(run_id=w.done, page_token=w.artifacts_token),
    )
    yield faulty(
        *("ListArtifacts", "a malformed run id"),
        *(lambda w: artifacts.ListArtifactsRequest(run_id="a b"), "run_id"),
    )
    yield faulty(
        *("ListTools", "an unknown payload format"),
        *(lambda w: graphs.ListToolsRequest(payload_format=9), "payload_format"),
    )
    for rpc in ("ListRuns", "ListArtifacts", "ListGraphs", "ListTools"):
        yield undecodable(rpc)


def told(w: World, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields, those that depend on the world filled in."""
    return {name: value(w) if callable(value) else value for name, value in fields.items()}


def wrong_windows() -> Iterator[Row]:
    """What CountRuns cannot count over."""
    rpc = "CountRuns"
    yield undecodable(rpc)
    yield unknown(
        rpc,
        "runs of an unknown graph",
        lambda w: runs.CountRunsRequest(graph_id="nothing"),
        *("GRAPH_NOT_FOUND", "graph_id"),
    )
    for name, seconds in (("no time", 0), ("a blink", 9), ("eight days", 8 * 86_400)):
        request = runs.CountRunsRequest(window=Duration(seconds=seconds))
        yield faulty(rpc, f"a window of {name}", lambda w, r=request: r, "window")
    for count in (-1, 501):
        request = runs.CountRunsRequest(buckets=count)
        yield faulty(rpc, f"{count} buckets", lambda w, r=request: r, "buckets")


def wrong_filters() -> Iterator[Row]:
    """What ListRuns and WatchRuns cannot make sense of."""
    for name, text in {
        "a filter without a value": "status =",
        "a filter without an operator": "status RUNNING OR",
        "a filter that is not closed": "(status = RUNNING",
        "a filter closed too often": "status = RUNNING)",
        "a filter with an open quote": 'graph_id = "a',
        "a filter that is SQL": "1=1; DROP TABLE runs",
        "a filter over an unknown field": 'color = "red"',
        "a filter over an attribute": 'spec.labels.team = "risk"',
        "a filter for an unknown status": "status = DONE",
        "a filter with a text for a number": "priority > high",
        "a filter with too large a number": "priority > 99999999999",
        "a filter with no time": "create_time > yesterday",
        "a filter with a day that is none": "create_time > 2026-02-30T00:00:00Z",
        "a filter that orders texts": "graph_id > a",
        "a filter that is endless": " AND ".join(["status = RUNNING"] * 200),
        "a filter of too many comparisons": " ".join(["priority=1"] * 51),
        "a filter of too many levels": "(" * 21 + "priority=1" + ")" * 21,
        "a filter with a NUL": "graph_id = a\0b",
    }.items():
        yield faulty(
            "ListRuns", name, lambda w, text=text: runs.ListRunsRequest(filter=text), "filter"
        )
    yield faulty(
        *("WatchRuns", "a filter that makes no sense"),
        *(lambda w: runs.WatchRunsRequest(filter="status >"), "filter"),
    )
    for name, text in {
        "an order by an unknown field": "run_id",
        "an order by two fields": "create_time, priority",
        "an order in an unknown direction": "priority down",
        "an order in capitals": "create_time DESC",
    }.items():
        yield faulty(
            "ListRuns", name, lambda w, text=text: runs.ListRunsRequest(order_by=text), "order_by"
        )
    for name, request, fields in (
        ("an unknown status", runs.ListRunsRequest(statuses=[99]), ["statuses[0]"]),
        ("a status of no meaning", runs.ListRunsRequest(statuses=[1, 0]), ["statuses[1]"]),
        ("an unknown view", runs.ListRunsRequest(view=9), ["view"]),
        ("an unknown payload format", runs.ListRunsRequest(payload_format=9), ["payload_format"]),
        ("an endless thread id", runs.ListRunsRequest(thread_id=LONG), ["thread_id"]),
        (
            "several things at once",
            runs.ListRunsRequest(page_size=-5, statuses=[99], filter="(", order_by="x"),
            ["page_size", "statuses[0]", "filter", "order_by"],
        ),
    ):
        yield faulty("ListRuns", name, lambda w, request=request: request, *fields)


def wrong_moves() -> Iterator[Row]:
    """CancelRun, DeleteRun, UpdateRun."""
    code = StatusCode
    for rpc, kind in {
        "CancelRun": lambda **f: runs.CancelRunRequest(**f),
        "DeleteRun": lambda **f: runs.DeleteRunRequest(**f),
        "UpdateRun": lambda **f: runs.UpdateRunRequest(
            update_mask=FieldMask(paths=["labels"]), **f
        ),
        "ResumeRun": lambda **f: runs.ResumeRunRequest(**f),
    }.items():
        yield faulty(rpc, "no run id", lambda w, kind=kind: kind(), "run_id")
        yield unknown(
            *(rpc, "an unknown run", lambda w, kind=kind: kind(run_id="nothing")),
            *("RUN_NOT_FOUND", "run_id"),
        )
        yield faulty(
            rpc, "an endless etag", lambda w, kind=kind: kind(run_id=w.done, etag=LONG), "etag"
        )
        yield undecodable(rpc)
    stale = (code.ABORTED, "ETAG_MISMATCH", "run_id", "etag")
    yield other(
        *("CancelRun", "a stale etag"),
        *(lambda w: runs.CancelRunRequest(run_id=w.live, etag="r0"), *stale),
    )
    yield other(
        *("DeleteRun", "a stale etag"),
        *(lambda w: runs.DeleteRunRequest(run_id=w.done, etag="r0"), *stale),
    )
    yield other(
        *("UpdateRun", "a stale etag"),
        lambda w: runs.UpdateRunRequest(
            run_id=w.done, etag="r0", update_mask=FieldMask(paths=["labels"])
        ),
        *stale,
    )
    ended = (code.FAILED_PRECONDITION, "RUN_ALREADY_TERMINAL", "run_id", "status")
    yield other(
        *("CancelRun", "a run that SUCCEEDED"),
        *(lambda w: runs.CancelRunRequest(run_id=w.done), *ended),
    )
    yield other(
        *("CancelRun", "a run that FAILED"),
        *(lambda w: runs.CancelRunRequest(run_id=w.failed), *ended),
    )
    yield faulty(
        *("CancelRun", "an endless reason"),
        *(lambda w: runs.CancelRunRequest(run_id=w.live, reason="x" * 1025), "reason"),
    )
    alive = (code.FAILED_PRECONDITION, "RUN_NOT_TERMINAL", "run_id", "status")
    yield other(
        *("DeleteRun", "a run that is RUNNING"),
        *(lambda w: runs.DeleteRunRequest(run_id=w.live), *alive),
    )
    yield other(
        *("DeleteRun", "a run that is INTERRUPTED"),
        *(lambda w: runs.DeleteRunRequest(run_id=w.asked), *alive),
    )
    for name, paths, labels, fields in (
        ("no mask", [], {}, ["update_mask"]),
        ("a mask over the status", ["status"], {}, ["update_mask.paths[0]"]),
        ("a mask over the spec", ["labels.a", "spec.input"], {}, ["update_mask.paths[1]"]),
        ("a mask over a label without a key", ["labels."], {}, ["update_mask.paths[0]"]),
        ("a mask over an endless key", ["labels." + "k" * 64], {}, ["update_mask.paths[0]"]),
        ("a mask of too many paths", [f"labels.{n}" for n in range(65)], {}, ["update_mask"]),
        ("too many labels", ["labels"], {str(n): "" for n in range(65)}, ["labels"]),
        ("a label without a key", ["labels"], {"": "x"}, ['labels[""]']),
    ):
        yield faulty(
            *("UpdateRun", name),
            lambda w, paths=paths, labels=labels: runs.UpdateRunRequest(
                run_id=w.done, labels=labels, update_mask=FieldMask(paths=paths)
            ),
            *fields,
        )


def wrong_answers() -> Iterator[Row]:
    """ResumeRun."""
    rpc, code = "ResumeRun", StatusCode

    def answer(data: bytes = b'{"approved":true}', **fields: Any) -> Request:
        return lambda w: runs.ResumeRunRequest(
            run_id=w.asked, answer=Payload(data=data), **told(w, fields)
        )

    yield other(
        *(rpc, "a run that is RUNNING", lambda w: runs.ResumeRunRequest(run_id=w.live)),
        *(code.FAILED_PRECONDITION, "RUN_NOT_INTERRUPTED", "run_id", "status"),
    )
    yield other(
        *(rpc, "a run that has ended", lambda w: runs.ResumeRunRequest(run_id=w.done)),
        *(code.FAILED_PRECONDITION, "RUN_ALREADY_TERMINAL", "run_id", "status"),
    )
    yield unknown(
        *(rpc, "an unknown interrupt", answer(interrupt_id="nothing")),
        *("INTERRUPT_NOT_FOUND", "run_id", "interrupt_id"),
    )
    yield faulty(rpc, "an endless interrupt id", answer(interrupt_id=LONG), "interrupt_id")
    yield other(
        *(rpc, "a stale etag", answer(etag="r0"), code.ABORTED, "ETAG_MISMATCH", "run_id", "etag"),
    )
    for name, data, fields in (
        ("an answer of another type", b'"yes"', ["answer"]),
        ("an answer that lacks a key", b"{}", ["answer.approved"]),
        ("an answer with a wrong key", b'{"approved":"yes"}', ["answer.approved"]),
    ):
        yield other(
            *(rpc, name, answer(data), code.INVALID_ARGUMENT, "SCHEMA_MISMATCH"),
            fields=fields,
        )
    yield other(
        *(rpc, "no answer", lambda w: runs.ResumeRunRequest(run_id=w.asked)),
        *(code.INVALID_ARGUMENT, "SCHEMA_MISMATCH"),
        fields=["answer"],
    )
    yield not_json(rpc, "an answer that is no JSON", answer(b"yes"), "answer")
    yield not_json(rpc, "an answer with NaN", answer(b'{"approved":NaN}'), "answer")
    yield other(
        *(rpc, "an answer of 2 MiB", answer(b'"%s"' % (b"x" * 2 * MIB)), code.RESOURCE_EXHAUSTED),
        *("PAYLOAD_TOO_LARGE", "field", "size_bytes", "max_bytes"),
    )
    yield faulty(
        *(rpc, "an answer in an artifact"),
        lambda w: runs.ResumeRunRequest(run_id=w.asked, answer=Payload(artifact_id=w.artifact)),
        "answer",
    )
    yield faulty(
        *(rpc, "an answer that is no JSON by its type"),
        lambda w: runs.ResumeRunRequest(
            run_id=w.asked, answer=Payload(data=b"yes", content_type="text/plain")
        ),
        "answer.content_type",
    )


def wrong_forks() -> Iterator[Row]:
    """ForkRun."""
    rpc, code = "ForkRun", StatusCode

    def fork(data: bytes | None = None, **fields: Any) -> Request:
        def request(w: World) -> Message:
            given = {"run_id": w.done, "checkpoint_id": w.first_checkpoint, **told(w, fields)}
            return runs.ForkRunRequest(update=None if data is None else Payload(data=data), **given)

        return request

    yield faulty(rpc, "no run id", lambda w: runs.ForkRunRequest(), "run_id")
    yield unknown(rpc, "an unknown run", fork(run_id="nothing"), "RUN_NOT_FOUND", "run_id")
    absent = ("CHECKPOINT_NOT_FOUND", "run_id", "checkpoint_id")
    yield unknown(rpc, "an unknown checkpoint", fork(checkpoint_id="99"), *absent)
    yield unknown(rpc, "a checkpoint of another form", fork(checkpoint_id="first"), *absent)
    final = (code.FAILED_PRECONDITION, "CHECKPOINT_IS_FINAL", "run_id", "checkpoint_id")
    yield other(rpc, "the last checkpoint", fork(checkpoint_id=lambda w: w.last_checkpoint), *final)
    yield other(rpc, "the newest checkpoint of a run that ended", fork(checkpoint_id=""), *final)
    yield misfit(rpc, "an update of a wrong type", fork(b'{"n":"many"}'), "update.n")
    yield misfit(rpc, "an update of an unknown key", fork(b'{"m":1}'), "update.m")
    yield faulty(rpc, "an update that is no object", fork(b"[1]"), "update")
    yield not_json(rpc, "an update that is no JSON", fork(b"{n:1}"), "update")
    yield other(
        *(rpc, "an update of 2 MiB", fork(b'{"n":"%s"}' % (b"x" * 2 * MIB))),
        *(code.RESOURCE_EXHAUSTED, "PAYLOAD_TOO_LARGE", "field", "size_bytes", "max_bytes"),
    )
    yield faulty(rpc, "a malformed new run id", fork(new_run_id="a/b"), "new_run_id")
    yield other(
        *(rpc, "a new run id that is taken", fork(new_run_id=lambda w: w.failed)),
        *(code.ALREADY_EXISTS, "RUN_ALREADY_EXISTS", "run_id"),
    )
    yield faulty(rpc, "a request id that is no UUID", fork(request_id="1"), "request_id")
    yield other(
        *(rpc, "a request id used with another body", fork(request_id=lambda w: w.request_id)),
        *(code.ALREADY_EXISTS, "REQUEST_ID_REUSED", "request_id", "run_id"),
    )
    yield faulty(rpc, "too many labels", fork(labels={str(n): "" for n in range(65)}), "labels")
    yield undecodable(rpc)


def wrong_watches() -> Iterator[Row]:
    """WaitRun, WatchRun, CreateAndWatchRun, WatchRuns."""
    code = StatusCode
    for rpc, kind in (("WaitRun", runs.WaitRunRequest), ("WatchRun", runs.WatchRunRequest)):
        yield faulty(rpc, "no run id", lambda w, kind=kind: kind(), "run_id")
        yield unknown(
            *(rpc, "an unknown run", lambda w, kind=kind: kind(run_id="nothing")),
            *("RUN_NOT_FOUND", "run_id"),
        )
        yield faulty(
            *(rpc, "an unknown payload format"),
            *(lambda w, kind=kind: kind(run_id=w.done, payload_format=9), "payload_format"),
        )
    for name, timeout in {
        "negative time": Duration(seconds=-1),
        "too much time": Duration(seconds=10**11),
        "malformed time": Duration(seconds=1, nanos=-5),
    }.items():
        yield faulty(
            *("WaitRun", name),
            lambda w, timeout=timeout: runs.WaitRunRequest(run_id=w.live, timeout=timeout),
            "timeout",
        )

    def watch(**fields: Any) -> Request:
        return lambda w: runs.WatchRunRequest(run_id=w.done, **fields)

    yield faulty("WatchRun", "a negative sequence", watch(from_sequence=-1), "from_sequence")
    for name, sequence in (("the future", 10_000), ("the far future", 2**63 - 1)):
        yield other(
            *("WatchRun", f"a sequence in {name}", watch(from_sequence=sequence)),
            *(code.OUT_OF_RANGE, "SEQUENCE_IN_FUTURE", "run_id", "last_sequence"),
        )
    minus = Duration(nanos=-1)
    for rpc, request in {
        "WatchRun": watch(heartbeat_interval=minus),
        "WatchRuns": lambda w: runs.WatchRunsRequest(heartbeat_interval=minus),
        "CreateAndWatchRun": lambda w: watched_creation(create(), heartbeat_interval=minus),
    }.items():
        yield faulty(rpc, "a negative heartbeat", request, "heartbeat_interval")
        yield undecodable(rpc)
    for name, token in {
        "a made-up resume token": "where was I",
        "a resume token beyond ASCII": "§",
        "a page token": packed('["abc",1]'),
        "a resume token of no number": packed("pie"),
        "a resume token beyond 64 bits": packed(f"p{HUGE_NUMBER}"),
        "a resume token before the beginning": packed("p-5"),
    }.items():
        yield faulty(
            *("WatchRuns", name, lambda w, token=token: runs.WatchRunsRequest(resume_token=token)),
            "resume_token",
        )
    yield faulty(
        *("WatchRuns", "an endless resume token"),
        *(lambda w: runs.WatchRunsRequest(resume_token="x" * 2049), "resume_token"),
    )
    yield faulty(
        *("WatchRuns", "an unknown payload format"),
        *(lambda w: runs.WatchRunsRequest(payload_format=9), "payload_format"),
    )
    yield undecodable("WaitRun")
    yield from wrong_watched_creations()


def watched_creation(
    request: runs.CreateRunRequest, **fields: Any
) -> runs.CreateAndWatchRunRequest:
    return runs.CreateAndWatchRunRequest(
        spec=request.spec, run_id=request.run_id, request_id=request.request_id, **fields
    )


def wrong_watched_creations() -> Iterator[Row]:
    """CreateAndWatchRun, which refuses what CreateRun refuses."""
    rpc = "CreateAndWatchRun"
    yield faulty(rpc, "nothing at all", lambda w: runs.CreateAndWatchRunRequest(), "spec.graph_id")
    yield unknown(
        *(rpc, "an unknown graph", lambda w: watched_creation(create(graph_id="nowhere"))),
        *("GRAPH_NOT_FOUND", "graph_id"),
    )
    yield not_json(rpc, "bad JSON", lambda w: watched_creation(create(b"{")), "spec.input")
    yield misfit(
        *(rpc, "a wrong type", lambda w: watched_creation(create(b'{"n":"1"}'))), "spec.input.n"
    )
    yield other(
        *(rpc, "a run id that is taken", lambda w: watched_creation(create(run_id=w.done))),
        *(StatusCode.ALREADY_EXISTS, "RUN_ALREADY_EXISTS", "run_id"),
    )
    yield other(
        *(rpc, "a request id used with another body"),
        lambda w: watched_creation(create(b'{"n":2}', request_id=w.request_id)),
        *(StatusCode.ALREADY_EXISTS, "REQUEST_ID_REUSED", "request_id", "run_id"),
    )
    yield faulty(
        *(rpc, "an unknown payload format"),
        *(lambda w: watched_creation(create(), payload_format=9), "payload_format"),
    )


def wrong_uploads() -> Iterator[Row]:
    """UploadArtifact."""
    rpc, code = "UploadArtifact", StatusCode
    yield other(*(rpc, "no message at all", lambda w: [], code.INVALID_ARGUMENT, "INVALID_FIELD"))
    for name, message, field in (
        ("a malformed artifact id", chunk(b"x", artifact_id="a/b"), "artifact_id"),
        ("a malformed run id", chunk(b"x", run_id="a b"), "run_id"),
        ("an endless file name", chunk(b"x", filename="x" * 256), "filename"),
        ("a file name with a line break", chunk(b"x", filename="a\nb"), "filename"),
        ("an endless media type", chunk(b"x", content_type=LONG), "content.content_type"),
        ("no media type", chunk(b"x", content_type="picture"), "content.content_type"),
        ("a negative offset", chunk(b"x", write_offset=-1), "write_offset"),
        ("an offset into nothing", chunk(b"x", write_offset=5), "artifact_id"),
        ("a malformed SHA-256", chunk(b"x", sha256="abc"), "sha256"),
        ("a SHA-256 in capitals", chunk(b"x", sha256="A" * 64), "sha256"),
        ("a request id that is no UUID", chunk(b"x", request_id="1"), "request_id"),
        ("a chunk of more than 1 MiB", chunk(b"x" * (MIB + 1)), "content.data"),
    ):
        yield faulty(rpc, name, lambda w, message=message: [message], field)
    for name, later, field in (
        ("a file name in a later message", chunk(b"y", filename="b.txt"), "filename"),
        ("an id in a later message", chunk(b"y", artifact_id="b"), "artifact_id"),
        ("an offset in a later message", chunk(b"y", write_offset=1), "write_offset"),
        ("a later chunk of more than 1 MiB", chunk(b"x" * (MIB + 1)), "content.data"),
    ):
        yield faulty(rpc, name, lambda w, later=later: [chunk(), later], field)
    yield unknown(
        *(rpc, "an unknown run", lambda w: [chunk(b"x", run_id="nothing")]),
        *("RUN_NOT_FOUND", "run_id"),
    )
    yield unknown(
        *(rpc, "an unknown artifact to resume"),
        lambda w: [chunk(b"x", artifact_id="nothing", write_offset=5)],
        *("ARTIFACT_NOT_FOUND", "artifact_id"),
    )
    moved = (code.FAILED_PRECONDITION, "UPLOAD_OFFSET_MISMATCH", "artifact_id", "committed_size")
    for name, offset in (("before", 0), ("behind", 6), ("far behind", 2**62)):
        yield other(
            *(rpc, f"an offset {name} what has arrived"),
            lambda w, offset=offset: [chunk(b"x", artifact_id=w.uploading, write_offset=offset)],
            *moved,
        )
    yield other(
        *(rpc, "another SHA-256 than what arrives"),
        lambda w: [chunk(b"x", sha256="0" * 64)],
        *(code.INVALID_ARGUMENT, "CHECKSUM_MISMATCH", "field"),
        fields=["sha256"],
    )
    yield other(
        *(rpc, "an artifact id that is taken", lambda w: [chunk(b"x", artifact_id=w.artifact)]),
        *(code.ALREADY_EXISTS, "ARTIFACT_ALREADY_EXISTS", "artifact_id"),
    )
    yield other(
        *(rpc, "a request id used for another file"),
        lambda w: [chunk(b"x", filename="else", request_id=w.upload_request_id)],
        *(code.ALREADY_EXISTS, "REQUEST_ID_REUSED", "artifact_id"),
    )
    yield undecodable(rpc, lambda w: [UNDECODABLE])
    yield other(
        *(rpc, "later bytes that are no message"),
        *(lambda w: [chunk(), UNDECODABLE], code.INVALID_ARGUMENT, "REQUEST_UNDECODABLE"),
    )


def wrong_artifacts() -> Iterator[Row]:
    """DownloadArtifact, GetArtifact, DeleteArtifact."""
    code = StatusCode
    for rpc, kind in {
        "DownloadArtifact": artifacts.DownloadArtifactRequest,
        "GetArtifact": artifacts.GetArtifactRequest,
        "DeleteArtifact": artifacts.DeleteArtifactRequest,
    }.items():
        yield faulty(rpc, "no artifact id", lambda w, kind=kind: kind(), "artifact_id")
        yield faulty(
            *(rpc, "an artifact id that is a path"),
            *(lambda w, kind=kind: kind(artifact_id="../up"), "artifact_id"),
        )
        yield unknown(
            *(rpc, "an unknown artifact", lambda w, kind=kind: kind(artifact_id="nothing")),
            *("ARTIFACT_NOT_FOUND", "artifact_id"),
        )
        yield undecodable(rpc)

    def read(**fields: Any) -> Request:
        return lambda w: artifacts.DownloadArtifactRequest(artifact_id=w.artifact, **fields)

    rpc = "DownloadArtifact"
    yield faulty(rpc, "a negative offset", read(read_offset=-1), "read_offset")
    yield faulty(rpc, "a negative limit", read(read_limit=-1), "read_limit")
    yield other(
        *(rpc, "an offset beyond the end", read(read_offset=11), code.OUT_OF_RANGE),
        *("READ_PAST_END", "artifact_id", "size_bytes"),
    )
    yield other(
        *(rpc, "an artifact that is still uploading"),
        lambda w: artifacts.DownloadArtifactRequest(artifact_id=w.uploading),
        *(code.FAILED_PRECONDITION, "ARTIFACT_NOT_READY", "artifact_id"),
    )


def node(**fields: Any) -> dict[str, Any]:
    return {"tool": "add", "arguments": {"amount": 1}, **fields}


def definition(**fields: Any) -> dict[str, Any]:
    """Return a definition that is good but for what is given; None leaves a field out."""
    good = {"graph_id": "wrong", "nodes": {"a": node(), "b": node()}, "edges": [["a", "b"]]}
    return {name: value for name, value in {**good, **fields}.items() if value is not None}


def wrong_definitions() -> Iterator[Row]:
    """CreateGraph."""
    rpc, code = "CreateGraph", StatusCode
    yield faulty(rpc, "no definition", lambda w: graphs.CreateGraphRequest(), "definition")
    yield faulty(
        *(rpc, "a definition in an artifact"),
        lambda w: graphs.CreateGraphRequest(definition=Payload(artifact_id=w.artifact)),
        "definition",
    )
    for name, data in {"bad JSON": b"{", "NaN": b'{"graph_id":NaN}', "not UTF-8": b"\xff"}.items():
        yield not_json(
            *(rpc, name),
            lambda w, data=data: graphs.CreateGraphRequest(definition=Payload(data=data)),
            "definition",
        )
    yield other(
        *(rpc, "a definition of 2 MiB"),
        lambda w: graphs.CreateGraphRequest(definition=Payload(data=b'"%s"' % (b"x" * 2 * MIB))),
        *(code.RESOURCE_EXHAUSTED, "PAYLOAD_TOO_LARGE", "field", "size_bytes", "max_bytes"),
    )
    yield other(
        *(rpc, "the graph id of a graph in Python"),
        lambda w: graphs.CreateGraphRequest(
            definition=Payload(data=json.dumps(definition(graph_id="three_nodes")).encode())
        ),
        *(code.ALREADY_EXISTS, "GRAPH_ALREADY_EXISTS", "graph_id"),
    )
    yield undecodable(rpc)


def wrong_graphs_in_definitions() -> Iterator[Row]:
    """CreateGraph, where the definition is JSON."""
    yield bad_graph("a list for a definition", [], "definition")
    yield bad_graph("a definition without an id", definition(graph_id=None), "definition.graph_id")
    yield bad_graph("an id that is a number", definition(graph_id=5), "definition.graph_id")
    yield bad_graph("an id that is a path", definition(graph_id="../up"), "definition.graph_id")
    yield bad_graph("a definition without nodes", definition(nodes={}), "definition.nodes")
    yield bad_graph("a key that means nothing", definition(color="red"), "definition.color")
    yield bad_graph(
        *("an unknown tool", definition(nodes={"a": node(), "b": node(tool="substract")})),
        "definition.nodes.b.tool",
    )
    yield bad_graph(
        "an argument too many",
        definition(nodes={"a": node(arguments={"amount": 1, "color": 1}), "b": node()}),
        "definition.nodes.a.arguments",
    )
    yield bad_graph(
        "an argument of a wrong type",
        definition(nodes={"a": node(arguments={"amount": "one"}), "b": node()}),
        "definition.nodes.a.arguments.amount",
    )
    yield bad_graph("a node never reached", definition(edges=[["a", "END"]]), "definition.nodes.b")
    yield bad_graph(
        "an edge to nowhere", definition(edges=[["a", "c"]]), "definition.edges[0].target"
    )
    yield bad_graph(
        "an edge from nowhere",
        definition(edges=[["a", "b"], ["c", "b"]]),
        "definition.edges[1].source",
    )
    yield bad_graph("an edge of one end", definition(edges=[["a"]]), "definition.edges[0]")
    yield bad_graph(
        "an edge there twice", definition(edges=[["a", "b"], ["a", "b"]]), "definition.edges[0]"
    )
    yield bad_graph(
        "no way to END", definition(edges=[["a", "b"], ["b", "a"]]), "definition.nodes.a"
    )
    yield bad_graph("a start that is no node", definition(start="c"), "definition.start")
    yield bad_graph(
        "a node with a reserved name",
        definition(nodes={"a": node(), "END": node()}, edges=[]),
        "definition.nodes.END",
    )


def wrong_nodes_and_states() -> Iterator[Row]:
    """CreateGraph, where the shape of the graph is fine."""
    yield bad_graph(
        "retries below zero",
        definition(nodes={"a": node(retries=-1), "b": node()}),
        "definition.nodes.a.retries",
    )
    yield bad_graph(
        "a time limit of nothing",
        definition(nodes={"a": node(timeout_seconds=0), "b": node()}),
        "definition.nodes.a.timeout_seconds",
    )
    yield bad_graph(
        "a time limit beyond all time",
        definition(nodes={"a": node(timeout_seconds=1e300), "b": node()}),
        "definition.nodes.a.timeout_seconds",
    )
    yield bad_graph(
        "a branch to nowhere",
        definition(branches=[branch(target="c")]),
        "definition.branches[0].conditions[0].target",
    )
    yield bad_graph(
        "a branch with a number for a default",
        definition(branches=[{**branch(), "default": 5}]),
        "definition.branches[0].default",
    )
    for name, ref in {
        "a state that refers to a file": "file:///nowhere/schema.json",
        "a state that refers to the web": "http://127.0.0.1:9/schema",
    }.items():
        yield bad_graph(
            name,
            definition(state={"properties": {"n": {"$ref": ref}}, "additionalProperties": True}),
            "definition.state",
        )
    yield bad_graph(
        "a state of no schema",
        definition(state={"properties": {"n": {"type": "whole number"}}}),
        "definition.state",
    )
    yield bad_graph(
        "several things at once",
        definition(nodes={"a": node(tool="x"), "b": node()}, edges=[["a", "c"]]),
        *("definition.nodes.a.tool", "definition.edges[0].target"),
    )


def branch(target: str = "b") -> dict[str, Any]:
    when = {"key": "n", "operator": ">", "value": 3}
    return {"source": "a", "conditions": [{"when": when, "target": target}], "default": "END"}


def wrong_graphs() -> Iterator[Row]:
    """GetGraph, DeleteGraph."""
    absent = ("GRAPH_NOT_FOUND", "graph_id")
    yield faulty("GetGraph", "no graph id", lambda w: graphs.GetGraphRequest(), "graph_id")
    yield unknown(
        *("GetGraph", "an unknown graph", lambda w: graphs.GetGraphRequest(graph_id="nowhere")),
        *absent,
    )
    yield unknown(
        *("GetGraph", "an unknown version"),
        *(lambda w: graphs.GetGraphRequest(graph_id=w.graph, version=99), *absent),
    )
    yield unknown(
        *("GetGraph", "a version of a graph in Python"),
        *(lambda w: graphs.GetGraphRequest(graph_id="echo", version=1), *absent),
    )
    yield faulty(
        *("GetGraph", "a negative version"),
        *(lambda w: graphs.GetGraphRequest(graph_id=w.graph, version=-1), "version"),
    )
    yield faulty(
        *("GetGraph", "an unknown payload format"),
        *(lambda w: graphs.GetGraphRequest(graph_id="echo", payload_format=9), "payload_format"),
    )
    yield undecodable("GetGraph")
    yield faulty("DeleteGraph", "no graph id", lambda w: graphs.DeleteGraphRequest(), "graph_id")
    yield unknown(
        *("DeleteGraph", "an unknown graph"),
        *(lambda w: graphs.DeleteGraphRequest(graph_id="nowhere"), *absent),
    )
    yield other(
        *("DeleteGraph", "a graph in Python"),
        lambda w: graphs.DeleteGraphRequest(graph_id="three_nodes"),
        *(StatusCode.FAILED_PRECONDITION, "GRAPH_IN_PYTHON", "graph_id"),
    )
    yield undecodable("DeleteGraph")


ROWS: Final[Sequence[Row]] = [
    *wrong_creations(),
    *wrong_json(),
    *wrong_inputs(),
    *wrong_reads(),
    *wrong_lists(),
    *wrong_filters(),
    *wrong_windows(),
    *wrong_moves(),
    *wrong_answers(),
    *wrong_forks(),
    *wrong_watches(),
    *wrong_uploads(),
    *wrong_artifacts(),
    *wrong_definitions(),
    *wrong_graphs_in_definitions(),
    *wrong_nodes_and_states(),
    *wrong_graphs(),
]

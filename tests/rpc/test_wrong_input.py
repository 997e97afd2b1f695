"""Every kind of wrong request, over a real socket: what callers are told; and nothing happens.

The rows are in `wrong_input_rows.py`; what they expect is also what `docs/errors.md` says.
"""

import ast
import json
import re
import socket
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import grpc
import pytest
from google.api.httpbody_pb2 import HttpBody
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc import error_details_pb2 as details
from google.rpc import status_pb2
from tests.rpc.wrong_input_rows import ROWS, Row, Sent, World, create, definition
from tests.rpc.wrong_service_rows import METHODS as OF_SERVICES
from tests.rpc.wrong_service_rows import service_rows
from tests.rpc.wrong_thread_rows import METHODS as OF_THREADS
from tests.rpc.wrong_thread_rows import thread_rows

from runwire.v1 import artifact_service_pb2, graph_service_pb2, run_service_pb2
from runwire.v1.artifact_pb2 import ARTIFACT_STATUS_UPLOADING
from runwire.v1.artifact_service_pb2_grpc import ArtifactServiceStub
from runwire.v1.graph_service_pb2_grpc import GraphServiceStub
from runwire.v1.payload_pb2 import Payload
from runwire.v1.run_pb2 import RUN_STATUS_INTERRUPTED, RUN_STATUS_RUNNING, Run, RunSpec
from runwire.v1.run_service_pb2_grpc import RunServiceStub

ROOT: Final = Path(__file__).parents[2]
SERVER: Final = ROOT / "server"
PAGE: Final = ROOT / "docs/errors.md"
SECONDS: Final = 30.0

AROUND: Final = {**OF_SERVICES, **OF_THREADS}
METHODS: Final[Mapping[str, MethodDescriptor]] = {
    method.name: method
    for module in (run_service_pb2, artifact_service_pb2, graph_service_pb2)
    for service in module.DESCRIPTOR.services_by_name.values()
    for method in service.methods
} | AROUND
ALL_ROWS: Final = [*ROWS, *service_rows(), *thread_rows()]

LEAKS: Final = re.compile(
    r"Traceback|<class|<function|object at 0x|\b\w+(Error|Exception)\b|\berrno\b|os error"
    r"|sqlite|sqlalchemy|asyncpg|\b(SELECT|INSERT|UPDATE|DELETE FROM)\b"
    r"|/(work|tmp|usr|root|home|etc|var)/|\.py\b|site-packages|\bsys\.|pydantic"
)


@dataclass(frozen=True)
class Services:
    """The three services of one server, by the generated stubs."""

    channel: grpc.Channel
    runs: RunServiceStub
    artifacts: ArtifactServiceStub
    graphs: GraphServiceStub

    def call(self, rpc: str, sent: Sent, request_id: str) -> Any:
        """Make a call to its end; return its last message."""
        method = METHODS[rpc]
        messages: Sequence[Message | bytes] = sent if isinstance(sent, list) else [sent]  # type: ignore[list-item]
        raw = rpc in AROUND or any(isinstance(message, bytes) for message in messages)
        callee = self._raw(method) if raw else self._stub(rpc)
        request: Any = iter(messages) if method.client_streaming else messages[0]
        if raw:
            data = (m if isinstance(m, bytes) else m.SerializeToString() for m in messages)
            request = data if method.client_streaming else next(data)
        answer = callee(request, timeout=SECONDS, metadata=(("x-request-id", request_id),))
        return list(answer)[-1] if method.server_streaming else answer

    def _stub(self, rpc: str) -> Any:
        stubs = (self.runs, self.artifacts, self.graphs)
        return next(getattr(stub, rpc) for stub in stubs if hasattr(stub, rpc))

    def _raw(self, method: MethodDescriptor) -> Any:
        kinds = {(False, False): "unary_unary", (False, True): "unary_stream"}
        kind = kinds.get((method.client_streaming, method.server_streaming), "stream_unary")
        path = f"/{method.containing_service.full_name}/{method.name}"
        return getattr(self.channel, kind)(path)


@pytest.fixture(scope="module")
def services(server_process: Any) -> Iterator[Services]:
    with grpc.insecure_channel(server_process.grpc_address) as channel:
        yield Services(
            channel,
            RunServiceStub(channel),
            ArtifactServiceStub(channel),
            GraphServiceStub(channel),
        )


@pytest.fixture(scope="module")
def world(services: Services) -> Iterator[World]:
    """What rows refer to."""
    request_id, upload_request_id = str(uuid.uuid4()), str(uuid.uuid4())
    done = start(services, create(b'{"n":1}', request_id=request_id))
    failed = start(services, create(b'{"n":1}', graph_id="failing"))
    live = start(services, create(b'{"seconds":600}', graph_id="sleepy"))
    asked = start(services, create(b'{"amount":5}', graph_id="approval"))
    for run in (done, failed):
        services.runs.WaitRun(run_service_pb2.WaitRunRequest(run_id=run), timeout=SECONDS)
    reached(services, live, RUN_STATUS_RUNNING, step="sleep:1")
    reached(services, asked, RUN_STATUS_INTERRUPTED)
    for run in (live, asked):
        assert read(services, run).spec.graph_id
    graph = f"wrong-{uuid.uuid4().hex[:8]}"
    state = {"properties": {"n": {"type": "integer"}}, "additionalProperties": True}
    data = json.dumps(definition(graph_id=graph, state=state)).encode()
    services.graphs.CreateGraph(graph_service_pb2.CreateGraphRequest(definition=Payload(data=data)))
    artifact = upload(services, b"0123456789", request_id=upload_request_id)
    misfit = upload(services, b'["fits nothing"]')
    checkpoints = run_service_pb2.ListCheckpointsRequest(run_id=done)
    found = services.runs.ListCheckpoints(checkpoints).checkpoints
    yield World(
        done=done,
        request_id=request_id,
        first_checkpoint=found[-1].checkpoint_id,
        last_checkpoint=found[0].checkpoint_id,
        failed=failed,
        live=live,
        asked=asked,
        artifact=artifact,
        upload_request_id=upload_request_id,
        misfit=misfit,
        uploading=begin_upload(services, b"01234"),
        graph=graph,
        **tokens(services, done),
    )
    for run in (live, asked):
        services.runs.CancelRun(run_service_pb2.CancelRunRequest(run_id=run))
    services.graphs.DeleteGraph(graph_service_pb2.DeleteGraphRequest(graph_id=graph))


def start(services: Services, request: run_service_pb2.CreateRunRequest) -> str:
    return services.runs.CreateRun(request, timeout=SECONDS).run.run_id


def read(services: Services, run_id: str) -> Run:
    return services.runs.GetRun(run_service_pb2.GetRunRequest(run_id=run_id)).run


def reached(services: Services, run_id: str, status: int, step: str = "") -> None:
    """Watch a run until it has entered a status (and, if named, begun a step)."""
    request = run_service_pb2.WatchRunRequest(run_id=run_id)
    call = services.runs.WatchRun(request, timeout=SECONDS)
    for message in call:
        for event in message.batch.events:
            if event.status_changed.to_status == status and not step:
                call.cancel()
                return
            if step and event.step_id == step:
                call.cancel()
                return
    pytest.fail(f"run {run_id} never got there")


def upload(services: Services, data: bytes, **fields: Any) -> str:
    content = HttpBody(data=data, content_type="application/json")
    request = artifact_service_pb2.UploadArtifactRequest(content=content, **fields)
    return services.artifacts.UploadArtifact(iter([request])).artifact.artifact_id


def begin_upload(services: Services, data: bytes) -> str:
    """Leave an artifact of which only this has arrived: the upload's second message is refused."""
    artifact_id = uuid.uuid4().hex
    content = HttpBody(data=data)
    messages = [
        artifact_service_pb2.UploadArtifactRequest(artifact_id=artifact_id, content=content),
        artifact_service_pb2.UploadArtifactRequest(filename="too late"),
    ]
    with pytest.raises(grpc.RpcError):
        services.artifacts.UploadArtifact(iter(messages), timeout=SECONDS)
    request = artifact_service_pb2.GetArtifactRequest(artifact_id=artifact_id)
    found = services.artifacts.GetArtifact(request).artifact
    assert (found.status, found.size_bytes) == (ARTIFACT_STATUS_UPLOADING, len(data))
    return artifact_id


def tokens(services: Services, run_id: str) -> dict[str, str]:
    """Return a good page token of every list."""
    lists = {
        "runs": services.runs.ListRuns(run_service_pb2.ListRunsRequest(page_size=1)),
        "steps": services.runs.ListSteps(
            run_service_pb2.ListStepsRequest(run_id=run_id, page_size=1)
        ),
        "checkpoints": services.runs.ListCheckpoints(
            run_service_pb2.ListCheckpointsRequest(run_id=run_id, page_size=1)
        ),
        "artifacts": services.artifacts.ListArtifacts(
            artifact_service_pb2.ListArtifactsRequest(page_size=1)
        ),
        "graphs": services.graphs.ListGraphs(graph_service_pb2.ListGraphsRequest(page_size=1)),
    }
    found = {f"{name}_token": page.next_page_token for name, page in lists.items()}
    assert all(found.values())
    return found


def as_it_is(services: Services, world: World) -> object:
    """Return what no wrong request may change: what is newest, and what rows refer to."""
    newest = services.runs.ListRuns(run_service_pb2.ListRunsRequest(page_size=1)).runs[0]
    stored = services.artifacts.ListArtifacts(
        artifact_service_pb2.ListArtifactsRequest(page_size=2)
    ).artifacts
    graphs = services.graphs.ListGraphs(graph_service_pb2.ListGraphsRequest(page_size=1000)).graphs
    runs = [read(services, run) for run in (world.done, world.failed, world.live, world.asked)]
    half = services.artifacts.GetArtifact(
        artifact_service_pb2.GetArtifactRequest(artifact_id=world.uploading)
    ).artifact
    return (
        newest.run_id,
        [artifact.artifact_id for artifact in stored],
        [(graph.graph_id, graph.version) for graph in graphs],
        [(run.run_id, run.etag, run.last_sequence) for run in runs],
        (half.status, half.size_bytes),
    )


@dataclass(frozen=True)
class Refusal:
    """What a caller was told."""

    code: grpc.StatusCode
    text: str
    status: status_pb2.Status
    request_id: str

    def detail(self, kind: type[Any]) -> Any:
        """Return the one detail of a kind; an empty one if there is none."""
        found = [kind.FromString(d.value) for d in self.status.details if d.Is(kind.DESCRIPTOR)]
        assert len(found) <= 1
        return found[0] if found else kind()

    @property
    def words(self) -> str:
        """All text that a person reads."""
        bad = self.detail(details.BadRequest).field_violations
        return "\n".join([self.text, *(violation.description for violation in bad)])


def refused(services: Services, rpc: str, sent: Sent, request_id: str = "row-1") -> Refusal:
    with pytest.raises(grpc.RpcError) as caught:
        services.call(rpc, sent, request_id)
    error: Any = caught.value
    trailers = dict(error.trailing_metadata() or ())
    metadata = {**dict(error.initial_metadata() or ()), **trailers}
    status = status_pb2.Status.FromString(trailers.get("grpc-status-details-bin", b""))
    return Refusal(error.code(), error.details(), status, metadata.get("x-request-id", ""))


@pytest.mark.parametrize("row", ALL_ROWS, ids=lambda row: f"{row.rpc}: {row.name}")
def test_wrong_input_is_refused_in_so_many_words(
    row: Row, services: Services, world: World
) -> None:
    before = as_it_is(services, world)
    found = refused(services, row.rpc, row.request(world))

    info = found.detail(details.ErrorInfo)
    bad = found.detail(details.BadRequest).field_violations
    told = (found.code, info.reason, sorted(violation.field for violation in bad))
    assert told == (row.code, row.reason, sorted(row.fields)), found.words
    assert (info.domain, sorted(info.metadata)) == ("runwire", sorted(row.facts)), info.metadata
    assert (found.status.code, found.status.message) == (row.code.value[0], found.text)
    assert found.detail(details.RequestInfo).request_id == found.request_id == "row-1"
    assert len(found.text) > 5
    assert LEAKS.search(found.words) is None, found.words
    assert as_it_is(services, world) == before


def test_rows_cover_every_rpc() -> None:
    assert {row.rpc for row in ALL_ROWS} == set(METHODS)


def test_rows_have_names_of_their_own() -> None:
    assert len({(row.rpc, row.name) for row in ALL_ROWS}) == len(ALL_ROWS)


def test_a_missing_thing_is_named_as_a_resource(services: Services) -> None:
    found = refused(services, "GetRun", run_service_pb2.GetRunRequest(run_id="nothing"))
    resource = found.detail(details.ResourceInfo)
    assert (resource.resource_type, resource.resource_name) == ("runwire.v1.Run", "nothing")


def test_a_request_without_an_id_gets_one(services: Services) -> None:
    sent = run_service_pb2.GetRunRequest(run_id="nothing")
    found = [refused(services, "GetRun", sent, request_id="no good id").request_id for _ in "ab"]
    assert all(re.fullmatch(r"[0-9a-f-]{8,}", request_id) for request_id in found)
    assert found[0] != found[1]


def test_long_faults_fit_the_trailers(services: Services) -> None:
    key = "k" * 60
    labels = {f"{key}{n}": "x" * 300 for n in range(64)}
    request = create(spec={"labels": labels, "thread_id": "x" * 100_000})
    found = refused(services, "CreateRun", request)
    assert found.detail(details.ErrorInfo).reason == "INVALID_FIELD"
    assert 3 < len(found.detail(details.BadRequest).field_violations) <= 66


def test_what_is_wrong_deep_in_a_large_input_is_named_not_quoted(services: Services) -> None:
    data = json.dumps({"texts": ["word"] * 1000 + [["x" * 500_000]]}).encode()
    found = refused(services, "CreateRun", create(data, graph_id="fan"))
    (violation,) = found.detail(details.BadRequest).field_violations
    assert violation.field == "spec.input.texts[1000]"
    assert len(found.text) < 1000


def test_fields_sent_twice_and_unknown_fields_are_fine(services: Services, world: World) -> None:
    first = run_service_pb2.GetRunRequest(run_id="nothing").SerializeToString()
    last = run_service_pb2.GetRunRequest(run_id=world.done).SerializeToString()
    unknown = b"\xa2\x1f\x03new"  # field 500, a text
    answer = services.call("GetRun", first + unknown + last, "row-1")
    assert run_service_pb2.GetRunResponse.FromString(answer).run.run_id == world.done


def test_keys_sent_twice_are_fine(services: Services) -> None:
    run_id = start(services, create(b'{"n":5,"n":1}'))
    request = run_service_pb2.WaitRunRequest(run_id=run_id, timeout=Duration(seconds=30))
    run = services.runs.WaitRun(request).run
    assert json.loads(run.output.data) == {"n": 7}
    assert run.spec.input.data == b'{"n":5,"n":1}'


def test_cancelling_twice_is_fine(services: Services) -> None:
    run_id = start(services, create(b'{"amount":5}', graph_id="approval"))
    reached(services, run_id, RUN_STATUS_INTERRUPTED)
    request = run_service_pb2.CancelRunRequest(run_id=run_id)
    first, again = services.runs.CancelRun(request).run, services.runs.CancelRun(request).run
    assert first == again


def test_a_creation_repeated_is_no_wrong_input(services: Services) -> None:
    request = create(b'{"n":1}', run_id=uuid.uuid4().hex, request_id=str(uuid.uuid4()))
    services.runs.CreateRun(request)
    request.spec.input.data = b' { "n" : 1 } '
    assert services.runs.CreateRun(request).replayed


def test_a_definition_that_is_only_checked_is_not_stored(services: Services) -> None:
    data = json.dumps(definition(graph_id="only-checked")).encode()
    request = graph_service_pb2.CreateGraphRequest(
        definition=Payload(data=data), validate_only=True
    )
    assert services.graphs.CreateGraph(request).graph.graph_id == "only-checked"
    found = refused(
        services, "GetGraph", graph_service_pb2.GetGraphRequest(graph_id="only-checked")
    )
    assert found.detail(details.ErrorInfo).reason == "GRAPH_NOT_FOUND"


@pytest.mark.parametrize(
    "fields",
    [
        {"nodes": {"a": {"tool": "add", "arguments": {"amount": 1}, "retries": 2.0}}, "edges": []},
        {"max_steps": 5.0},
        {"description": "ends in half an emoji \ud83d"},
        {"state": {"properties": {"n": {"type": "integer", "default": "one"}}}},
        {"state": {"properties": {"n": {"type": "array", "x-reducer": "add", "default": 5}}}},
    ],
    ids=["a float for retries", "a float for steps", "half an emoji", "a default", "a reducer"],
)
def test_an_odd_definition_is_stored_whole_or_not_at_all(
    services: Services, fields: Mapping[str, Any]
) -> None:
    """Whatever the answer, it is no internal error, and lists of graphs go on working."""
    graph_id = f"odd-{uuid.uuid4().hex[:8]}"
    code = answer_to(services, definition(graph_id=graph_id, **fields))
    assert code in (grpc.StatusCode.OK, grpc.StatusCode.INVALID_ARGUMENT)
    listed = services.graphs.ListGraphs(graph_service_pb2.ListGraphsRequest(page_size=1000)).graphs
    kept = graph_id in [graph.graph_id for graph in listed]
    assert kept == (code is grpc.StatusCode.OK)


def answer_to(services: Services, wanted: Mapping[str, Any]) -> grpc.StatusCode:
    request = graph_service_pb2.CreateGraphRequest(
        definition=Payload(data=json.dumps(wanted).encode())
    )
    try:
        services.graphs.CreateGraph(request)
    except grpc.RpcError as error:
        return error.code()
    return grpc.StatusCode.OK


@pytest.mark.parametrize("place", ["a property", "the schema of schemas"])
def test_a_definition_makes_no_request(services: Services, place: str) -> None:
    """A graph sent by a caller must not make the server call others."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/schema"
        state: dict[str, Any] = {"properties": {"n": {"$ref": url}}}
        if place == "the schema of schemas":
            state = {"$schema": url, "properties": {"n": {"type": "integer"}}}
        answer_to(services, definition(graph_id="reaches-out", state=state))
        assert called(listener) is False


def called(listener: socket.socket) -> bool:
    try:
        listener.accept()[0].close()
    except BlockingIOError:
        return False
    return True


def test_a_definition_reads_no_file(services: Services, tmp_path: Path) -> None:
    (tmp_path / "schema.json").write_text('{"type": "integer"}')
    state = {"properties": {"n": {"$ref": (tmp_path / "schema.json").as_uri()}}}
    code = answer_to(services, definition(graph_id="reads-files", state=state))
    assert code is grpc.StatusCode.INVALID_ARGUMENT


def test_an_unset_spec_is_a_graph_without_a_name(services: Services) -> None:
    found = refused(services, "CreateRun", run_service_pb2.CreateRunRequest(spec=RunSpec()))
    assert found.text == "spec.graph_id: is required"


# docs/errors.md


def documented() -> dict[str, set[str]]:
    """Return the codes of every reason that the page lists, by its tables' first two columns."""
    found: dict[str, set[str]] = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        match = re.match(r"\| `([A-Z_]+)` \| ([A-Z_, ]*) \|", line)
        if match:
            found.setdefault(match[1], set()).update(match[2].split(", "))
    return found


def written() -> dict[str, list[str]]:
    """Return every reason in the server's source, with the places that name it."""
    found: dict[str, list[str]] = {}
    for path in sorted(SERVER.rglob("*.py")):
        if path.parent.name == "v1":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for reason in reasons_of(node):
                line = getattr(node, "lineno", 0)
                found.setdefault(reason, []).append(f"{path.relative_to(SERVER)}:{line}")
    return found


def reasons_of(node: ast.AST) -> Iterator[str]:
    """Yield the reasons that a piece of source names."""
    match node:
        case ast.keyword(arg="reason", value=value):
            yield from words_of(value)
        case ast.Call(func=ast.Name(id="Fault") | ast.Attribute(attr="_slow"), args=[first, *_]):
            yield from words_of(first)
        case ast.Assign(targets=[ast.Name(id="default_reason")], value=value):
            yield from words_of(value)
        case ast.AnnAssign(target=ast.Name(id="default_reason"), value=ast.Constant() as value):
            yield from words_of(value)


def words_of(value: ast.expr) -> Iterator[str]:
    for node in ast.walk(value):
        if isinstance(node, ast.Constant) and re.fullmatch("[A-Z][A-Z0-9_]+", str(node.value)):
            yield str(node.value)


def test_the_page_lists_every_reason_in_the_source() -> None:
    found = written()
    assert len(found) > 40
    assert {reason: places for reason, places in found.items() if reason not in documented()} == {}


def test_the_page_lists_no_reason_that_is_not_there() -> None:
    assert set(documented()) - set(written()) == set()


def test_the_page_says_what_the_rows_expect() -> None:
    page = documented()
    expected = {(row.reason, row.code.name) for row in ALL_ROWS}
    assert {(r, code) for r, code in expected if code not in page.get(r, set())} == set()

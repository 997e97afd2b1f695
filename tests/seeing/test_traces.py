"""One trace, from the caller's own span through CreateRun to every node, wherever that runs."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from grpc import aio
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from tests.conftest import ROOT, ServerProcess, eventually, settings_in
from tests.seeing.receiver import Received, Receiver, receiving
from tests.workers.conftest import WorkerProcess

from runwire.crew import worker_command
from runwire.domain.errors import Invalid
from runwire.otel import OtelTracer
from runwire.server import serve
from runwire.tracing import tracing
from runwire.trail import Trail
from runwire.v1 import payload_pb2, run_pb2
from runwire.v1 import run_service_pb2 as wire
from runwire.v1.run_service_pb2_grpc import RunServiceStub
from runwire_client import AsyncClient

GRAPHS = "tests/seeing/graphs.py:graphs"
CREATE = "runwire.v1.RunService/CreateRun"
TRACE_ID, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
PARENT = f"00-{TRACE_ID}-{CALLER}-01"


def new(graph_id: str, given: object = None) -> wire.CreateRunRequest:
    data = json.dumps(given or {}).encode()
    spec = run_pb2.RunSpec(graph_id=graph_id, input=payload_pb2.Payload(data=data))
    return wire.CreateRunRequest(spec=spec)


async def ended(stub: Any, run_id: str) -> run_pb2.Run:
    while True:
        run: run_pb2.Run = (await stub.WaitRun(wire.WaitRunRequest(run_id=run_id))).run
        if run.HasField("end_time"):
            return run


@pytest.fixture
def spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@asynccontextmanager
async def stub_of(directory: Path, tracer: OtelTracer | None) -> AsyncIterator[Any]:
    settings = settings_in(directory, graphs={"seeing": GRAPHS})
    async with (
        serve(settings, tracer=tracer) as server,
        aio.insecure_channel(server.grpc_address) as channel,
    ):
        yield RunServiceStub(channel)


@pytest.fixture
async def traced(
    tmp_path: Path, spans: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Any]:
    """A server in this process whose spans stay here."""
    monkeypatch.chdir(ROOT)
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    async with stub_of(tmp_path, OtelTracer(provider)) as stub:
        yield stub


@pytest.fixture
async def plain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Any]:
    """A server in this process that traces nothing."""
    monkeypatch.chdir(ROOT)
    async with stub_of(tmp_path, None) as stub:
        yield stub


def named(spans: InMemorySpanExporter, name: str) -> list[ReadableSpan]:
    return [span for span in spans.get_finished_spans() if span.name == name]


def parent_of(span: ReadableSpan) -> str:
    context = span.get_span_context()
    assert context is not None
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


async def test_every_node_is_under_the_call_that_created_its_run(
    traced: Any, spans: InMemorySpanExporter
) -> None:
    metadata = (("traceparent", PARENT), ("tracestate", "vendor=x,other=y"))
    made = (await traced.CreateRun(new("chatty"), metadata=metadata)).run
    run = await ended(traced, made.run_id)
    [created] = named(spans, CREATE)
    assert created.parent is not None
    assert f"{created.parent.span_id:016x}" == CALLER
    assert created.kind is SpanKind.SERVER
    assert created.attributes is not None
    assert created.attributes["rpc.grpc.status_code"] == 0
    assert created.attributes["runwire.run_id"] == made.run_id
    assert run.trace_parent == parent_of(created)
    assert run.trace_parent.split("-")[1] == TRACE_ID
    output = json.loads(run.output.data)
    for node, told in (("speak", "trace_parent"), ("think", "thread_trace_parent")):
        [step] = named(spans, f"step {node}")
        assert step.parent is not None
        assert step.parent.span_id == created.get_span_context().span_id
        assert step.attributes is not None
        assert step.attributes["runwire.run_id"] == made.run_id
        assert step.attributes["runwire.attempt"] == 1
        assert step.get_span_context().trace_state.to_header() == "vendor=x,other=y"
        assert output[told] == parent_of(step)


async def test_the_client_tells_the_span_that_it_is_called_in(
    tmp_path: Path, spans: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    settings = settings_in(tmp_path, graphs={"seeing": GRAPHS})
    async with (
        serve(settings, tracer=OtelTracer(provider)) as server,
        AsyncClient(server.grpc_address) as client,
        AsyncClient(server.grpc_address, metadata={"traceparent": PARENT}) as other,
    ):
        with provider.get_tracer("caller").start_as_current_span("mine") as mine:
            run = await client.runs.create("chatty")
            named_run = await other.runs.create("chatty")
        await client.runs.wait(run.run_id)
        alone = await client.runs.create("chatty")
    created, said, begun = named(spans, CREATE)
    assert created.parent is not None
    assert created.parent.span_id == mine.get_span_context().span_id
    assert run.trace_parent == parent_of(created)
    assert said.parent is not None
    assert f"{said.parent.span_id:016x}" == CALLER
    assert named_run.trace_parent == parent_of(said)
    assert begun.parent is None
    assert alone.trace_parent == parent_of(begun)


async def test_a_call_without_a_trace_begins_one(traced: Any, spans: InMemorySpanExporter) -> None:
    for metadata in ((), (("traceparent", "00-nonsense"), ("tracestate", "a=1"))):
        run = (await traced.CreateRun(new("chatty"), metadata=metadata)).run
        await ended(traced, run.run_id)
    first, second = named(spans, CREATE)
    assert first.parent is None
    assert second.parent is None
    steps = named(spans, "step speak")
    ids = [span.get_span_context().trace_id for span in (first, second)]
    assert [span.get_span_context().trace_id for span in steps] == ids
    assert ids[0] != ids[1]


async def test_what_the_caller_does_not_sample_is_not_traced(
    traced: Any, spans: InMemorySpanExporter
) -> None:
    metadata = (("traceparent", f"00-{TRACE_ID}-{CALLER}-00"),)
    run = (await traced.CreateRun(new("chatty"), metadata=metadata)).run
    assert (await ended(traced, run.run_id)).trace_parent.startswith(f"00-{TRACE_ID}-")
    assert run.trace_parent.endswith("-00")
    assert named(spans, CREATE) == named(spans, "step speak") == []


async def test_errors_are_marked_and_payloads_stay_out(
    traced: Any, spans: InMemorySpanExporter
) -> None:
    with pytest.raises(aio.AioRpcError):
        await traced.GetRun(wire.GetRunRequest(run_id="nobody"))
    run = (await traced.CreateRun(new("flaky", {"card": 4711}))).run
    await ended(traced, run.run_id)
    [missed] = named(spans, "runwire.v1.RunService/GetRun")
    assert missed.status.status_code is StatusCode.ERROR
    assert missed.attributes is not None
    assert missed.attributes["rpc.grpc.status_code"] == 5
    assert missed.attributes["error.type"] == "RUN_NOT_FOUND"
    first, second = named(spans, "step stumble")
    assert first.status.status_code is StatusCode.ERROR
    assert first.attributes is not None
    assert first.attributes["error.type"] == "ValueError"
    assert second.status.status_code is StatusCode.UNSET
    assert second.attributes is not None
    assert (first.attributes["runwire.attempt"], second.attributes["runwire.attempt"]) == (1, 2)
    assert "4711" not in "".join(span.to_json() for span in spans.get_finished_spans())


async def test_an_answer_and_a_fork_point_to_the_trace_they_go_on_from(
    traced: Any, spans: InMemorySpanExporter
) -> None:
    made = (await traced.CreateRun(new("asking"))).run
    async with asyncio.timeout(10):
        while (await traced.GetRun(wire.GetRunRequest(run_id=made.run_id))).run.interrupts == []:
            await asyncio.sleep(0.01)
    answer = payload_pb2.Payload(data=b"true")
    await traced.ResumeRun(wire.ResumeRunRequest(run_id=made.run_id, answer=answer))
    run = await ended(traced, made.run_id)
    request = wire.ForkRunRequest(run_id=made.run_id, checkpoint_id="1")
    fork = await ended(traced, (await traced.ForkRun(request)).run.run_id)
    [created] = named(spans, CREATE)
    for name in ("ResumeRun", "ForkRun"):
        [span] = named(spans, f"runwire.v1.RunService/{name}")
        [link] = span.links
        assert f"{link.context.span_id:016x}" == run.trace_parent.split("-")[2]
    [asked, again] = named(spans, "step ask")
    assert asked.attributes is not None
    assert asked.attributes["runwire.status"] == "interrupted"
    assert asked.status.status_code is StatusCode.UNSET
    [closed, forked] = named(spans, "step close")
    for step in (asked, again, closed):
        assert step.parent is not None
        assert step.parent.span_id == created.get_span_context().span_id
    assert forked.parent is not None
    assert f"{forked.parent.span_id:016x}" == fork.trace_parent.split("-")[2]
    assert fork.trace_parent != run.trace_parent


async def test_without_a_tracer_the_callers_trace_is_kept_and_handed_on(plain: Any) -> None:
    made = (await plain.CreateRun(new("chatty"), metadata=(("traceparent", PARENT),))).run
    run = await ended(plain, made.run_id)
    assert made.trace_parent == run.trace_parent == PARENT
    told = json.loads(run.output.data)
    assert (told["trace_parent"], told["thread_trace_parent"]) == (PARENT, PARENT)


@pytest.mark.parametrize(
    "metadata",
    [
        (),
        (("traceparent", "00-nonsense"),),
        (("tracestate", "a=1"),),
    ],
)
async def test_without_a_well_formed_trace_none_is_kept(plain: Any, metadata: Any) -> None:
    made = (await plain.CreateRun(new("chatty"), metadata=metadata)).run
    assert (await ended(plain, made.run_id)).trace_parent == ""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as opened:
        yield opened


VARIABLES = {"OTEL_BSP_SCHEDULE_DELAY": "50"}


def server_of(directory: Path, receiver: Receiver, *arguments: str) -> ServerProcess:
    given = (*(arguments or (GRAPHS,)), "--otel-endpoint", receiver.endpoint)
    return ServerProcess(directory, given, settings=VARIABLES)


@asynccontextmanager
async def calling(server: ServerProcess) -> AsyncIterator[Any]:
    async with aio.insecure_channel(server.grpc_address) as channel:
        yield RunServiceStub(channel)


async def arrived(receiver: Receiver, *names: str) -> dict[str, list[Received]]:
    await eventually(lambda: set(names) <= receiver.of(TRACE_ID).keys())
    return receiver.of(TRACE_ID)


def check_tree(found: dict[str, list[Received]], *steps: str) -> None:
    [created] = found[CREATE]
    assert created.parent == CALLER
    assert [span.parent for name in steps for span in found[f"step {name}"]] == [
        created.span_id for name in steps for _ in found[f"step {name}"]
    ]


async def test_spans_reach_a_receiver_also_those_of_another_process(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.endpoint)
    monkeypatch.setenv("OTEL_SERVICE_NAME", "checks")
    server = server_of(tmp_path, receiver, "tests.nothing", "--no-worker")
    server.start()
    worker = WorkerProcess((server.grpc_address,), (GRAPHS,))
    try:
        worker.start()
        async with calling(server) as stub:
            made = (await stub.CreateRun(new("chatty"), metadata=(("traceparent", PARENT),))).run
            run = await ended(stub, made.run_id)
        found = await arrived(receiver, CREATE, "step speak", "step think", "inside a thread")
        check_tree(found, "speak", "think")
        [speak], [think] = found["step speak"], found["step think"]
        [inside], [threaded] = found["inside"], found["inside a thread"]
        assert (inside.parent, threaded.parent) == (speak.span_id, think.span_id)
        told = json.loads(run.output.data)["trace_parent"]
        assert told == f"00-{TRACE_ID}-{speak.span_id}-01"
        assert speak.service == "checks"
        log = [line for line in worker.lines if "looking at rows" in line]
        assert [f"trace_id={TRACE_ID}" in line and made.run_id in line for line in log] == [True]
    finally:
        worker.end(9)
        server.kill()


async def test_a_trace_goes_on_after_a_kill(tmp_path: Path, receiver: Receiver) -> None:
    mark = tmp_path / "mark"
    server = server_of(tmp_path, receiver)
    server.start()
    try:
        async with calling(server) as stub:
            request = new("halting", {"mark": str(mark)})
            made = (await stub.CreateRun(request, metadata=(("traceparent", PARENT),))).run
            await eventually(mark.exists)
            await arrived(receiver, CREATE, "step before")
        server.kill()
        assert "step halt" not in receiver.of(TRACE_ID)
        server.start()
        async with calling(server) as stub:
            run = await ended(stub, made.run_id)
        succeeded = run_pb2.RUN_STATUS_SUCCEEDED
        assert (run.status, run.trace_parent) == (succeeded, made.trace_parent)
        found = await arrived(receiver, "step halt")
        check_tree(found, "before", "halt")
        [halt] = found["step halt"]
        assert halt.facts["runwire.run_attempt"] == 2
    finally:
        if server.process is not None:
            server.kill()


async def test_a_receiver_that_is_gone_does_not_hold_up_the_end(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path, (GRAPHS, "--otel-endpoint", "http://127.0.0.1:9"))
    server.start()
    async with calling(server) as stub:
        await ended(stub, (await stub.CreateRun(new("chatty"))).run.run_id)
    began = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - began < 6
    assert any("the last spans could not be sent" in line for line in server.lines)


def test_worker_processes_of_a_server_send_their_spans_where_it_does(tmp_path: Path) -> None:
    command = worker_command(settings_in(tmp_path, otel_endpoint="http://127.0.0.1:9"), "unix:/x")
    assert "--otel-endpoint http://127.0.0.1:9" in " ".join(command)


def test_steps_of_a_run_that_no_call_has_created_share_a_trace(spans: InMemorySpanExporter) -> None:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    tracer = OtelTracer(provider)
    for run_id in ("one", "one", "two"):
        tracer.step("x", Trail("", run_id)).end()
    first, second, other = (span.get_span_context() for span in spans.get_finished_spans())
    assert first.trace_id == second.trace_id != other.trace_id


async def test_a_missing_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "runwire.otel", None)  # as if its imports failed
    with pytest.raises(Invalid, match=r"pip install 'runwire\[otel\]'"):
        async with tracing(settings_in(tmp_path, otel_endpoint="http://127.0.0.1:9")):
            pass
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    async with tracing(settings_in(tmp_path)) as tracer:
        assert tracer is None


async def test_an_address_that_is_none_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="otel_endpoint"):
        settings_in(tmp_path, otel_endpoint="127.0.0.1:4318")


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_SDK_DISABLED": "true"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_TRACES_EXPORTER": "none"},
    ],
)
async def test_nobody_who_does_not_ask_for_traces_has_any(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    async with tracing(settings_in(tmp_path)) as tracer:
        assert tracer is None


async def test_a_protocol_that_there_is_not_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "smoke")
    settings = settings_in(tmp_path, otel_endpoint="http://127.0.0.1:9")
    with pytest.raises(Invalid, match="is smoke: say http/protobuf or grpc"):
        async with tracing(settings):
            pass


def test_a_server_that_traces_nothing_loads_nothing_for_it() -> None:
    code = (
        "import sys, runwire.server, runwire.worker;"
        "print(sorted(name for name in sys.modules if name.startswith('opentelemetry')))"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert said.stdout.strip() == "[]"

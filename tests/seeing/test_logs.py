"""Every line of the log says what it belongs to, and none tells a secret."""

import io
import json
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog
from grpc import aio
from tests.conftest import ROOT, settings_in

from runwire.server import serve
from runwire.telemetry import set_up_logs
from runwire.v1 import run_pb2
from runwire.v1 import run_service_pb2 as wire
from runwire.v1.run_service_pb2_grpc import RunServiceStub

GRAPHS = "tests/seeing/graphs.py:graphs"
TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE_ID}-b7ad6b7169203331-01"


@pytest.fixture
def logs() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield io.StringIO()
    root.handlers[:] = before
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.reset_defaults()


@asynccontextmanager
async def served(directory: Path) -> AsyncIterator[Any]:
    async with (
        serve(settings_in(directory, graphs={"seeing": GRAPHS})) as server,
        aio.insecure_channel(server.grpc_address) as channel,
    ):
        yield RunServiceStub(channel)


async def ended(stub: Any, graph_id: str, *metadata: tuple[str, str]) -> Any:
    spec = run_pb2.RunSpec(graph_id=graph_id)
    made = await stub.CreateRun(wire.CreateRunRequest(spec=spec), metadata=metadata)
    waited = await stub.WaitRun(wire.WaitRunRequest(run_id=made.run.run_id))
    assert waited.run.end_time.seconds
    return waited.run


def lines_of(logs: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in logs.getvalue().splitlines()]


async def test_lines_of_calls_nodes_and_the_engine_say_what_they_belong_to(
    tmp_path: Path, logs: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    set_up_logs("info", "json", logs)
    async with served(tmp_path) as stub:
        run = await ended(stub, "chatty", ("traceparent", PARENT), ("x-request-id", "mine"))
        failed = await ended(stub, "flaky", ("traceparent", PARENT))
    lines = lines_of(logs)
    [created] = [line for line in lines if line.get("request_id") == "mine"]
    assert created["method"] == "/runwire.v1.RunService/CreateRun"
    assert (created["run_id"], created["trace_id"]) == (run.run_id, TRACE_ID)
    waits = [line for line in lines if str(line.get("method")).endswith("WaitRun")]
    assert {line["run_id"] for line in waits} == {run.run_id, failed.run_id}
    assert all("trace_id" not in line for line in waits)  # those calls came without one
    spoken = {
        line["message"]: line
        for line in lines
        if line["logger"] in ("quality.checks", "quality.told", "runwire.node")
    }
    assert set(spoken) == {"looking at rows", "told", "careful", "on a thread", "slowly"}
    for line in spoken.values():
        assert (line["run_id"], line["trace_id"]) == (run.run_id, TRACE_ID)
        assert "request_id" not in line
    assert spoken["looking at rows"]["rows"] == 3
    assert spoken["told"]["column"] == "amount"
    assert spoken["careful"]["level"] == "warning"
    assert (spoken["slowly"]["node"], spoken["slowly"]["level"]) == ("think", "info")
    [stumbled] = [line for line in lines if line["logger"] == "runwire.engine"]
    assert (stumbled["run_id"], stumbled["trace_id"]) == (failed.run_id, TRACE_ID)
    assert "ValueError" in stumbled["exception"]


async def test_no_secret_comes_into_the_log(
    tmp_path: Path, logs: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    set_up_logs("debug", "json", logs)
    async with served(tmp_path) as stub:
        key = ("authorization", "Bearer hunter2"), ("x-api-key", "hunter2")
        await ended(stub, "chatty", *key)
    log = logging.getLogger("runwire.test")
    log.info("calling with Bearer hunter2, which is %s", "ours")
    log.info("opening postgresql://ada:hunter2@host/db and postgresql://host/?password=hunter2&x=1")
    log.info(
        "asked", extra={"authorization": "hunter2", "API-Key": "hunter2", "url": "s3://k:hunter2@b"}
    )
    try:
        raise ValueError("no postgresql://ada:hunter2@host/db")
    except ValueError:
        log.exception("failed")
    assert "hunter2" not in logs.getvalue()
    texts = [line["message"] for line in lines_of(logs) if line["logger"] == "runwire.test"]
    assert texts[0] == "calling with Bearer ***, which is ours"
    assert texts[1] == "opening postgresql://***@host/db and postgresql://host/?password=***&x=1"


def test_a_text_cannot_pass_for_another_line(logs: io.StringIO) -> None:
    set_up_logs("info", "console", logs)
    logging.getLogger("runwire.node").info("%s", "done\n12:00:00 ERROR forged\x1b[2J ü")
    [line] = logs.getvalue().splitlines()
    assert line.endswith("done\\n12:00:00 ERROR forged\\x1b[2J ü")


def test_structlog_goes_the_same_way(logs: io.StringIO) -> None:
    set_up_logs("info", "json", logs)
    log = structlog.get_logger("some.library").bind(team="risk")
    log.debug("unheard")
    with structlog.contextvars.bound_contextvars(tenant="a"):
        log.warning("rows %d", 3, rows=3)
    try:
        raise ValueError("boom")
    except ValueError:
        log.exception("failed")
    [first, second] = lines_of(logs)
    first.pop("time")
    assert first == {
        "level": "warning", "logger": "some.library", "message": "rows 3", "team": "risk",
        "tenant": "a", "rows": 3,
    }  # fmt: skip
    assert "ValueError: boom" in second["exception"]

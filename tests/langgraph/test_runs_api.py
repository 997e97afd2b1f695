"""Runs over HTTP, row by row: made, listed, waited for, cancelled, deleted, told to webhooks."""

import asyncio
import json
import threading
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
from langgraph_sdk.errors import ConflictError, NotFoundError, UnprocessableEntityError
from tests.conftest import ServerProcess
from tests.langgraph.wire import PATIENCE, Sdk, Wire, open_gate, run_id_of

from runwire_client import AsyncClient

NOBODY = "01a1fe91-6dfe-766a-827c-900fdec03f5f"
FIELDS = {
    *("run_id", "thread_id", "assistant_id", "created_at", "updated_at", "status", "metadata"),
    *("kwargs", "multitask_strategy"),
}


def waiting_for(gate: Path) -> dict[str, Any]:
    """Return the input with which `slow` waits for a gate."""
    return {"gate": str(gate), "log": []}


async def running(sdk: Sdk, thread_id: str, gate: Path, **more: Any) -> str:
    """Start a run that waits for a gate, and return its id once it does."""
    run = await sdk.runs.create(
        thread_id,
        "slow",
        input=waiting_for(gate),
        stream_mode=["custom"],
        stream_resumable=True,
        **more,
    )
    async for part in sdk.runs.join_stream(thread_id, run["run_id"], last_event_id="-1"):
        if part.event == "custom":
            break
    return str(run["run_id"])


async def test_post_threads_id_runs_answers_with_the_run_and_where_it_is(wire: Wire) -> None:
    thread_id = await wire.thread(metadata={"of": "thread"})
    answer = await wire.post(
        f"/threads/{thread_id}/runs",
        {
            "assistant_id": "three_nodes",
            "input": {"n": 1},
            "metadata": {"of_run": 1},
            "config": {"tags": ["t"], "recursion_limit": 9, "configurable": {"x": 1}},
            "stream_mode": "updates",
            "interrupt_before": "*",
            "durability": "sync",
            "feedback_keys": ["thumb"],
            "langsmith_tracer": {"project_name": "p"},
            "assistantId": "three_nodes",
        },
    )
    run = answer.json()
    assert answer.status_code == 200
    assert set(run) >= FIELDS
    assert answer.headers["content-location"] == f"/threads/{thread_id}/runs/{run['run_id']}"
    assert run["thread_id"] == thread_id
    assert uuid.UUID(run["assistant_id"]).version == 5
    assert run["status"] in ("pending", "running", "success")
    assert run["metadata"]["of_run"] == 1
    assert run["metadata"]["of"] == "thread"
    kwargs = run["kwargs"]
    assert kwargs["input"] == {"n": 1}
    assert kwargs["stream_mode"] == ["updates"]
    assert kwargs["interrupt_before"] == "*"
    assert kwargs["durability"] == "sync"
    assert kwargs["config"]["recursion_limit"] == 9
    assert kwargs["feedback_keys"] == ["thumb"]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({}, 422, "assistant_id"),
        ({"assistant_id": "nobody"}, 422, "assistant_id"),
        ({"assistant_id": 5}, 422, "assistant_id"),
        ({"assistant_id": "three_nodes", "stream_mode": "bogus"}, 422, "stream_mode"),
        ({"assistant_id": "three_nodes", "multitask_strategy": "x"}, 422, "multitask_strategy"),
        ({"assistant_id": "three_nodes", "config": {"tags": "t"}}, 422, "config.tags"),
        ({"assistant_id": "three_nodes", "after_seconds": -1}, 422, "after_seconds"),
        ({"assistant_id": "three_nodes", "webhook": "ftp://x/y"}, 422, "webhook"),
        ({"assistant_id": "three_nodes", "webhook": "/relative"}, 422, "webhook"),
        ({"assistant_id": "three_nodes", "command": {"goto": 5}}, 422, "command.goto"),
        (
            {
                "assistant_id": "three_nodes",
                "context": {"a": 1},
                "config": {"configurable": {"b": 1}},
            },
            400,
            "context",
        ),
        ({"assistant_id": NOBODY}, 404, "no assistant"),
    ],
)
async def test_post_threads_id_runs_names_what_is_wrong(
    wire: Wire, body: dict[str, Any], status: int, field: str
) -> None:
    thread_id = await wire.thread()
    answer = await wire.post(f"/threads/{thread_id}/runs", body)
    assert (answer.status_code, answer.json()["detail"].startswith(field)) == (status, True)
    assert (await wire.get(f"/threads/{thread_id}/runs")).json() == []


async def test_if_not_exists_rejects_or_creates_the_thread(sdk: Sdk, wire: Wire) -> None:
    body = {"assistant_id": "three_nodes", "input": {"n": 1}}
    assert (await wire.post(f"/threads/{NOBODY}/runs", body)).status_code == 404
    thread_id = str(uuid.uuid4())
    found = await sdk.runs.wait(thread_id, "three_nodes", input={"n": 1}, if_not_exists="create")
    assert found == {"n": 7}
    assert (await sdk.threads.get(thread_id))["status"] == "idle"


async def test_post_threads_id_runs_wait_answers_with_the_values(sdk: Sdk, wire: Wire) -> None:
    thread_id = await wire.thread()
    answer = await wire.post(
        f"/threads/{thread_id}/runs/wait", {"assistant_id": "three_nodes", "input": {"n": 2}}
    )
    where = answer.headers["content-location"]
    assert where == f"/threads/{thread_id}/runs/{run_id_of(answer.headers)}"
    assert answer.headers["location"] == f"{where}/join"
    assert answer.json() == {"n": 9}
    assert (await sdk.runs.get(thread_id, run_id_of(answer.headers)))["status"] == "success"


async def test_post_threads_id_runs_wait_keeps_the_connection_alive_with_line_breaks(
    wire: Wire, gate: Path
) -> None:
    thread_id = await wire.thread()
    body = {"assistant_id": "slow", "input": waiting_for(gate)}
    async with wire.client.stream("POST", f"/threads/{thread_id}/runs/wait", json=body) as answer:
        pieces = answer.aiter_raw()
        assert await anext(pieces) == b"\n"
        open_gate(gate)
        rest = b"".join([piece async for piece in pieces])
    assert json.loads(rest)["log"] == ["begun", "waited"]


async def test_post_threads_id_runs_wait_tells_an_error_in_its_body(sdk: Sdk, wire: Wire) -> None:
    thread_id = await wire.thread()
    answer = await wire.post(
        f"/threads/{thread_id}/runs/wait", {"assistant_id": "failing", "input": {"n": 1}}
    )
    told = {"error": "ValueError", "message": "boom, as asked"}
    assert (answer.status_code, answer.json()) == (200, {"__error__": told})
    thread = await sdk.threads.get(thread_id)
    assert (thread["status"], thread["error"]) == ("error", told)
    run_id = run_id_of(answer.headers)
    assert (await sdk.runs.get(thread_id, run_id))["status"] == "error"
    with pytest.raises(Exception, match="ValueError: boom, as asked"):
        await sdk.runs.wait(thread_id, "failing", input={"n": 1})


async def test_recursion_limit_is_an_error_of_that_name(wire: Wire) -> None:
    answer = await wire.post(
        "/runs/wait",
        {"assistant_id": "endless", "input": {"n": 1}, "config": {"recursion_limit": 5}},
    )
    assert answer.json()["__error__"]["error"] == "GraphRecursionError"


async def test_an_interrupt_is_a_success_and_resumes_by_command(sdk: Sdk, wire: Wire) -> None:
    thread_id = await wire.thread()
    values: Any = await sdk.runs.wait(thread_id, "approval", input={"amount": 3})
    [asked] = values["__interrupt__"]
    assert asked["value"] == {"amount": 3}
    [run] = await sdk.runs.list(thread_id)
    assert run["status"] == "success"
    thread = await sdk.threads.get(thread_id)
    assert thread["status"] == "interrupted"
    [[of_task]] = thread["interrupts"].values()
    assert (of_task["id"], of_task["value"]) == (asked["id"], {"amount": 3})
    done: Any = await sdk.runs.wait(thread_id, "approval", command={"resume": True})
    assert (done["done"], done["approved"]) == ("paid", True)
    assert (await sdk.threads.get(thread_id))["status"] == "idle"


async def test_command_resumes_by_the_ids_of_interrupts(sdk: Sdk, wire: Wire) -> None:
    thread_id = await wire.thread()
    values: Any = await sdk.runs.wait(thread_id, "both_ask", input={"log": []})
    answers = {each["id"]: each["value"].upper() for each in values["__interrupt__"]}
    done: Any = await sdk.runs.wait(thread_id, "both_ask", command={"resume": answers})
    assert sorted(done["log"]) == ["left=LEFT", "right=RIGHT"]


async def test_command_goes_and_updates(sdk: Sdk, wire: Wire) -> None:
    thread_id = await wire.thread()
    command: Any = {"update": {"n": 50}, "goto": "third"}
    assert await sdk.runs.wait(thread_id, "three_nodes", input={"n": 1}) == {"n": 7}
    assert await sdk.runs.wait(thread_id, "three_nodes", command=command) == {"n": 53}


async def test_interrupt_before_waits_and_goes_on_without_input(sdk: Sdk, wire: Wire) -> None:
    thread_id = await wire.thread()
    found: Any = await sdk.runs.wait(
        thread_id, "three_nodes", input={"n": 1}, interrupt_before=["third"]
    )
    assert found["n"] == 4
    assert (await sdk.threads.get(thread_id))["status"] == "interrupted"
    assert await sdk.runs.wait(thread_id, "three_nodes", input=None) == {"n": 7}


async def test_a_run_forks_from_a_checkpoint(sdk: Sdk, wire: Wire) -> None:
    thread_id = await wire.thread()
    await sdk.runs.wait(thread_id, "three_nodes", input={"n": 1})
    history = await sdk.threads.get_history(thread_id)
    first = next(each for each in history if each["next"] == ["second"])
    again = await sdk.runs.wait(
        thread_id, "three_nodes", input=None, checkpoint_id=first["checkpoint_id"]
    )
    assert again == {"n": 7}
    with pytest.raises(NotFoundError):
        await sdk.runs.create(thread_id, "three_nodes", checkpoint_id=NOBODY)


async def test_durability_exit_leaves_one_checkpoint(sdk: Sdk, wire: Wire) -> None:
    thread_id = await wire.thread()
    await sdk.runs.wait(thread_id, "three_nodes", input={"n": 1}, durability="exit")
    assert len(await sdk.threads.get_history(thread_id)) == 1


async def test_get_threads_id_runs_is_newest_first_with_pages_and_statuses(
    sdk: Sdk, wire: Wire
) -> None:
    thread_id = await wire.thread()
    for graph in ("three_nodes", "failing", "three_nodes"):
        await wire.post(
            f"/threads/{thread_id}/runs/wait", {"assistant_id": graph, "input": {"n": 1}}
        )
    runs = await sdk.runs.list(thread_id)
    assert [each["status"] for each in runs] == ["success", "error", "success"]
    ids = [each["run_id"] for each in runs]
    paged = await sdk.runs.list(thread_id, limit=1, offset=1)
    assert [each["run_id"] for each in paged] == [ids[1]]
    failed = await sdk.runs.list(thread_id, status="error")
    assert [each["run_id"] for each in failed] == [ids[1]]
    assert await sdk.runs.list(thread_id, status="timeout") == []
    assert await sdk.runs.list(thread_id, limit=0) == []
    chosen = await sdk.runs.list(thread_id, limit=1, select=["run_id", "status"])
    assert chosen == [{"run_id": ids[0], "status": "success"}]
    assert (await wire.get(f"/threads/{thread_id}/runs?status=odd")).status_code == 422


async def test_get_threads_id_runs_id_is_404_for_that_of_another(sdk: Sdk, wire: Wire) -> None:
    first, second = await wire.thread(), await wire.thread()
    run = await sdk.runs.create(first, "three_nodes", input={"n": 1})
    assert (await sdk.runs.get(first, run["run_id"]))["run_id"] == run["run_id"]
    with pytest.raises(NotFoundError):
        await sdk.runs.get(second, run["run_id"])


async def test_get_threads_id_runs_id_join_waits_and_tells_of_one_that_is_not_there(
    sdk: Sdk, wire: Wire, gate: Path
) -> None:
    thread_id = await wire.thread()
    run_id = await running(sdk, thread_id, gate)
    async with asyncio.TaskGroup() as tasks:
        joined = tasks.create_task(sdk.runs.join(thread_id, run_id))
        open_gate(gate)
    assert joined.result()["log"] == ["begun", "waited"]
    assert (await sdk.runs.join(thread_id, run_id))["log"] == ["begun", "waited"]
    lost = await wire.get(f"/threads/{thread_id}/runs/{NOBODY}/join")
    assert lost.status_code == 200
    assert lost.json()["__error__"]["error"] == "HTTPException"
    assert lost.json()["__error__"]["message"].startswith("404")


async def test_post_threads_id_runs_id_cancel_interrupts_at_once_or_waits(
    sdk: Sdk, wire: Wire, gate: Path
) -> None:
    thread_id = await wire.thread()
    run_id = await running(sdk, thread_id, gate)
    path = f"/threads/{thread_id}/runs/{run_id}/cancel"
    answer = await wire.ask("POST", path, params={"wait": 0, "action": "interrupt"})
    assert (answer.status_code, answer.content) == (202, b"")
    joined = await sdk.runs.join(thread_id, run_id)
    assert joined["log"] == ["begun"]
    assert (await sdk.runs.get(thread_id, run_id))["status"] == "interrupted"
    thread = await sdk.threads.get(thread_id)
    assert thread["status"] == "interrupted"
    assert thread["error"]["error"] == "UserInterrupt"
    assert (await wire.ask("POST", path)).status_code == 404
    again = await running(sdk, thread_id, gate)
    waited = await wire.ask("POST", f"/threads/{thread_id}/runs/{again}/cancel", params={"wait": 1})
    assert (waited.status_code, waited.json()) == (200, {})
    assert waited.headers["location"] == f"/threads/{thread_id}/runs/{again}/join"
    assert (await sdk.runs.get(thread_id, again))["status"] == "interrupted"


async def test_post_threads_id_runs_id_cancel_keeps_the_reason(
    sdk: Sdk, wire: Wire, gate: Path
) -> None:
    thread_id = await wire.thread()
    run_id = await running(sdk, thread_id, gate)
    path = f"/threads/{thread_id}/runs/{run_id}"
    await wire.ask("POST", f"{path}/cancel", params={"wait": "true", "reason": "enough"})
    found = (await wire.get(path)).json()
    assert (found["status"], found["cancel_reason"]) == ("interrupted", "enough")


async def test_a_run_that_takes_too_long_has_the_status_timeout(
    sdk: Sdk, wire: Wire, gate: Path, langgraph_server: ServerProcess
) -> None:
    thread_id = await wire.thread()
    async with AsyncClient(langgraph_server.grpc_address) as rpc:
        run = await rpc.runs.create(
            "slow", waiting_for(gate), thread_id=thread_id, run_timeout_seconds=0.2
        )
    await wire.get(f"/threads/{thread_id}/runs/{run.run_id}/join")
    assert (await sdk.runs.get(thread_id, run.run_id))["status"] == "timeout"
    [found] = await sdk.runs.list(thread_id, status="timeout")
    assert found["run_id"] == run.run_id
    assert await sdk.runs.list(thread_id, status="error") == []


async def test_strict_resume_fails_if_nobody_asked(sdk: Sdk, wire: Wire) -> None:
    thread_id = await wire.thread()
    await sdk.runs.wait(thread_id, "approval", input={"amount": 3})
    unknown: Any = {"resume": {"0" * 32: True}}
    with pytest.raises(Exception, match="UnknownInterruptError"):
        await sdk.runs.wait(thread_id, "approval", command=unknown, strict_resume=True)


async def test_feedback_keys_and_the_older_durability_are_known(sdk: Sdk, wire: Wire) -> None:
    thread_id = await wire.thread()
    body = {"assistant_id": "three_nodes", "input": {"n": 1}, "feedback_keys": ["thumb"]}
    answer = await wire.post(
        f"/threads/{thread_id}/runs/stream", {**body, "checkpoint_during": False}
    )
    assert "event: error" not in answer.text
    [run] = await sdk.runs.list(thread_id)
    assert (run["kwargs"]["feedback_keys"], run["kwargs"]["durability"]) == (["thumb"], "exit")
    assert len(await sdk.threads.get_history(thread_id)) == 1


async def test_post_threads_id_runs_id_cancel_by_rollback_undoes_the_run(
    sdk: Sdk, wire: Wire, gate: Path
) -> None:
    thread_id = await wire.thread()
    await sdk.runs.wait(thread_id, "slow", input={"log": ["before"]})
    before = await sdk.threads.get_state(thread_id)
    run_id = await running(sdk, thread_id, gate)
    await sdk.runs.cancel(thread_id, run_id, wait=True, action="rollback")
    with pytest.raises(NotFoundError):
        await sdk.runs.get(thread_id, run_id)
    after = await sdk.threads.get_state(thread_id)
    assert after["checkpoint"] == before["checkpoint"]
    thread = await sdk.threads.get(thread_id)
    assert (thread["status"], thread["values"]["log"]) == ("idle", ["before", "begun", "waited"])


async def test_post_runs_cancel_takes_a_status_or_runs(sdk: Sdk, wire: Wire, gate: Path) -> None:
    thread_id = await wire.thread()
    first = await running(sdk, thread_id, gate)
    second = (await sdk.runs.create(thread_id, "slow", input=waiting_for(gate)))["run_id"]
    for wrong in ({}, {"status": "all", "run_ids": [first]}, {"thread_id": thread_id}):
        assert (await wire.post("/runs/cancel", wrong)).status_code == 422
    lost = {"thread_id": thread_id, "run_ids": [NOBODY]}
    assert (await wire.post("/runs/cancel", lost)).status_code == 404
    await sdk.runs.cancel_many(thread_id=thread_id, run_ids=[second])
    assert (await sdk.runs.get(thread_id, second))["status"] == "interrupted"
    answer = await wire.post("/runs/cancel", {"status": "running"})
    assert answer.status_code == 204
    await sdk.runs.join(thread_id, first)
    assert (await sdk.runs.get(thread_id, first))["status"] == "interrupted"


async def test_delete_threads_id_runs_id_ends_it_and_frees_the_thread(
    sdk: Sdk, wire: Wire, gate: Path
) -> None:
    thread_id = await wire.thread()
    run_id = await running(sdk, thread_id, gate)
    path = f"/threads/{thread_id}/runs/{run_id}"
    assert (await wire.ask("DELETE", path)).status_code == 204
    assert (await wire.get(path)).status_code == 404
    open_gate(gate)
    await sdk.runs.wait(thread_id, "slow", input={"log": []})
    assert (await sdk.threads.get(thread_id))["status"] == "idle"
    assert (await wire.ask("DELETE", path)).status_code == 404


async def test_multitask_reject_is_409(sdk: Sdk, wire: Wire, gate: Path) -> None:
    thread_id = await wire.thread()
    await running(sdk, thread_id, gate)
    with pytest.raises(ConflictError):
        await sdk.runs.create(thread_id, "slow", input={"log": []}, multitask_strategy="reject")
    body = {"assistant_id": "slow", "input": {"log": []}, "multitask_strategy": "reject"}
    for how in ("", "/stream", "/wait"):
        assert (await wire.post(f"/threads/{thread_id}/runs{how}", body)).status_code == 409
    assert len(await sdk.runs.list(thread_id)) == 1
    open_gate(gate)


async def test_multitask_enqueue_is_one_after_the_other(sdk: Sdk, wire: Wire, gate: Path) -> None:
    thread_id = await wire.thread()
    await running(sdk, thread_id, gate)
    second = await sdk.runs.create(thread_id, "slow", input={"log": ["second"]})
    assert second["status"] == "pending"
    assert second["multitask_strategy"] == "enqueue"
    assert (await sdk.threads.get(thread_id))["status"] == "busy"
    open_gate(gate)
    found = await sdk.runs.join(thread_id, second["run_id"])
    assert found["log"] == ["begun", "waited", "second", "begun", "waited"]


async def test_multitask_interrupt_and_rollback(sdk: Sdk, wire: Wire, gate: Path) -> None:
    thread_id = await wire.thread()
    first = await running(sdk, thread_id, gate)
    kept: Any = await sdk.runs.wait(
        thread_id, "slow", input={"log": ["next"], "gate": ""}, multitask_strategy="interrupt"
    )
    assert kept["log"] == ["begun", "next", "begun", "waited"]
    assert (await sdk.runs.get(thread_id, first))["status"] == "interrupted"
    second = await running(sdk, thread_id, gate)
    undone: Any = await sdk.runs.wait(
        thread_id, "slow", input={"log": ["last"], "gate": ""}, multitask_strategy="rollback"
    )
    assert undone["log"] == [*kept["log"], "last", "begun", "waited"]
    with pytest.raises(NotFoundError):
        await sdk.runs.get(thread_id, second)


async def test_after_seconds_lies_ahead_and_can_be_cancelled(sdk: Sdk, wire: Wire) -> None:
    thread_id = await wire.thread()
    run = await sdk.runs.create(thread_id, "three_nodes", input={"n": 1}, after_seconds=600)
    assert run["status"] == "pending"
    made = datetime.fromisoformat((await sdk.threads.get(thread_id))["created_at"])
    assert datetime.fromisoformat(run["created_at"]) - made > timedelta(seconds=590)
    await sdk.runs.cancel(thread_id, run["run_id"], wait=True)
    assert (await sdk.runs.get(thread_id, run["run_id"]))["status"] == "interrupted"
    assert (await sdk.threads.get(thread_id))["status"] == "idle"


async def test_post_runs_and_wait_and_get_runs_id_join_hide_their_thread(
    sdk: Sdk, wire: Wire
) -> None:
    answer = await wire.post("/runs", {"assistant_id": "three_nodes", "input": {"n": 1}})
    run = answer.json()
    assert answer.headers["content-location"] == f"/runs/{run['run_id']}"
    assert run["kwargs"]["temporary"] is True
    assert (await wire.get(f"/runs/{run['run_id']}/join")).json() == {"n": 7}
    assert (await wire.get(f"/threads/{run['thread_id']}")).status_code == 404
    assert await sdk.runs.wait(None, "three_nodes", input={"n": 2}) == {"n": 9}
    waited = await wire.post("/runs/wait", {"assistant_id": "three_nodes", "input": {"n": 2}})
    assert waited.headers["location"] == f"{waited.headers['content-location']}/join"


async def test_post_runs_wait_on_completion_keep_leaves_the_thread(wire: Wire) -> None:
    body = {"assistant_id": "three_nodes", "input": {"n": 1}, "on_completion": "keep"}
    answer = await wire.post("/runs/wait", body)
    thread_id = answer.headers["content-location"].split("/")[2]
    assert (await wire.get(f"/threads/{thread_id}")).json()["values"] == {"n": 7}


async def test_post_runs_batch_makes_many_or_none(sdk: Sdk, wire: Wire) -> None:
    payloads: Any = [
        {"assistant_id": "three_nodes", "assistantId": "three_nodes", "input": {"n": n}}
        for n in range(3)
    ]
    runs: Any = await sdk.runs.create_batch(payloads)
    assert [each["kwargs"]["input"] for each in runs] == [{"n": 0}, {"n": 1}, {"n": 2}]
    found = [(await wire.get(f"/runs/{each['run_id']}/join")).json() for each in runs]
    assert found == [{"n": 5}, {"n": 7}, {"n": 9}]
    with pytest.raises(UnprocessableEntityError):
        await sdk.runs.create_batch([*payloads, {"assistant_id": "nobody"}])
    assert (await wire.post("/runs/batch", [{}])).json()["detail"].startswith("0.assistant_id")
    assert (await wire.post("/runs/batch", {})).status_code == 422


def test_the_client_without_a_loop_runs(sync_sdk: Sdk) -> None:
    thread = sync_sdk.threads.create()
    run = sync_sdk.runs.create(thread["thread_id"], "three_nodes", input={"n": 1})
    assert sync_sdk.runs.join(thread["thread_id"], run["run_id"]) == {"n": 7}
    parts = list(
        sync_sdk.runs.stream(
            thread["thread_id"], "three_nodes", input={"n": 1}, stream_mode=["updates"]
        )
    )
    assert [part.event for part in parts] == ["metadata", "updates", "updates", "updates"]


@pytest.fixture
def endpoint() -> Iterator[tuple[str, "Queue[dict[str, Any]]"]]:
    """An address that webhooks are posted to, and what was."""
    told: Queue[dict[str, Any]] = Queue()

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.put(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Endpoint)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/hook", told
    server.shutdown()
    thread.join()
    server.server_close()


async def test_webhook_is_posted_after_success_error_interrupt_and_cancel(
    sdk: Sdk, wire: Wire, gate: Path, endpoint: tuple[str, "Queue[dict[str, Any]]"]
) -> None:
    url, told = endpoint
    thread_id = await wire.thread()

    async def next_told() -> dict[str, Any]:
        return await asyncio.to_thread(told.get, timeout=PATIENCE)

    await sdk.runs.wait(thread_id, "three_nodes", input={"n": 1}, webhook=url)
    done = await next_told()
    assert set(done) >= FIELDS | {"run_started_at", "run_ended_at", "webhook_sent_at"}
    assert (done["status"], done["values"], done["thread_id"]) == ("success", {"n": 7}, thread_id)
    assert "error" not in done
    await sdk.runs.create(await wire.thread(), "failing", input={"n": 1}, webhook=url)
    failed = await next_told()
    assert failed["status"] == "error"
    assert failed["error"] == {"error": "ValueError", "message": "boom, as asked"}
    await sdk.runs.create(await wire.thread(), "approval", input={"amount": 1}, webhook=url)
    asked = await next_told()
    assert asked["status"] == "success"
    assert asked["values"]["__interrupt__"][0]["value"] == {"amount": 1}
    other = await wire.thread()
    run_id = await running(sdk, other, gate, webhook=url)
    await sdk.runs.cancel(other, run_id, wait=True)
    cancelled = await next_told()
    assert (cancelled["run_id"], cancelled["status"]) == (run_id, "interrupted")

"""§3.5: what a run is given, and what a request for one may say."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from langgraph_sdk.client import LangGraphClient
from tests.langgraph.semantics.asking import ended, new_thread

MINT: Any = {"configurable": {"flavour": "mint"}}
RUM: Any = {"flavour": "rum"}


async def seen(client: LangGraphClient, assistant: str = "shows", **more: Any) -> Any:
    """Return what a run was given."""
    found: Any = await client.runs.wait(None, assistant, input={}, **more)
    return found["seen"]


async def test_what_is_configurable_is_context_too_and_the_other_way_round(
    client: LangGraphClient,
) -> None:
    told = await seen(client, config=MINT)
    assert (told["configurable"]["flavour"], told["context"]) == ("mint", {"flavour": "mint"})
    told = await seen(client, context=RUM)
    assert (told["configurable"]["flavour"], told["context"]) == ("rum", {"flavour": "rum"})


@pytest.mark.parametrize("how", ["config", "context"])
async def test_a_run_says_more_than_its_assistant_in_both(
    client: LangGraphClient, how: str
) -> None:
    said = {"flavour": "plum", "size": "big"}
    given: Any = {"config": {"configurable": said}} if how == "config" else {"context": said}
    made = await client.assistants.create("shows", **given)
    cases: Any = (({}, "plum"), ({"config": MINT}, "mint"), ({"context": RUM}, "rum"))
    for more, flavour in cases:
        told = await seen(client, made["assistant_id"], **more)
        assert told["context"] == {"flavour": flavour, "size": "big"}
        assert told["configurable"].items() >= told["context"].items()


async def test_context_has_only_the_fields_that_a_graph_names(client: LangGraphClient) -> None:
    cases: Any = (
        ({}, "plain"),
        ({"context": {**RUM, "unknown": 1}}, "rum"),
        ({"config": {"configurable": {"flavour": "mint", "unknown": 1}}}, "mint"),
    )
    for more, flavour in cases:
        found: Any = await client.runs.wait(None, "tastes", input={}, **more)
        assert found["answer"] == flavour


async def test_context_and_configurable_together_are_refused(url: str) -> None:
    async with httpx.AsyncClient(base_url=url) as plain:
        body = {"assistant_id": "shows", "input": {}, "config": MINT, "context": RUM}
        assert (await plain.post("/runs/wait", json=body)).status_code == 400


async def test_a_run_is_told_who_calls_also_where_nobody_is_asked(client: LangGraphClient) -> None:
    told = await seen(client)
    configurable = told["configurable"]
    assert configurable["langgraph_auth_user"] is None
    assert configurable["langgraph_auth_user_id"] == configurable["user_id"] == ""
    assert told["permissions"] == []
    assert configurable["langgraph_request_id"]
    assert configurable["checkpoint_ns"].startswith("show:")
    mine: Any = {"user_id": "eve", "langgraph_auth_user_id": "eve", "run_id": "x"}
    configurable = (await seen(client, config={"configurable": mine}))["configurable"]
    assert (configurable["user_id"], configurable["langgraph_auth_user_id"]) == ("eve", "")
    assert UUID(configurable["run_id"])


async def test_metadata_is_that_of_the_assistant_the_thread_and_the_run(
    client: LangGraphClient,
) -> None:
    levels = {"a": "assistant", "b": "assistant", "c": "assistant"}
    made = await client.assistants.create("adds", metadata=levels)
    thread = await client.threads.create(metadata={"b": "thread", "c": "thread"})
    thread_id, assistant_id = thread["thread_id"], made["assistant_id"]
    run = await client.runs.create(thread_id, assistant_id, input={}, metadata={"c": "run"})
    of_graph = {"graph_id": "adds", "assistant_id": assistant_id}
    expected = {"a": "assistant", "b": "thread", "c": "run", **of_graph}
    assert run["metadata"].items() >= expected.items()
    await ended(client, thread_id, run["run_id"])
    state = await client.threads.get_state(thread_id)
    assert state["metadata"].items() >= expected.items()
    kept = await client.threads.get(thread_id)
    assert kept["metadata"] == {"b": "thread", "c": "thread", **of_graph}


async def test_kwargs_are_what_was_asked_for(client: LangGraphClient) -> None:
    run: Any = await client.runs.create(
        await new_thread(client),
        "adds",
        input={"trail": ["in"]},
        stream_mode=["updates"],
        stream_subgraphs=True,
        stream_resumable=True,
        interrupt_after=["second"],
        durability="sync",
        after_seconds=60,
    )
    told = {
        "input": {"trail": ["in"]},
        "command": None,
        "webhook": None,
        "feedback_keys": None,
        "stream_mode": ["updates"],
        "subgraphs": True,
        "resumable": True,
        "temporary": False,
        "interrupt_before": None,
        "interrupt_after": ["second"],
        "durability": "sync",
    }
    assert {name: run["kwargs"][name] for name in told} == told
    await client.threads.delete(run["thread_id"])


async def test_a_command_wins_over_an_input(client: LangGraphClient) -> None:
    thread = await new_thread(client)
    await client.runs.wait(thread, "adds", input={})
    command: Any = {"goto": "third"}
    found: Any = await client.runs.wait(
        thread, "adds", input={"trail": ["not this"]}, command=command
    )
    assert found["trail"] == ["first", "second", "third", "third"]


async def test_what_stops_before_a_node_asks_nothing(client: LangGraphClient, url: str) -> None:
    body: Any = {"assistant_id": "adds", "input": {}, "interrupt_before": ["second"]}
    thread, other = await new_thread(client), await new_thread(client)
    async with httpx.AsyncClient(base_url=url, timeout=20) as plain:
        answer = await plain.post(f"/threads/{thread}/runs/wait", json=body)
        assert answer.json() == {"trail": ["first"], "n": 1}
        body["stream_mode"] = ["updates"]
        answer = await plain.post(f"/threads/{other}/runs/stream", json=body)
    data = [line[6:] for line in answer.text.splitlines() if line.startswith("data: ")]
    assert '{"__interrupt__":[]}' in data


@pytest.mark.parametrize("wrong", ["{}", '{"assistant_id": "no_such_graph"}', "{bad"])
async def test_a_request_without_a_known_assistant_is_422(url: str, wrong: str) -> None:
    async with httpx.AsyncClient(base_url=url) as plain:
        thread = (await plain.post("/threads", json={})).json()["thread_id"]
        answer = await plain.post(f"/threads/{thread}/runs", content=wrong)
    assert answer.status_code == 422
    if "no_such_graph" in wrong:
        assert all(name in answer.json()["detail"] for name in ("adds", "waits", "shows"))


@pytest.mark.parametrize(
    "webhook", ["http://127.0.0.1:8000/x", "http://localhost:8000/x", "http://10.0.0.1/x", "/x"]
)
async def test_webhooks_to_what_is_not_public_are_refused(url: str, webhook: str) -> None:
    async with httpx.AsyncClient(base_url=url) as plain:
        thread = (await plain.post("/threads", json={})).json()["thread_id"]
        body = {"assistant_id": "adds", "input": {}, "webhook": webhook}
        assert (await plain.post(f"/threads/{thread}/runs", json=body)).status_code == 422
        assert (await plain.get(f"/threads/{thread}/runs")).json() == []


async def test_a_thread_that_is_not_there_is_404(url: str) -> None:
    unknown = "6f0a7d2e-52c1-4bd4-8f5e-0d1b64ac6a12"
    body = {"assistant_id": "adds", "input": {}}
    async with httpx.AsyncClient(base_url=url) as plain:
        for how in ("", "/wait", "/stream"):
            answer = await plain.post(f"/threads/{unknown}/runs{how}", json=body)
            assert answer.status_code == 404

"""§2.1, §2.2, §2.3, §2.5, §2.6 and §2.8: events by mode; subgraphs; ids and joining again."""

import re
from typing import Any

import httpx
import pytest
from langgraph_sdk.client import LangGraphClient
from tests.langgraph.semantics.asking import BRIEF, ended, new_thread, parts_of

STEPS = ["first", "second", "third"]


async def streamed(client: LangGraphClient, graph: str, modes: Any, **more: Any) -> Any:
    given = more.pop("input", {})
    return await parts_of(client.runs.stream(None, graph, input=given, stream_mode=modes, **more))


async def test_the_first_event_is_metadata(client: LangGraphClient) -> None:
    found = await streamed(client, "adds", "values")
    assert found[0][0] == "metadata"
    assert found[0][1]["run_id"]
    assert found[0][1]["attempt"] == 1


async def test_values_are_the_whole_state_after_each_step(client: LangGraphClient) -> None:
    found = await streamed(client, "adds", "values", input={"trail": ["in"]})
    trails = [data["trail"] for event, data in found if event == "values"]
    assert trails == [["in", *STEPS[:count]] for count in range(4)]


async def test_no_mode_means_values(client: LangGraphClient, url: str) -> None:
    async with httpx.AsyncClient(base_url=url) as plain:
        for more in ({}, {"stream_mode": []}):
            answer = await plain.post(
                "/runs/stream", json={"assistant_id": "adds", "input": {}, **more}
            )
            names = set(re.findall(r"^event: (\S+)", answer.text, re.MULTILINE))
            assert names - {"end"} == {"metadata", "values"}


async def test_updates_are_what_each_node_wrote(client: LangGraphClient) -> None:
    found = await streamed(client, "adds", "updates")
    updates = [data for event, data in found if event == "updates"]
    assert updates == [{name: {"trail": [name], "n": n + 1}} for n, name in enumerate(STEPS)]


async def test_custom_is_what_a_node_tells(client: LangGraphClient) -> None:
    found = await streamed(client, "waits", "custom", input={"seconds": 0.15})
    assert [data for event, data in found if event == "custom"] == [
        {"step": step} for step in range(3)
    ]


async def test_messages_tuple_gives_tokens_with_metadata(client: LangGraphClient) -> None:
    asked = {"messages": [{"role": "user", "content": "say"}]}
    found = await streamed(client, "chats", "messages-tuple", input=asked)
    pieces = [data for event, data in found if event == "messages"]
    words = [piece["content"] for piece, _ in pieces if piece["content"]]
    assert words == ["one ", "two ", "three"]
    assert {piece["type"] for piece, _ in pieces} == {"AIMessageChunk"}
    assert len({piece["id"] for piece, _ in pieces}) == 1
    told = pieces[0][1]
    assert told["langgraph_node"] == "speak"
    assert told["langgraph_step"] == 1
    assert {"run_id", "thread_id", "graph_id", "assistant_id"} <= told.keys()


async def test_messages_gives_the_message_so_far(client: LangGraphClient) -> None:
    asked = {"messages": [{"role": "user", "content": "say"}]}
    found = await streamed(client, "chats", "messages", input=asked)
    partial = [data[0] for event, data in found if event == "messages/partial"]
    assert partial[-1]["content"] == "one two three"
    assert [event for event, _ in found].index("messages/metadata") > 0


async def test_tasks_begin_and_end(client: LangGraphClient) -> None:
    found = await streamed(client, "adds", "tasks")
    told = [data for event, data in found if event == "tasks"]
    assert [data["name"] for data in told] == [name for name in STEPS for _ in range(2)]
    begun, ended = {"id", "name", "input", "triggers"}, {"id", "name", "error", "result"}
    assert all(data.keys() >= begun and "result" not in data for data in told[::2])
    assert all(data.keys() >= {*ended, "interrupts"} for data in told[1::2])
    assert [data["id"] for data in told[::2]] == [data["id"] for data in told[1::2]]


async def test_checkpoints_and_debug_tell_of_every_checkpoint(client: LangGraphClient) -> None:
    thread = await new_thread(client)
    modes: Any = ["checkpoints", "debug"]
    found = await parts_of(client.runs.stream(thread, "adds", input={}, stream_mode=modes))
    saved = [data for event, data in found if event == "checkpoints"]
    assert [data["next"] for data in saved][-1] == []
    assert {"config", "parent_config", "values", "metadata", "next", "tasks"} <= saved[0].keys()
    wrapped = [data for event, data in found if event == "debug"]
    assert {data["type"] for data in wrapped} == {"checkpoint", "task", "task_result"}
    assert all(data.keys() == {"step", "timestamp", "type", "payload"} for data in wrapped)
    assert [data["step"] for data in wrapped if data["type"] == "task"] == [1, 2, 3]


async def test_events_are_those_of_langchain(client: LangGraphClient) -> None:
    asked = {"messages": [{"role": "user", "content": "say"}]}
    found = await streamed(client, "chats", "events", input=asked)
    kinds = {data["event"] for event, data in found if event == "events"}
    assert {"on_chain_start", "on_chat_model_stream", "on_chain_end"} <= kinds


async def test_several_modes_come_in_the_order_in_which_things_happen(
    client: LangGraphClient,
) -> None:
    found = await streamed(client, "adds", ["values", "updates"])
    names = [event for event, _ in found if event in ("values", "updates")]
    assert names[-2:] == ["updates", "values"]
    assert names.count("updates") == 3


async def test_subgraphs_are_told_of_only_if_asked_for(client: LangGraphClient) -> None:
    found = await streamed(client, "nests", "updates")
    assert not [event for event, _ in found if "|" in event]
    found = await streamed(client, "nests", "updates", stream_subgraphs=True)
    inside = [(event, data) for event, data in found if "|" in event]
    assert [next(iter(data)) for _, data in inside] == STEPS
    assert all(re.fullmatch(r"updates\|inner:[0-9a-f-]{36}", event) for event, _ in inside)


async def test_an_error_is_an_event_and_the_stream_closes(client: LangGraphClient) -> None:
    found = await streamed(client, "fails", "values")
    errors = [data for event, data in found if event == "error"]
    assert errors == [{"error": "ValueError", "message": "boom"}]


async def test_the_answer_says_where_the_run_is_and_where_to_go_on(url: str) -> None:
    async with httpx.AsyncClient(base_url=url) as plain:
        thread = (await plain.post("/threads", json={})).json()["thread_id"]
        asked = {"assistant_id": "adds", "input": {}}
        answer = await plain.post(f"/threads/{thread}/runs/stream", json=asked)
        run = answer.headers["content-location"]
        assert re.fullmatch(rf"/threads/{thread}/runs/[0-9a-f-]{{36}}", run)
        assert answer.headers["location"] == f"{run}/stream"
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert answer.headers["cache-control"] == "no-store"
        answer = await plain.post("/runs/stream", json=asked)
        assert re.fullmatch(r"/runs/[0-9a-f-]{36}", answer.headers["content-location"])
        assert answer.headers["location"] == f"{answer.headers['content-location']}/stream"


async def numbered(url: str, path: str, last: str | None = None) -> list[tuple[str, str, str]]:
    headers = {} if last is None else {"last-event-id": last}
    async with httpx.AsyncClient(base_url=url, timeout=20) as plain:
        answer = await plain.get(path, headers=headers)
        assert answer.status_code == 200
    blocks = re.split(r"\r?\n\r?\n", answer.text.strip())
    found = []
    for block in blocks:
        lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if lines:
            found.append((lines.get("id", ""), lines["event"], lines.get("data", "")))
    return found


@pytest.mark.parametrize("start", ["-1", "0"])
async def test_a_finished_resumable_run_is_told_again_from_the_start(
    client: LangGraphClient, url: str, start: str
) -> None:
    thread = await new_thread(client)
    run = await client.runs.create(
        thread, "adds", input={}, stream_mode=["updates", "values"], stream_resumable=True
    )
    await ended(client, thread, run["run_id"])
    path = f"/threads/{thread}/runs/{run['run_id']}/stream"
    found = await numbered(url, path, start)
    assert found[0][1] == "metadata"
    ids = [int(re.sub(r"\D.*", "", each[0])) for each in found if each[0]]
    assert len(set(ids)) == len(ids)
    assert ids == sorted(ids)
    place = next(i for i, each in enumerate(found) if each[1] == "updates")
    rest = await numbered(url, path, found[place][0])
    assert [each for each in rest if each[1] != "end"] == [
        each for each in found[place + 1 :] if each[1] != "end"
    ]


async def test_joining_a_finished_run_without_an_id_is_empty_and_closes(
    client: LangGraphClient, url: str
) -> None:
    thread = await new_thread(client)
    run = await client.runs.create(thread, "adds", input={}, stream_resumable=True)
    await ended(client, thread, run["run_id"])
    found = await numbered(url, f"/threads/{thread}/runs/{run['run_id']}/stream")
    assert [event for _, event, _ in found if event != "end"] == []


async def test_a_join_can_choose_modes_and_keeps_subgraphs(
    client: LangGraphClient, url: str
) -> None:
    thread = await new_thread(client)
    run = await client.runs.create(
        thread,
        "nests",
        input={},
        stream_mode=["updates", "values"],
        stream_subgraphs=True,
        stream_resumable=True,
    )
    await ended(client, thread, run["run_id"])
    path = f"/threads/{thread}/runs/{run['run_id']}/stream?stream_mode=updates"
    names = [event.split("|")[0] for _, event, _ in await numbered(url, path, "-1")]
    assert set(names) - {"metadata", "end"} == {"updates"}
    assert names.count("updates") == 6


async def test_a_join_while_it_goes_on_gives_what_comes_after(client: LangGraphClient) -> None:
    thread = await new_thread(client)
    run = await client.runs.create(thread, "waits", input=BRIEF, stream_mode="custom")
    found = await parts_of(client.runs.join_stream(thread, run["run_id"]))
    steps = [data["step"] for event, data in found if event == "custom"]
    assert steps == sorted(set(steps))
    assert (await client.runs.get(thread, run["run_id"]))["status"] == "success"


async def test_the_thread_feed_tells_of_all_its_runs(client: LangGraphClient) -> None:
    thread = await new_thread(client)
    # From the start: the request leaves only when the first event is waited for.
    feed = await client.threads.join_stream(thread, stream_mode="run_modes", last_event_id="0")
    first = await client.runs.create(thread, "adds", input={}, stream_resumable=True)
    second = await client.runs.create(thread, "adds", input={}, stream_resumable=True)
    done = []
    async for part in feed:
        assert part.id
        if part.event == "metadata" and part.data.get("status") == "run_done":
            done.append(part.data["run_id"])
            if len(done) == 2:
                break
    assert done == [first["run_id"], second["run_id"]]

"""Crons, by the official client: schedules of assistants."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from langgraph_sdk.client import LangGraphClient, SyncLangGraphClient
from langgraph_sdk.errors import NotFoundError, UnprocessableEntityError
from tests.conftest import ServerProcess
from tests.langgraph.wire import Wire

from runwire_client import AsyncClient

SECONDS = 30


@pytest.fixture
async def rpc(langgraph_server: ServerProcess) -> AsyncIterator[AsyncClient]:
    """Our own client, which can let a schedule come now."""
    async with AsyncClient(langgraph_server.grpc_address) as connected:
        yield connected


async def own(sdk: LangGraphClient, graph_id: str) -> str:
    """The id of a graph's own assistant."""
    [found] = await sdk.assistants.search(graph_id=graph_id, metadata={"created_by": "system"})
    return str(found["assistant_id"])


async def test_post_patch_and_delete_runs_crons_id(sdk: LangGraphClient) -> None:
    ends = datetime(2035, 1, 2, 3, 4, tzinfo=UTC)
    made: Any = await sdk.crons.create(
        "three_nodes",
        schedule="27 15 * * *",
        input={"n": 1},
        metadata={"team": "risk"},
        config={"tags": ["nightly"]},
        end_time=ends,
        timezone="Europe/Berlin",
        stream_mode=["updates"],
        interrupt_after=["second"],
    )
    assert made["assistant_id"] == await own(sdk, "three_nodes")
    assert (made["schedule"], made["timezone"], made["enabled"]) == (
        *("27 15 * * *", "Europe/Berlin"),
        True,
    )
    assert datetime.fromisoformat(made["end_time"]) == ends
    assert (made["thread_id"], made["on_run_completed"]) == (None, "delete")
    assert made["metadata"] == {"team": "risk"}
    payload = made["payload"]
    assert (payload["input"], payload["metadata"]) == ({"n": 1}, {"team": "risk"})
    assert (payload["stream_mode"], payload["interrupt_after"]) == (["updates"], ["second"])
    assert payload["config"]["configurable"] == {"cron_id": made["cron_id"]}
    coming = datetime.fromisoformat(made["next_run_date"])
    assert datetime.now(UTC) < coming < datetime.now(UTC) + timedelta(days=1, minutes=1)
    changed: Any = await sdk.crons.update(
        made["cron_id"], end_time=None, metadata={"more": 1}, timezone="UTC", input={"n": 5}
    )
    assert (changed["end_time"], changed["timezone"]) == (None, "UTC")
    assert changed["metadata"] == {"team": "risk", "more": 1}
    assert changed["payload"]["metadata"] == {"more": 1}
    assert changed["payload"]["input"] == {"n": 5}
    assert changed["payload"]["config"]["tags"] == ["nightly"]
    assert changed["updated_at"] > changed["created_at"]
    await sdk.crons.delete(made["cron_id"])
    with pytest.raises(NotFoundError):
        await sdk.crons.delete(made["cron_id"])


async def test_get_runs_crons_id_has_all_fields(sdk: LangGraphClient, wire: Wire) -> None:
    made: Any = await sdk.crons.create("three_nodes", schedule="@daily")
    found = (await wire.get(f"/runs/crons/{made['cron_id']}")).json()
    assert found == made
    assert set(found) == {
        *("cron_id", "assistant_id", "thread_id", "on_run_completed", "end_time", "schedule"),
        *("timezone", "created_at", "updated_at", "payload", "user_id", "next_run_date"),
        *("metadata", "enabled"),
    }
    gone = await wire.ask("DELETE", f"/runs/crons/{made['cron_id']}")
    assert (gone.status_code, gone.content) == (204, b"")


async def test_patch_runs_crons_id_changes_config_and_context_together(
    sdk: LangGraphClient, wire: Wire
) -> None:
    made: Any = await sdk.crons.create("three_nodes", schedule="@daily", context={"wish": "tea"})
    of_cron = {"cron_id": made["cron_id"]}
    steps: Any = (
        ({"metadata": {"a": 1}}, {"wish": "tea"}),
        ({"context": {"wish": "rum"}}, {"wish": "rum"}),
        ({"config": {"tags": ["x"]}}, {"wish": "rum"}),
        ({"config": {"configurable": {"wish": "gin"}}}, {"wish": "gin"}),
    )
    for change, wished in steps:
        answer = await wire.ask("PATCH", f"/runs/crons/{made['cron_id']}", json=change)
        payload = answer.json()["payload"]
        assert payload["context"] == wished
        assert payload["config"]["configurable"] == {**wished, **of_cron}
    await sdk.crons.delete(made["cron_id"])


async def test_patch_runs_crons_id_enabled_and_disabled(sdk: LangGraphClient) -> None:
    made: Any = await sdk.crons.create("three_nodes", schedule="@daily", enabled=False)
    assert made["enabled"] is False
    assert made["next_run_date"] is not None
    on: Any = await sdk.crons.update(made["cron_id"], enabled=True)
    assert on["enabled"] is True
    off: Any = await sdk.crons.update(made["cron_id"], enabled=False, schedule="@hourly")
    assert (off["enabled"], off["schedule"]) == (False, "@hourly")
    await sdk.crons.delete(made["cron_id"])


async def test_post_runs_crons_search_and_count(sdk: LangGraphClient, wire: Wire) -> None:
    mark = uuid4().hex
    thread = await sdk.threads.create()
    made: list[Any] = [
        await sdk.crons.create("ledger", schedule="@daily", metadata={"mark": mark, "n": 1}),
        await sdk.crons.create_for_thread(
            thread["thread_id"], "three_nodes", schedule="@weekly", metadata={"mark": mark}
        ),
        await sdk.crons.create("three_nodes", schedule="@daily", metadata={"mark": mark}),
    ]
    await sdk.crons.update(made[2]["cron_id"], enabled=False)
    ids = [each["cron_id"] for each in made]

    async def found(**how: Any) -> list[str]:
        crons = await sdk.crons.search(metadata={"mark": mark}, **how)
        return [each["cron_id"] for each in crons]

    assert await found() == ids[::-1]
    assert await found(limit=1, offset=1) == [ids[1]]
    assert await found(assistant_id="ledger") == [ids[0]]
    assert await found(assistant_id=made[1]["assistant_id"]) == [ids[2], ids[1]]
    assert await found(thread_id=thread["thread_id"]) == [ids[1]]
    assert await found(enabled=False) == [ids[2]]
    assert await found(sort_by="cron_id", sort_order="asc") == sorted(ids)
    assert (await found(sort_by="next_run_date", sort_order="asc"))[-1] == ids[2]
    assert await found(assistant_id=str(uuid4())) == []
    some = await sdk.crons.search(metadata={"mark": mark}, select=["cron_id", "schedule"])
    assert [set(each) for each in some] == [{"cron_id", "schedule"}] * 3
    assert await sdk.crons.count(metadata={"mark": mark}) == 3
    assert await sdk.crons.count(thread_id=thread["thread_id"]) == 1
    body = {"metadata": {"mark": mark}, "limit": 2}
    answer = await wire.post("/runs/crons/search", body)
    assert answer.headers["x-pagination-total"] == "3"
    assert answer.headers["x-pagination-next"] == "2"


async def test_post_threads_id_runs_crons_goes_with_its_thread(
    sdk: LangGraphClient, wire: Wire
) -> None:
    thread = await sdk.threads.create()
    made: Any = await sdk.crons.create_for_thread(
        thread["thread_id"], "three_nodes", schedule="@daily", multitask_strategy="interrupt"
    )
    assert made["thread_id"] == thread["thread_id"]
    assert made["on_run_completed"] is None
    assert made["payload"]["multitask_strategy"] == "interrupt"
    await sdk.threads.delete(thread["thread_id"])
    assert (await wire.get(f"/runs/crons/{made['cron_id']}")).status_code == 404


async def test_post_runs_crons_names_what_is_wrong(sdk: LangGraphClient, wire: Wire) -> None:
    with pytest.raises(UnprocessableEntityError) as refused:
        await sdk.crons.create("three_nodes", schedule="nonsense")
    assert "schedule" in str(refused.value)
    with pytest.raises(UnprocessableEntityError) as refused:
        await sdk.crons.create("three_nodes", schedule="@daily", timezone="Mars/X")
    assert "timezone" in str(refused.value)
    with pytest.raises(NotFoundError):
        await sdk.crons.create(str(uuid4()), schedule="@daily")
    with pytest.raises(NotFoundError):
        await sdk.crons.create_for_thread(str(uuid4()), "three_nodes", schedule="@daily")
    made: Any = await sdk.crons.create("three_nodes", schedule="@daily")
    path = f"/runs/crons/{made['cron_id']}"
    answers = [
        await wire.post("/runs/crons", {"schedule": "@daily"}),
        await wire.post("/runs/crons", {"assistant_id": "three_nodes"}),
        await wire.post("/runs/crons/search", {"limit": 0}),
        await wire.get("/runs/crons/x"),
        await wire.client.patch(path, json={"schedule": "0 0 30 2 *"}),
        await wire.client.patch(path, json={"end_time": "tomorrow"}),
    ]
    assert [each.status_code for each in answers] == [422] * 6
    assert (await wire.client.patch(path, json={})).status_code == 400
    assert (await wire.get(f"/runs/crons/{uuid4()}")).status_code == 404
    await sdk.crons.delete(made["cron_id"])


async def test_its_runs_come_to_the_thread(sdk: LangGraphClient, rpc: AsyncClient) -> None:
    thread = await sdk.threads.create()
    made: Any = await sdk.crons.create_for_thread(
        thread["thread_id"], "three_nodes", schedule="@yearly", input={"n": 1}
    )
    run = await rpc.schedules.trigger(made["cron_id"])
    await sdk.runs.join(thread["thread_id"], run.run_id)
    state = await sdk.threads.get_state(thread["thread_id"])
    assert state["values"] == {"n": 7}
    [told] = await sdk.runs.list(thread["thread_id"])
    assert told["assistant_id"] == made["assistant_id"]
    assert told["kwargs"]["config"]["configurable"]["cron_id"] == made["cron_id"]


@pytest.mark.parametrize("what", ["delete", "keep"])
async def test_its_runs_have_threads_of_their_own(
    sdk: LangGraphClient, rpc: AsyncClient, what: Any
) -> None:
    mark = uuid4().hex
    made: Any = await sdk.crons.create(
        *("three_nodes",),
        schedule="@yearly",
        input={"n": 1},
        on_run_completed=what,
        metadata={"mark": mark},
    )
    runs = [await rpc.schedules.trigger(made["cron_id"]) for _ in range(2)]
    ended = [await rpc.runs.wait(run.run_id, timeout_seconds=SECONDS) for run in runs]
    assert [run.output for run in ended] == [{"n": 7}] * 2
    assert len({run.thread_id or run.run_id for run in ended}) == 2
    for run in ended:
        if what == "keep":
            assert (await sdk.threads.get(run.thread_id))["values"] == {"n": 7}
        else:
            with pytest.raises(NotFoundError):
                await sdk.threads.get(run.thread_id or run.run_id)


async def test_nothing_comes_after_the_end(sdk: LangGraphClient) -> None:
    made: Any = await sdk.crons.create(
        "three_nodes", schedule="* * * * *", end_time=datetime(2020, 1, 1, tzinfo=UTC)
    )
    assert made["next_run_date"] is None
    later: Any = await sdk.crons.update(made["cron_id"], end_time=None)
    assert later["next_run_date"] is not None
    await sdk.crons.delete(made["cron_id"])


def test_the_same_without_a_loop(sync_sdk: SyncLangGraphClient) -> None:
    made: Any = sync_sdk.crons.create("three_nodes", schedule="@daily", metadata={"sync": True})
    found = sync_sdk.crons.search(metadata={"sync": True})
    assert [each["cron_id"] for each in found] == [made["cron_id"]]
    sync_sdk.crons.delete(made["cron_id"])

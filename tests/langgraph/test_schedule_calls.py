"""Schedules of LangGraph graphs over gRPC: threads, assistants and options."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from tests.conftest import ServerProcess

from runwire_client import (
    Client,
    Invalid,
    MultitaskStrategy,
    NotFound,
    RunOptions,
    RunStatus,
    RunTemplate,
    Schedule,
)

SECONDS = 30
ENDS = datetime(2040, 1, 1, tzinfo=UTC)


@pytest.fixture
def client(langgraph_server: ServerProcess) -> Iterator[Client]:
    with Client(langgraph_server.grpc_address) as connected:
        yield connected


def made(client: Client, name: str, template: RunTemplate) -> Schedule:
    return client.schedules.create(name, "0 0 1 1 *", template, ends_at=ENDS)


def test_its_runs_come_to_the_thread_with_their_options(client: Client) -> None:
    thread = client.threads.create()
    assistant = client.assistants.create("told", context={"who": "ann"})
    options = RunOptions(
        metadata={"by": "schedule"}, multitask=MultitaskStrategy.INTERRUPT, create_thread=False
    )
    template = RunTemplate(
        assistant_id=assistant.assistant_id,
        input={"log": []},
        thread_id=thread.thread_id,
        options=options,
        labels={"team": "risk"},
    )
    schedule = made(client, "langgraph-1", template)
    assert (schedule.graph_id, schedule.assistant_id) == ("told", assistant.assistant_id)
    assert schedule.ends_at == ENDS
    run = client.schedules.trigger("langgraph-1")
    ended = client.runs.wait(run.run_id, timeout_seconds=SECONDS)
    assert ended.thread_id == thread.thread_id
    kept = client.runs.get(run.run_id)
    assert kept.options is not None
    assert (kept.options.metadata["by"], kept.options.context) == ("schedule", {"who": "ann"})
    assert kept.options.multitask is MultitaskStrategy.INTERRUPT
    assert kept.labels["team"] == "risk"
    changed = client.schedules.update("langgraph-1", never_ends=True)
    assert changed.ends_at is None
    client.threads.delete(thread.thread_id)
    with pytest.raises(NotFound):
        client.schedules.get("langgraph-1")


def test_what_runs_of_a_schedule_need_has_to_be_there(client: Client) -> None:
    with pytest.raises(NotFound):
        made(client, "wrong", RunTemplate(assistant_id="nobody"))
    absent = RunOptions(create_thread=False)
    with pytest.raises(NotFound):
        made(client, "wrong", RunTemplate("told", thread_id="gone-1", options=absent))
    shared = RunTemplate("told", thread_id="t1", concurrency_key="k", concurrency_limit=1)
    with pytest.raises(Invalid) as refused:
        made(client, "wrong", shared)
    assert refused.value.violations[0].field == "schedule.spec.concurrency"


def test_without_a_thread_each_run_is_alone(client: Client) -> None:
    made(client, "langgraph-2", RunTemplate("three_nodes", {"n": 1}))
    runs = [client.schedules.trigger("langgraph-2") for _ in range(2)]
    ended = [client.runs.wait(run.run_id, timeout_seconds=SECONDS) for run in runs]
    assert [run.status for run in ended] == [RunStatus.SUCCEEDED] * 2
    assert [run.thread_id for run in ended] == ["", ""]
    client.schedules.delete("langgraph-2")

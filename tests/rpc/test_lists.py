"""Lists page by page, what changes runs besides cancelling, and the watch over all of them."""

import json
import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration

from runwire.v1 import run_service_pb2 as wire
from runwire.v1.payload_pb2 import Payload
from runwire.v1.run_pb2 import (
    RUN_STATUS_QUEUED,
    RUN_STATUS_RUNNING,
    RUN_STATUS_SUCCEEDED,
    RunSpec,
)
from runwire_client import (
    AlreadyExists,
    Client,
    Conflict,
    Event,
    Invalid,
    NotAllowed,
    NotFound,
    Run,
    RunStatus,
)

SECONDS = 30.0


@pytest.fixture
def mark() -> str:
    """A label by which a test finds its own runs on the shared server."""
    return uuid.uuid4().hex


def mine(mark: str, more: str = "") -> str:
    return f'labels.mark = "{mark}" {more}'.strip()


def finished(client: Client, graph_id: str = "three_nodes", **fields: Any) -> Run:
    """Create a run and wait for its end."""
    given = fields.pop("input", {"n": 1})
    run = client.runs.create(graph_id, given, **fields)
    return client.runs.wait(run.run_id, timeout_seconds=SECONDS)


def several(client: Client, count: int, mark: str, **fields: Any) -> list[str]:
    """Create runs that end; return their ids, oldest first."""
    labels = {"mark": mark}
    runs = [
        client.runs.create("three_nodes", {"n": n}, labels=labels, **fields) for n in range(count)
    ]
    for run in runs:
        client.runs.wait(run.run_id, timeout_seconds=SECONDS)
    return [run.run_id for run in runs]


def ids(runs: Iterator[Run]) -> list[str]:
    return [run.run_id for run in runs]


# ListRuns


@pytest.mark.parametrize("page_size", [1, 2, 3, 6, 7, 8, 1000, 5000])
def test_pages_join_to_the_whole(sync_client: Client, mark: str, page_size: int) -> None:
    created = several(sync_client, 7, mark)
    found = ids(sync_client.runs.list(filter=mine(mark), page_size=page_size))
    assert found == created[::-1]


def test_pages_are_as_long_as_asked(sync_client: Client, mark: str) -> None:
    several(sync_client, 5, mark)
    sizes, token = [], ""
    while True:
        request = wire.ListRunsRequest(filter=mine(mark), page_size=2, page_token=token)
        page = sync_client.runs._stub.ListRuns(request)
        sizes.append(len(page.runs))
        token = page.next_page_token
        if not token:
            break
    assert sizes == [2, 2, 1]


def test_the_last_page_has_no_token_even_if_full(sync_client: Client, mark: str) -> None:
    several(sync_client, 4, mark)
    request = wire.ListRunsRequest(filter=mine(mark), page_size=4)
    page = sync_client.runs._stub.ListRuns(request)
    assert (len(page.runs), page.next_page_token) == (4, "")


def test_a_page_has_fifty_runs_unless_asked(sync_client: Client, mark: str) -> None:
    several(sync_client, 51, mark)
    page = sync_client.runs._stub.ListRuns(wire.ListRunsRequest(filter=mine(mark)))
    assert len(page.runs) == 50
    assert page.next_page_token


def test_pages_stand_still_while_runs_arrive(sync_client: Client, mark: str) -> None:
    """A run created meanwhile is on no later page, and moves none."""
    created = several(sync_client, 6, mark)
    found = []
    for run in sync_client.runs.list(filter=mine(mark), page_size=2):
        found.append(run.run_id)
        sync_client.runs.create("three_nodes", {"n": 0}, labels={"mark": mark})
    assert found == created[::-1]


def test_pages_stand_still_while_runs_are_deleted(sync_client: Client, mark: str) -> None:
    created = several(sync_client, 6, mark)
    found = []
    for run in sync_client.runs.list(filter=mine(mark), page_size=2):
        found.append(run.run_id)
        sync_client.runs.delete(run.run_id)
    assert found == created[::-1]


def test_oldest_first_pages_end_with_what_arrived_meanwhile(sync_client: Client, mark: str) -> None:
    created = several(sync_client, 3, mark)
    runs = sync_client.runs.list(filter=mine(mark), order_by="create_time", page_size=1)
    found = [next(runs).run_id]
    created += several(sync_client, 2, mark)
    assert found + ids(runs) == created


def test_order_by_priority(sync_client: Client, mark: str) -> None:
    by_priority = {
        priority: several(sync_client, 2, mark, priority=priority) for priority in (0, 7, -3)
    }
    for order, priorities in (("priority", [-3, 0, 7]), ("priority desc", [7, 0, -3])):
        runs = list(sync_client.runs.list(filter=mine(mark), order_by=order, page_size=1))
        assert [run.priority for run in runs] == sorted(priorities * 2, reverse="desc" in order)
        for priority in priorities:
            found = [run.run_id for run in runs if run.priority == priority]
            assert sorted(found) == sorted(by_priority[priority])


def test_filters(sync_client: Client, mark: str) -> None:
    client, labels = sync_client, {"mark": mark}
    plain = finished(client, labels=labels)
    failed = finished(client, "failing", labels={**labels, "team": "risk"})
    asked = client.runs.create("approval", {"amount": 5}, labels=labels, thread_id="t-1")
    until(client, asked.run_id, "interrupt_raised")
    everything = {plain.run_id, failed.run_id, asked.run_id}
    middle = failed.created_at
    assert middle is not None
    time = middle.isoformat().replace("+00:00", "Z")
    expected = {
        "": everything,
        "status = SUCCEEDED": {plain.run_id},
        "status = RUN_STATUS_FAILED": {failed.run_id},
        "status != SUCCEEDED": {failed.run_id, asked.run_id},
        "status = FAILED OR status = INTERRUPTED": {failed.run_id, asked.run_id},
        "NOT status = FAILED": {plain.run_id, asked.run_id},
        "-status = FAILED": {plain.run_id, asked.run_id},
        "graph_id = approval": {asked.run_id},
        'graph_id = "approval" status = FAILED': set(),
        "labels.team = risk": {failed.run_id},
        "labels.team != risk": {plain.run_id, asked.run_id},
        "labels:team": {failed.run_id},
        "NOT labels:team": {plain.run_id, asked.run_id},
        "thread_id = t-1": {asked.run_id},
        f'create_time > "{time}"': {asked.run_id},
        f'create_time >= "{time}"': {failed.run_id, asked.run_id},
        f'create_time < "{time}"': {plain.run_id},
        "(graph_id = approval OR labels.team = risk) AND status = FAILED": {failed.run_id},
        "priority = 0": everything,
        "priority > 0": set(),
    }
    found = {where: set(ids(client.runs.list(filter=mine(mark, where)))) for where in expected}
    assert found == expected
    by_status = client.runs.list(
        statuses=[RunStatus.FAILED, RunStatus.SUCCEEDED], filter=mine(mark)
    )
    assert set(ids(by_status)) == {plain.run_id, failed.run_id}
    by_thread = client.runs.list(thread_id="t-1", filter=mine(mark), statuses=[])
    assert ids(by_thread) == [asked.run_id]
    client.runs.cancel(asked.run_id)


def test_a_list_leaves_payloads_out_unless_asked(sync_client: Client, mark: str) -> None:
    finished(sync_client, labels={"mark": mark})
    (basic,) = sync_client.runs.list(filter=mine(mark))
    (full,) = sync_client.runs.list(filter=mine(mark), full=True)
    assert (basic.input, basic.output) == (None, None)
    assert (full.input, full.output) == ({"n": 1}, {"n": 7})


# Other lists


def test_steps_page_by_page(sync_client: Client, tmp_path: Any) -> None:
    given = {"ledger": str(tmp_path / "ledger"), "steps": 12, "pause_seconds": 0}
    run = finished(sync_client, "effects", input=given)
    whole = list(sync_client.runs.steps(run.run_id, page_size=1000))
    assert [step.step_id for step in whole] == [f"effect:{n}" for n in range(1, 13)]
    assert [step.superstep for step in whole] == list(range(1, 13))
    for page_size in (1, 5, 12):
        assert list(sync_client.runs.steps(run.run_id, page_size=page_size)) == whole


def test_checkpoints_page_by_page(sync_client: Client) -> None:
    run = finished(sync_client)
    whole = list(sync_client.runs.checkpoints(run.run_id))
    assert [item.superstep for item in whole] == [3, 2, 1, 0]
    assert [item.next_nodes for item in whole] == [(), ("third",), ("second",), ("first",)]
    parents = [item.parent_checkpoint_id for item in whole]
    assert parents == [*(item.checkpoint_id for item in whole[1:]), ""]
    named = [item.checkpoint_id for item in whole]
    assert named == sorted(named, reverse=True)
    for page_size in (1, 3, 4):
        assert list(sync_client.runs.checkpoints(run.run_id, page_size=page_size)) == whole
    values = [sync_client.runs.state(run.run_id, name).values["n"] for name in named]
    assert values == [7, 4, 2, 1]


def test_artifacts_page_by_page(sync_client: Client) -> None:
    run = finished(sync_client)
    stored = [
        sync_client.artifacts.upload(b"x" * n, filename=f"{n}.txt", run_id=run.run_id).artifact_id
        for n in range(5)
    ]
    for page_size in (1, 2, 5, 1000):
        found = sync_client.artifacts.list(run_id=run.run_id, page_size=page_size)
        assert [artifact.artifact_id for artifact in found] == stored[::-1]


def test_graphs_and_tools_page_by_page(sync_client: Client) -> None:
    definitions = [
        {"graph_id": f"paged-{uuid.uuid4().hex[:8]}", "nodes": {"a": ADD}} for _ in range(3)
    ]
    for definition in definitions:
        sync_client.graphs.create(definition)
    whole = list(sync_client.graphs.list(page_size=1000))
    named = [graph.graph_id for graph in whole]
    assert named == sorted(named)
    assert {"three_nodes", "echo", *(d["graph_id"] for d in definitions)} <= set(named)
    assert [g.graph_id for g in sync_client.graphs.list(page_size=2)] == named
    assert {graph.input_schema for graph in whole} == {None}
    tools = list(sync_client.graphs.tools(page_size=1))
    assert [tool.name for tool in tools] == [tool.name for tool in sync_client.graphs.tools()]
    assert "add" in [tool.name for tool in tools]
    for definition in definitions:
        sync_client.graphs.delete(definition["graph_id"])


ADD = {"tool": "add", "arguments": {"amount": 1}}


# UpdateRun, CreateRun again, DeleteRun


def test_labels_are_changed_by_masks(sync_client: Client) -> None:
    runs = sync_client.runs
    run_id = finished(sync_client, labels={"a": "1", "b": "2"}).run_id
    assert runs.update(run_id, {"c": "3"}).labels == {"a": "1", "b": "2", "c": "3"}
    assert runs.update(run_id, {"a": "9", "b": None}).labels == {"a": "9", "c": "3"}
    assert runs.update(run_id, {"x.y": "z"}).labels == {"a": "9", "c": "3", "x.y": "z"}
    assert runs.update(run_id, {"x.y": None}).labels == {"a": "9", "c": "3"}
    assert runs.update(run_id, {"d": "4"}, replace=True).labels == {"d": "4"}
    assert runs.update(run_id, {"never there": None}).labels == {"d": "4"}
    assert runs.update(run_id, {}, replace=True).labels == {}
    assert runs.get(run_id).labels == {}


def test_changed_labels_are_found(sync_client: Client, mark: str) -> None:
    run = finished(sync_client)
    changed = sync_client.runs.update(run.run_id, {"mark": mark})
    assert ids(sync_client.runs.list(filter=mine(mark))) == [run.run_id]
    assert changed.etag != run.etag
    with pytest.raises(Conflict):
        sync_client.runs.update(run.run_id, {"mark": None}, etag=run.etag)
    sync_client.runs.update(run.run_id, {"mark": None}, etag=changed.etag)
    assert ids(sync_client.runs.list(filter=mine(mark))) == []


def test_labels_added_one_by_one_have_the_same_limit(sync_client: Client) -> None:
    run_id = finished(sync_client, labels={str(n): "" for n in range(64)}).run_id
    with pytest.raises(Invalid):
        sync_client.runs.update(run_id, {"one too many": ""})
    assert len(sync_client.runs.get(run_id).labels) == 64


def test_a_repeated_creation_returns_the_first_run(sync_client: Client) -> None:
    request_id = str(uuid.uuid4())
    first = sync_client.runs.create("three_nodes", {"n": 1}, request_id=request_id)
    again = sync_client.runs.create("three_nodes", {"n": 1}, request_id=request_id)
    assert (first.replayed, again.replayed) == (False, True)
    assert again.run_id == first.run_id
    ended = sync_client.runs.wait(first.run_id, timeout_seconds=SECONDS)
    last = sync_client.runs.create("three_nodes", {"n": 1}, request_id=request_id.upper())
    assert (last.replayed, last.etag) == (True, ended.etag)


def test_repeated_creations_at_once_make_one_run(sync_client: Client, mark: str) -> None:
    request_id, found = str(uuid.uuid4()), []

    def create() -> None:
        labels = {"mark": mark}
        found.append(
            sync_client.runs.create("three_nodes", {"n": 1}, labels=labels, request_id=request_id)
        )

    threads = [threading.Thread(target=create) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({run.run_id for run in found}) == 1
    assert sorted(run.replayed for run in found) == [False, *[True] * 15]
    assert len(ids(sync_client.runs.list(filter=mine(mark)))) == 1


def test_a_watched_creation_repeated_is_watched_from_the_start(sync_client: Client) -> None:
    request_id = str(uuid.uuid4())
    watches = [
        list(sync_client.runs.create_and_watch("three_nodes", {"n": 1}, request_id=request_id))
        for _ in range(2)
    ]
    assert [event.message for event in watches[0]] == [event.message for event in watches[1]]
    assert watches[0][0].sequence == 1


def test_a_deleted_run_is_gone_with_all_it_had(sync_client: Client, mark: str) -> None:
    run = finished(sync_client, labels={"mark": mark})
    stored = sync_client.artifacts.upload(b"x", run_id=run.run_id)
    sync_client.runs.delete(run.run_id, etag=run.etag)
    reads: list[Callable[[], object]] = [
        lambda: sync_client.runs.get(run.run_id),
        lambda: sync_client.runs.state(run.run_id),
        lambda: list(sync_client.runs.steps(run.run_id)),
        lambda: list(sync_client.runs.checkpoints(run.run_id)),
        lambda: list(sync_client.runs.watch(run.run_id)),
        lambda: sync_client.runs.cancel(run.run_id),
        lambda: sync_client.runs.fork(run.run_id),
        lambda: sync_client.runs.delete(run.run_id),
        lambda: sync_client.artifacts.get(stored.artifact_id),
    ]
    for read in reads:
        with pytest.raises(NotFound):
            read()
    assert ids(sync_client.runs.list(filter=mine(mark))) == []
    sync_client.runs.create("three_nodes", {"n": 1}, run_id=run.run_id)
    again = sync_client.runs.wait(run.run_id, timeout_seconds=SECONDS)
    assert again.output == {"n": 7}
    events = list(sync_client.runs.watch(run.run_id))
    assert [event.sequence for event in events] == list(range(1, again.last_sequence + 1))


def test_a_run_id_of_ones_own(sync_client: Client) -> None:
    run_id = f"mine.{uuid.uuid4().hex}~1_2-3"
    assert sync_client.runs.create("three_nodes", {"n": 1}, run_id=run_id).run_id == run_id
    with pytest.raises(AlreadyExists):
        sync_client.runs.create("three_nodes", {"n": 1}, run_id=run_id)


# WatchRuns


def until(client: Client, run_id: str, kind: str) -> Event:
    """Wait for an event of a run; return it."""
    with client.runs.watch(run_id) as watch:
        for event in watch:
            if event.kind == kind:
                return event
    raise AssertionError(f"run {run_id} ended without {kind}")


def ended_ids(events: Iterator[Event], count: int) -> list[str]:
    """Read on until so many runs have ended; return their ids."""
    found: list[str] = []
    for event in events:
        if event.kind == "status_changed" and event.data["to_status"].final:
            found.append(event.run_id)
            if len(found) == count:
                return found
    return found


def opened(client: Client, where: str, token: str = "") -> Any:
    """Return an open WatchRuns call and its first token: what is created from here on is seen."""
    request = wire.WatchRunsRequest(filter=where, resume_token=token)
    call = client.runs._stub.WatchRuns(request, timeout=SECONDS)
    first = next(call)
    assert not first.events
    return call, first.resume_token


def told_until_ended(call: Any, count: int) -> tuple[list[tuple[str, int]], str]:
    """Return the run and sequence of every event until so many runs have ended, and the token."""
    seen: list[tuple[str, int]] = []
    ended = 0
    for message in call:
        for event in message.events:
            seen.append((event.run_id, event.sequence))
            ended += bool(event.status_changed.to_status >= RUN_STATUS_SUCCEEDED)
        if ended >= count:
            call.cancel()
            return seen, message.resume_token
    raise AssertionError("the watch ended")


def test_all_matching_runs_are_watched(sync_client: Client, mark: str) -> None:
    call, _ = opened(sync_client, mine(mark))
    created = several(sync_client, 3, mark)
    several(sync_client, 2, "somebody else's")
    created += several(sync_client, 2, mark)
    seen, _ = told_until_ended(call, 5)
    assert {run_id for run_id, _ in seen} == set(created)
    for run_id in created:
        last = sync_client.runs.get(run_id).last_sequence
        assert [n for each, n in seen if each == run_id] == list(range(1, last + 1))


def test_a_watch_over_all_goes_on_at_its_token(sync_client: Client, mark: str) -> None:
    call, start = opened(sync_client, mine(mark))
    before = several(sync_client, 2, mark)
    _, token = told_until_ended(call, 2)
    missed = several(sync_client, 2, mark)
    call, _ = opened(sync_client, mine(mark), token)
    later = several(sync_client, 1, mark)
    seen, _ = told_until_ended(call, 3)
    assert {run_id for run_id, _ in seen} == {*missed, *later}
    call, _ = opened(sync_client, mine(mark), start)
    again, _ = told_until_ended(call, 5)
    assert {run_id for run_id, _ in again} == {*before, *missed, *later}
    assert len(again) == len(set(again))


def test_deltas_are_left_out_of_a_watch_over_all(sync_client: Client, mark: str) -> None:
    call, _ = opened(sync_client, mine(mark))
    run = finished(sync_client, "talker", input={"count": 5}, labels={"mark": mark})
    seen, _ = told_until_ended(call, 1)
    assert len(seen) == run.last_sequence - 5


# ForkRun


def test_a_fork_from_every_checkpoint_ends_the_same(sync_client: Client) -> None:
    run = finished(sync_client, labels={"a": "b"})
    for checkpoint in list(sync_client.runs.checkpoints(run.run_id))[1:]:
        fork = sync_client.runs.fork(run.run_id, checkpoint.checkpoint_id)
        ended = sync_client.runs.wait(fork.run_id, timeout_seconds=SECONDS)
        assert (ended.status, ended.output) == (RunStatus.SUCCEEDED, {"n": 7})
        assert (ended.forked_from_run_id, ended.forked_from_checkpoint_id) == (
            run.run_id,
            checkpoint.checkpoint_id,
        )
        assert (ended.labels, ended.input) == ({"a": "b"}, {"n": 1})
        steps = [step.node for step in sync_client.runs.steps(fork.run_id)]
        assert steps == ["first", "second", "third"][checkpoint.superstep :]
        final = sync_client.runs.state(fork.run_id)
        assert final.values == {"n": 7}
    assert sync_client.runs.get(run.run_id).etag == run.etag


def test_a_fork_with_another_state_ends_otherwise(sync_client: Client) -> None:
    run = finished(sync_client)
    (_, third, *_) = sync_client.runs.checkpoints(run.run_id)
    fork = sync_client.runs.fork(
        run.run_id, third.checkpoint_id, update={"n": 10**20}, labels={"c": "d"}
    )
    ended = sync_client.runs.wait(fork.run_id, timeout_seconds=SECONDS)
    assert (ended.output, ended.labels) == ({"n": 10**20 + 3}, {"c": "d"})
    assert sync_client.runs.state(run.run_id).values == {"n": 7}


def test_a_loop_can_be_forked_at_any_visit(sync_client: Client, tmp_path: Any) -> None:
    given = {"ledger": str(tmp_path / "ledger"), "steps": 5, "pause_seconds": 0}
    run = finished(sync_client, "effects", input=given)
    for checkpoint in list(sync_client.runs.checkpoints(run.run_id))[1:]:
        fork = sync_client.runs.fork(run.run_id, checkpoint.checkpoint_id)
        ended = sync_client.runs.wait(fork.run_id, timeout_seconds=SECONDS)
        assert ended.output == run.output
        steps = [step.step_id for step in sync_client.runs.steps(fork.run_id)]
        assert steps == [f"effect:{n}" for n in range(checkpoint.superstep + 1, 6)]


def test_parallel_steps_can_be_forked(sync_client: Client) -> None:
    run = finished(sync_client, "fan", input={"texts": ["a", "b c", "d e f"]})
    assert run.output["counts"] == [1, 2, 3]
    for checkpoint in list(sync_client.runs.checkpoints(run.run_id))[1:]:
        fork = sync_client.runs.fork(run.run_id, checkpoint.checkpoint_id)
        ended = sync_client.runs.wait(fork.run_id, timeout_seconds=SECONDS)
        assert (ended.status, ended.output) == (RunStatus.SUCCEEDED, run.output)


def test_a_repeated_fork_returns_the_first(sync_client: Client) -> None:
    run = finished(sync_client)
    *_, first = sync_client.runs.checkpoints(run.run_id)
    request_id = str(uuid.uuid4())
    forks = [
        sync_client.runs.fork(run.run_id, first.checkpoint_id, request_id=request_id)
        for _ in range(2)
    ]
    assert forks[0].run_id == forks[1].run_id
    assert [fork.replayed for fork in forks] == [False, True]


def test_a_failed_run_is_mended_by_a_fork(sync_client: Client) -> None:
    """What failed is before the newest checkpoint, so the fork begins there."""
    run = finished(sync_client, "failing")
    assert (run.status, run.error.reason) == (RunStatus.FAILED, "NODE_FAILED")  # type: ignore[union-attr]
    fork = sync_client.runs.fork(run.run_id, update={"n": 8})
    ended = sync_client.runs.wait(fork.run_id, timeout_seconds=SECONDS)
    assert "n is 8" in ended.error.message  # type: ignore[union-attr]


def test_a_run_that_waits_can_be_forked_and_both_answered(sync_client: Client) -> None:
    run = sync_client.runs.create("approval", {"amount": 5})
    until(sync_client, run.run_id, "interrupt_raised")
    fork = sync_client.runs.fork(run.run_id)
    until(sync_client, fork.run_id, "interrupt_raised")
    for each, approved in ((run, True), (fork, False)):
        until_status(sync_client, each.run_id, RunStatus.INTERRUPTED)
        sync_client.runs.resume(each.run_id, {"approved": approved})
        ended = sync_client.runs.wait(each.run_id, timeout_seconds=SECONDS)
        assert ended.output["approved"] is approved


# ResumeRun


def until_status(client: Client, run_id: str, status: RunStatus) -> Run:
    """Wait until a run has entered a status; return it."""
    with client.runs.watch(run_id) as watch:
        for event in watch:
            if event.kind == "status_changed" and event.data["to_status"] == status:
                return client.runs.get(run_id)
    raise AssertionError(f"run {run_id} never became {status}")


def test_an_answer_lets_a_run_go_on(sync_client: Client) -> None:
    run = sync_client.runs.create("approval", {"amount": 5})
    waiting = until_status(sync_client, run.run_id, RunStatus.INTERRUPTED)
    (question,) = waiting.interrupts
    assert (question.node, question.value) == ("ask", {"amount": 5})
    assert question.answer_schema["required"] == ["approved"]
    state = sync_client.runs.state(run.run_id)
    assert state.interrupts == waiting.interrupts
    resumed = sync_client.runs.resume(run.run_id, {"approved": True}, etag=waiting.etag)
    assert resumed.status is RunStatus.QUEUED
    assert resumed.interrupts == ()
    ended = sync_client.runs.wait(run.run_id, timeout_seconds=SECONDS)
    assert ended.output == {"amount": 5, "approved": True, "note": "approved"}
    events = list(sync_client.runs.watch(run.run_id))
    answered = [event.data for event in events if event.kind == "interrupt_answered"]
    assert [each["answer"] for each in answered] == [{"approved": True}]
    assert [event.sequence for event in events] == list(range(1, ended.last_sequence + 1))
    told = [event.data["to_status"] for event in events if event.kind == "status_changed"]
    assert told == ["queued", "running", "interrupted", "queued", "running", "succeeded"]
    with pytest.raises(NotAllowed):
        sync_client.runs.resume(run.run_id, {"approved": True})


def test_parallel_questions_are_answered_one_by_one(sync_client: Client) -> None:
    run = sync_client.runs.create("panel", {})
    waiting = until_status(sync_client, run.run_id, RunStatus.INTERRUPTED)
    asked = {question.node: question.interrupt_id for question in waiting.interrupts}
    assert set(asked) == {"legal", "risk"}
    with pytest.raises(Invalid) as refusal:
        sync_client.runs.resume(run.run_id, "which one?")
    assert [violation.field for violation in refusal.value.violations] == ["interrupt_id"]
    half = sync_client.runs.resume(run.run_id, "no", interrupt_id=asked["risk"])
    assert half.status is RunStatus.INTERRUPTED
    assert [question.node for question in half.interrupts] == ["legal"]
    with pytest.raises(NotFound):
        sync_client.runs.resume(run.run_id, "again", interrupt_id=asked["risk"])
    assert sync_client.runs.resume(run.run_id, "yes").status is RunStatus.QUEUED
    ended = sync_client.runs.wait(run.run_id, timeout_seconds=SECONDS)
    assert ended.output == {"votes": ["legal says yes", "risk says no", "decided"]}


def test_questions_of_one_node_come_one_after_the_other(sync_client: Client) -> None:
    """The node runs anew with each answer, and is given those before it again."""
    run = sync_client.runs.create("interview", {})
    first = until_status(sync_client, run.run_id, RunStatus.INTERRUPTED)
    sync_client.runs.resume(run.run_id, "Ada")
    second = next_question(sync_client, run.run_id, after=first)
    assert [question.value for question in second.interrupts] == [{"age of": "Ada"}]
    assert second.interrupts[0].interrupt_id != first.interrupts[0].interrupt_id
    with pytest.raises(Invalid):
        sync_client.runs.resume(run.run_id, "thirty-six")
    sync_client.runs.resume(run.run_id, 36)
    ended = sync_client.runs.wait(run.run_id, timeout_seconds=SECONDS)
    assert ended.output == {"name": "Ada", "age": 36}


def next_question(client: Client, run_id: str, *, after: Run) -> Run:
    """Wait until a run is INTERRUPTED again; return it."""
    with client.runs.watch(run_id, from_sequence=after.last_sequence + 1) as watch:
        for event in watch:
            if event.kind == "status_changed" and event.data["to_status"] == RunStatus.INTERRUPTED:
                return client.runs.get(run_id)
    raise AssertionError(f"run {run_id} asked no more")


def test_an_answer_is_kept_byte_by_byte(sync_client: Client) -> None:
    run = sync_client.runs.create("panel", {})
    waiting = until_status(sync_client, run.run_id, RunStatus.INTERRUPTED)
    data = b' {"big": 18446744073709551616, "five": 5.0} '
    request = wire.ResumeRunRequest(
        run_id=run.run_id,
        interrupt_id=waiting.interrupts[0].interrupt_id,
        answer=Payload(data=data),
    )
    sync_client.runs._stub.ResumeRun(request)
    event = until(sync_client, run.run_id, "interrupt_answered")
    assert event.message.interrupt_answered.answer.data == data
    sync_client.runs.cancel(run.run_id)


def test_no_answer_is_null(sync_client: Client) -> None:
    run = sync_client.runs.create("interview", {})
    first = until_status(sync_client, run.run_id, RunStatus.INTERRUPTED)
    sync_client.runs._stub.ResumeRun(wire.ResumeRunRequest(run_id=run.run_id))
    second = next_question(sync_client, run.run_id, after=first)
    assert second.interrupts[0].value == {"age of": None}
    sync_client.runs.cancel(run.run_id)


# WaitRun


def test_a_wait_returns_what_is_there_when_time_is_over(sync_client: Client) -> None:
    run = sync_client.runs.create("sleepy", {"seconds": 600})
    request = wire.WaitRunRequest(run_id=run.run_id, timeout=Duration(nanos=50_000_000))
    found = sync_client.runs._stub.WaitRun(request).run
    assert found.status in (RUN_STATUS_QUEUED, RUN_STATUS_RUNNING)
    request.timeout.CopyFrom(Duration())
    assert sync_client.runs._stub.WaitRun(request).run.run_id == run.run_id
    sync_client.runs.cancel(run.run_id)


def test_a_spec_comes_back_as_it_was_sent(sync_client: Client) -> None:
    spec = RunSpec(
        graph_id="three_nodes",
        input=Payload(data=b'{"n":1}', content_type="application/json"),
        thread_id="t/1",
        timeout=Duration(seconds=30, nanos=500_000_000),
        labels={"a": "b"},
        priority=-5,
    )
    run = sync_client.runs._stub.CreateRun(wire.CreateRunRequest(spec=spec)).run
    assert run.spec.SerializeToString(deterministic=True) == spec.SerializeToString(
        deterministic=True
    )
    assert json.loads(run.spec.input.data) == {"n": 1}


def test_a_repeated_creation_is_answered_although_its_graph_is_gone(sync_client: Client) -> None:
    definition = {
        "graph_id": "short_lived",
        "nodes": {"add": {"tool": "add", "arguments": {"amount": 1}}},
        "edges": [],
    }
    sync_client.graphs.create(definition)
    request_id = str(uuid.uuid4())
    first = sync_client.runs.create("short_lived", {"n": 1}, request_id=request_id)
    sync_client.graphs.delete("short_lived")
    again = sync_client.runs.create("short_lived", {"n": 1}, request_id=request_id)
    assert again.replayed
    assert again.run_id == first.run_id
    with pytest.raises(NotFound):
        sync_client.runs.create("short_lived", {"n": 2}, request_id=request_id)

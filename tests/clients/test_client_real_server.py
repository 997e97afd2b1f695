"""Every verb of both clients against a server process: each test runs once with either client."""

import asyncio
import hashlib
import inspect
import re
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from queue import Queue
from types import TracebackType
from typing import Any, Final, cast
from uuid import uuid4

import pytest
from google.protobuf.descriptor import ServiceDescriptor
from grpc import StatusCode
from tests.conftest import ServerProcess, eventually

from runwire_client import (
    AlreadyExists,
    AsyncClient,
    AsyncWatchAll,
    Cancelled,
    Client,
    Conflict,
    DeadlineExceeded,
    Event,
    GraphKind,
    Invalid,
    NotAllowed,
    NotFound,
    OutOfRange,
    Run,
    RunStatus,
    WaitReason,
)
from runwire_client.v1 import artifact_service_pb2, graph_service_pb2, run_service_pb2

SERVICES: Final[tuple[ServiceDescriptor, ...]] = (
    run_service_pb2.DESCRIPTOR.services_by_name["RunService"],
    artifact_service_pb2.DESCRIPTOR.services_by_name["ArtifactService"],
    graph_service_pb2.DESCRIPTOR.services_by_name["GraphService"],
)
CLIENTS: Final = ("async", "sync")
LONGEST_SECONDS: Final = 30
# Three chunks of an upload, and no round number.
CONTENT: Final = bytes(range(251)) * 2801
BIG: Final = 2**70 + 1
OVER: Final = object()


class Threaded:
    """A part of the sync client behind the interface of its twin: each call is on a thread.

    Which calls are awaited and which are iterated is read off the twin, so a verb that differs
    between the clients fails here.
    """

    def __init__(self, part: Any, twin: type) -> None:
        self._part = part
        self._twin = twin

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._part, name)
        twin = getattr(self._twin, name, None)
        if not callable(found):
            return found
        if inspect.iscoroutinefunction(twin):
            return lambda *args, **kwargs: asyncio.to_thread(found, *args, **kwargs)
        return lambda *args, **kwargs: ThreadedIterator(found(*args, **kwargs))


class ThreadedIterator:
    """A list or a watch of the sync client, read on threads."""

    def __init__(self, iterator: Any) -> None:
        self._iterator = iterator

    def __getattr__(self, name: str) -> Any:
        return getattr(self._iterator, name)

    def __aiter__(self) -> "ThreadedIterator":
        return self

    async def __anext__(self) -> Any:
        found = await asyncio.to_thread(next, self._iterator, OVER)
        if found is OVER:
            raise StopAsyncIteration
        return found

    async def started(self) -> Run:
        return await asyncio.to_thread(self._iterator.started)

    async def __aenter__(self) -> "ThreadedIterator":
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._iterator.close()


class ThreadedClient:
    """The sync client with the interface of the other one."""

    def __init__(self, client: Client, twin: AsyncClient) -> None:
        self.runs = Threaded(client.runs, type(twin.runs))
        self.artifacts = Threaded(client.artifacts, type(twin.artifacts))
        self.graphs = Threaded(client.graphs, type(twin.graphs))
        self.threads = Threaded(client.threads, type(twin.threads))


class Pieces:
    """Content that comes piece by piece, for either client."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._pieces)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece


@pytest.fixture
async def limit() -> AsyncIterator[None]:
    """End a test that waits for what does not come."""
    async with asyncio.timeout(LONGEST_SECONDS):
        yield


@pytest.fixture
def call_id(request: pytest.FixtureRequest) -> str:
    """The request id of every call of a test: the client, and the test."""
    kind: str = request.node.callspec.params["client"]
    return f"{kind}.{request.node.originalname}"


@pytest.fixture(params=CLIENTS)
async def client(
    request: pytest.FixtureRequest, server_process: ServerProcess, call_id: str
) -> AsyncIterator[AsyncClient]:
    """A client of the shared server process: the one for asyncio, then the one for threads."""
    target, metadata = server_process.grpc_address, {"x-request-id": call_id}
    async with AsyncClient(target, metadata=metadata) as connected:
        if request.param == "async":
            yield connected
            return
        with Client(target, metadata=metadata) as threaded:
            yield cast(AsyncClient, ThreadedClient(threaded, connected))


def answered(server: ServerProcess) -> list[tuple[str, str]]:
    """Return the request id and the method of every call that the server's log tells of."""
    found = (re.search(r"method=/(\S+) request_id=(\S+)", line) for line in list(server.lines))
    return [(each[2], each[1]) for each in found if each]


async def listed(items: AsyncIterator[Any]) -> list[Any]:
    return [item async for item in items]


async def until_interrupted(client: AsyncClient, run_id: str, from_sequence: int = 0) -> Run:
    """Return a run once it waits for an answer."""
    async with client.runs.watch(run_id, from_sequence) as watch:
        async for event in watch:
            if event.data.get("to_status") is RunStatus.INTERRUPTED and not event.step_id:
                return await client.runs.get(run_id)
    raise AssertionError("the run ended without an interrupt")


async def until_running(client: AsyncClient, run_id: str) -> Run:
    """Return a run once its first step runs."""
    async with client.runs.watch(run_id) as watch:
        async for event in watch:
            if event.kind == "step_changed":
                return await client.runs.get(run_id)
    raise AssertionError("the run ended without a step")


async def succeeded(client: AsyncClient, graph_id: str, given: object) -> Run:
    """Return a run of a graph that has succeeded."""
    created = await client.runs.create(graph_id, given)
    run = await client.runs.wait(created.run_id, timeout_seconds=20)
    assert run.status is RunStatus.SUCCEEDED
    return run


# Runs


async def test_a_created_run_is_what_was_asked_for(client: AsyncClient) -> None:
    run_id = f"real-{uuid4()}"
    given = {"n": 1}
    created = await client.runs.create(
        "three_nodes",
        given,
        run_id=run_id,
        labels={"team": "risk"},
        thread_id="thread-1",
        priority=3,
        run_timeout_seconds=12.5,
    )
    assert (created.run_id, created.graph_id, created.replayed) == (run_id, "three_nodes", False)
    ended = await client.runs.wait(run_id, timeout_seconds=20)
    got = await client.runs.get(run_id)
    assert ended.status is got.status is RunStatus.SUCCEEDED
    assert (got.input, got.output) == (given, {"n": 7})
    assert (got.labels, got.thread_id, got.priority) == ({"team": "risk"}, "thread-1", 3)
    assert (got.run_timeout_seconds, got.attempt, got.error) == (12.5, 1, None)
    assert got.created_at is not None
    assert got.started_at is not None
    assert got.ended_at is not None
    assert got.created_at <= got.started_at <= got.ended_at


async def test_values_of_every_kind_come_back_as_they_were(client: AsyncClient) -> None:
    value = {"big": BIG, "share": 5.0, "name": "é\u2028😀", "none": None, "deep": [[{"": []}]]}
    run = await succeeded(client, "echo", {"value": value})
    assert run.output == {"value": value, "copy": value}
    assert isinstance(run.output["copy"]["share"], float)
    events = await listed(client.runs.watch(run.run_id))
    [echoed] = [event for event in events if event.kind == "custom"]
    assert echoed.data["payload"] == {"value": value}


async def test_the_same_request_id_makes_one_run(client: AsyncClient) -> None:
    request_id = str(uuid4())
    first = await client.runs.create("three_nodes", {"n": 1}, request_id=request_id)
    second = await client.runs.create("three_nodes", {"n": 1}, request_id=request_id)
    assert (first.replayed, second.replayed) == (False, True)
    assert first.run_id == second.run_id
    with pytest.raises(AlreadyExists) as raised:
        await client.runs.create("three_nodes", {"n": 2}, request_id=request_id)
    assert raised.value.reason == "REQUEST_ID_REUSED"
    assert raised.value.metadata["run_id"] == first.run_id
    async with client.runs.create_and_watch("three_nodes", {"n": 1}, request_id=request_id) as same:
        assert (await same.started()).run_id == first.run_id


async def test_runs_are_listed_page_by_page(
    client: AsyncClient, server_process: ServerProcess, call_id: str
) -> None:
    batch = f"b{uuid4().hex}"
    made = [
        await client.runs.create(
            "three_nodes", {"n": n}, labels={"batch": batch}, thread_id=batch, priority=n % 3
        )
        for n in range(5)
    ]
    for run in made:
        await client.runs.wait(run.run_id, timeout_seconds=20)
    newest_first = [run.run_id for run in reversed(made)]
    found = await listed(client.runs.list(filter=f'labels.batch = "{batch}"', page_size=2))
    assert [run.run_id for run in found] == newest_first
    asked = (call_id, "runwire.v1.RunService/ListRuns")
    await eventually(lambda: answered(server_process).count(asked) == 3)
    assert {run.input for run in found} == {None}

    of_thread = await listed(client.runs.list(thread_id=batch, full=True))
    assert [(run.run_id, run.input["n"]) for run in of_thread] == [
        *zip(newest_first, (4, 3, 2, 1, 0), strict=True)
    ]
    by_priority = await listed(
        client.runs.list(thread_id=batch, order_by="priority desc", page_size=2)
    )
    assert [run.priority for run in by_priority] == [2, 1, 1, 0, 0]
    ended = [RunStatus.SUCCEEDED, RunStatus.FAILED]
    assert len(await listed(client.runs.list(thread_id=batch, statuses=ended))) == 5
    assert await listed(client.runs.list(thread_id=batch, statuses=[RunStatus.RUNNING])) == []
    oldest = await anext(aiter(client.runs.list(thread_id=batch, order_by="create_time")))
    assert oldest.run_id == made[0].run_id


async def test_a_list_that_is_asked_wrongly_says_what_is_wrong(client: AsyncClient) -> None:
    with pytest.raises(Invalid) as raised:
        await listed(client.runs.list(filter="color = red", order_by="run_id", page_size=-1))
    fields = {violation.field for violation in raised.value.violations}
    assert fields == {"filter", "order_by", "page_size"}
    assert all(violation.description for violation in raised.value.violations)


async def test_waiting_ends_with_the_run_or_with_the_time(client: AsyncClient) -> None:
    run = await client.runs.create("sleepy", {"seconds": 30})
    with pytest.raises(DeadlineExceeded):
        await client.runs.wait(run.run_id, timeout_seconds=0.1)
    await client.runs.cancel(run.run_id)
    assert (await client.runs.wait(run.run_id)).status is RunStatus.CANCELLED


async def test_a_cancelled_run_says_why(client: AsyncClient) -> None:
    created = await client.runs.create("sleepy", {"seconds": 30})
    running = await until_running(client, created.run_id)
    with pytest.raises(Conflict) as raised:
        await client.runs.cancel(running.run_id, etag=created.etag)
    assert raised.value.reason == "ETAG_MISMATCH"
    cancelled = await client.runs.cancel(running.run_id, "no budget", etag=running.etag)
    assert cancelled.status in (RunStatus.CANCELLING, RunStatus.CANCELLED)
    ended = await client.runs.wait(running.run_id, timeout_seconds=20)
    assert ended.status is RunStatus.CANCELLED
    reasons = [each.data.get("reason") async for each in client.runs.watch(running.run_id)]
    assert "no budget" in reasons
    again = await client.runs.cancel(running.run_id)
    assert again.status is RunStatus.CANCELLED


async def test_a_failed_run_says_why(client: AsyncClient) -> None:
    created = await client.runs.create("failing", {"n": 4})
    run = await client.runs.wait(created.run_id, timeout_seconds=20)
    assert run.status is RunStatus.FAILED
    assert run.error is not None
    assert "n is 4" in run.error.message
    assert run.error.reason
    [last] = [each async for each in client.runs.watch(run.run_id, run.last_sequence)]
    assert last.data["error"] == run.error
    [step] = await listed(client.runs.steps(run.run_id))
    assert (step.attempt, step.status) == (3, RunStatus.FAILED)
    assert "n is 4" in step.note


async def test_a_run_ends_with_its_time(client: AsyncClient) -> None:
    created = await client.runs.create("sleepy", {"seconds": 30}, run_timeout_seconds=0.2)
    run = await client.runs.wait(created.run_id, timeout_seconds=20)
    assert run.status is RunStatus.FAILED
    assert run.error is not None
    assert run.error.code is StatusCode.DEADLINE_EXCEEDED


async def test_an_interrupted_run_goes_on_with_the_answer(client: AsyncClient) -> None:
    created = await client.runs.create("approval", {"amount": 5})
    asked = await until_interrupted(client, created.run_id)
    [interrupt] = asked.interrupts
    assert (interrupt.node, interrupt.value) == ("ask", {"amount": 5})
    assert interrupt.answer_schema["required"] == ["approved"]
    with pytest.raises(Invalid) as wrong:
        await client.runs.resume(asked.run_id, {"approved": "yes"})
    assert wrong.value.reason == "SCHEMA_MISMATCH"
    assert [violation.field for violation in wrong.value.violations] == ["answer.approved"]
    with pytest.raises(Conflict) as stale:
        await client.runs.resume(asked.run_id, {"approved": True}, etag=created.etag)
    assert stale.value.reason == "ETAG_MISMATCH"
    with pytest.raises(NotFound) as missing:
        await client.runs.resume(asked.run_id, {"approved": True}, interrupt_id="nothing")
    assert missing.value.reason == "INTERRUPT_NOT_FOUND"
    resumed = await client.runs.resume(
        asked.run_id, {"approved": True}, interrupt_id=interrupt.interrupt_id, etag=asked.etag
    )
    assert resumed.interrupts == ()
    ended = await client.runs.wait(asked.run_id, timeout_seconds=20)
    assert ended.output == {"amount": 5, "approved": True, "note": "approved"}
    with pytest.raises(NotAllowed) as late:
        await client.runs.resume(asked.run_id, {"approved": True})
    assert late.value.reason == "RUN_ALREADY_TERMINAL"


async def test_two_open_interrupts_are_answered_one_by_one(client: AsyncClient) -> None:
    created = await client.runs.create("panel")
    asked = await until_interrupted(client, created.run_id)
    legal, risk = sorted(asked.interrupts, key=lambda each: each.node)
    assert (legal.value, risk.value) == ("legal?", "risk?")
    with pytest.raises(Invalid) as raised:
        await client.runs.resume(asked.run_id, "yes")
    assert [violation.field for violation in raised.value.violations] == ["interrupt_id"]
    half = await client.runs.resume(asked.run_id, "yes", interrupt_id=legal.interrupt_id)
    assert half.status is RunStatus.INTERRUPTED
    assert half.interrupts == (risk,)
    await client.runs.resume(asked.run_id, "no")
    ended = await client.runs.wait(asked.run_id, timeout_seconds=20)
    assert ended.output == {"votes": ["legal says yes", "risk says no", "decided"]}


async def test_a_node_that_asks_twice_is_answered_twice(client: AsyncClient) -> None:
    created = await client.runs.create("interview")
    asked = await until_interrupted(client, created.run_id)
    resumed = await client.runs.resume(asked.run_id, "Ada")
    asked = await until_interrupted(client, asked.run_id, resumed.last_sequence + 1)
    assert [each.value for each in asked.interrupts] == [{"age of": "Ada"}]
    await client.runs.resume(asked.run_id, 36)
    ended = await client.runs.wait(asked.run_id, timeout_seconds=20)
    assert ended.output == {"name": "Ada", "age": 36}


async def test_labels_are_set_removed_and_replaced(client: AsyncClient) -> None:
    run = await client.runs.create("three_nodes", {"n": 1}, labels={"a": "1", "b": "2"})
    run = await client.runs.wait(run.run_id, timeout_seconds=20)
    kept: Mapping[str, str | None] = {"b": None, "c": "3", "x.y/z": "dotted"}
    updated = await client.runs.update(run.run_id, kept, etag=run.etag)
    assert updated.labels == {"a": "1", "c": "3", "x.y/z": "dotted"}
    with pytest.raises(Conflict) as raised:
        await client.runs.update(run.run_id, {"d": "4"}, etag=run.etag)
    assert raised.value.reason == "ETAG_MISMATCH"
    assert raised.value.metadata["etag"] == updated.etag
    removed = await client.runs.update(run.run_id, {"x.y/z": None})
    assert removed.labels == {"a": "1", "c": "3"}
    replaced = await client.runs.update(run.run_id, {"d": "4", "a": None}, replace=True)
    assert replaced.labels == {"d": "4"}
    assert (await client.runs.update(run.run_id, {}, replace=True)).labels == {}
    assert (await client.runs.get(run.run_id)).labels == {}
    with pytest.raises(Invalid) as wrong:
        await client.runs.update(run.run_id, {"k": "x" * 257})
    assert [violation.field for violation in wrong.value.violations] == ["labels.k"]


async def test_a_run_is_read_from_inside(client: AsyncClient) -> None:
    run = await succeeded(client, "three_nodes", {"n": 1})
    steps = await listed(client.runs.steps(run.run_id, page_size=2))
    assert [(step.node, step.superstep, step.attempt) for step in steps] == [
        ("first", 1, 1),
        ("second", 2, 1),
        ("third", 3, 1),
    ]
    assert {step.status for step in steps} == {RunStatus.SUCCEEDED}
    checkpoints = await listed(client.runs.checkpoints(run.run_id, page_size=3))
    assert [each.nodes for each in checkpoints] == [("third",), ("second",), ("first",), ()]
    assert [each.next_nodes for each in checkpoints] == [(), ("third",), ("second",), ("first",)]
    parents = [each.parent_checkpoint_id for each in checkpoints]
    assert parents == [*(each.checkpoint_id for each in checkpoints[1:]), ""]
    assert [step.checkpoint_id for step in steps] == [*parents[1::-1], checkpoints[0].checkpoint_id]
    states = [await client.runs.state(run.run_id, each.checkpoint_id) for each in checkpoints]
    assert [state.values["n"] for state in states] == [7, 4, 2, 1]
    explained = await client.runs.explain(run.run_id)
    assert explained.reason is WaitReason.ENDED
    counted = await client.runs.count(graph_id=run.graph_id)
    assert sum(each.created for each in counted.buckets) >= 1
    newest = await client.runs.state(run.run_id)
    assert (newest.values, newest.checkpoint, newest.next_nodes) == ({"n": 7}, checkpoints[0], ())
    with pytest.raises(NotFound) as raised:
        await client.runs.state(run.run_id, "00000099")
    assert raised.value.reason == "CHECKPOINT_NOT_FOUND"


async def test_parallel_steps_share_a_superstep(client: AsyncClient) -> None:
    run = await succeeded(client, "fan", {"texts": ["a b", "c", "d e f"]})
    assert run.output["counts"] == [2, 1, 3]
    steps = await listed(client.runs.steps(run.run_id, page_size=1))
    assert [step.node for step in steps] == ["split", "count", "count", "count", "total"]
    assert [step.superstep for step in steps] == [1, 2, 2, 2, 3]
    assert len({step.step_id for step in steps}) == 5


async def test_the_state_of_an_interrupted_run_has_the_question(client: AsyncClient) -> None:
    created = await client.runs.create("approval", {"amount": 5})
    asked = await until_interrupted(client, created.run_id)
    state = await client.runs.state(asked.run_id)
    assert (state.values, state.next_nodes) == ({"amount": 5}, ("ask",))
    assert state.interrupts == asked.interrupts
    await client.runs.cancel(asked.run_id)


async def test_a_fork_goes_on_from_a_checkpoint(client: AsyncClient) -> None:
    created = await client.runs.create("three_nodes", {"n": 1}, labels={"team": "risk"})
    run = await client.runs.wait(created.run_id, timeout_seconds=20)
    _, _, first, _ = await listed(client.runs.checkpoints(run.run_id))
    new_run_id, request_id = f"fork-{uuid4()}", str(uuid4())

    async def fork() -> Run:
        return await client.runs.fork(
            run.run_id,
            first.checkpoint_id,
            update={"n": 10},
            new_run_id=new_run_id,
            request_id=request_id,
        )

    forked, again = await fork(), await fork()
    assert (forked.run_id, again.run_id) == (new_run_id, new_run_id)
    assert (forked.replayed, again.replayed) == (False, True)
    assert forked.forked_from_run_id == run.run_id
    assert forked.forked_from_checkpoint_id == first.checkpoint_id
    ended = await client.runs.wait(new_run_id, timeout_seconds=20)
    assert (ended.output, ended.labels) == ({"n": 23}, {"team": "risk"})
    assert [step.node for step in await listed(client.runs.steps(new_run_id))] == [
        "second",
        "third",
    ]
    relabelled = await client.runs.fork(run.run_id, first.checkpoint_id, labels={"b": "2"})
    assert relabelled.labels == {"b": "2"}
    unchanged = await client.runs.wait(relabelled.run_id, timeout_seconds=20)
    assert unchanged.output == {"n": 7}


async def test_a_fork_that_cannot_be_says_why(client: AsyncClient) -> None:
    run = await succeeded(client, "three_nodes", {"n": 1})
    _, _, first, _ = await listed(client.runs.checkpoints(run.run_id))
    with pytest.raises(Invalid) as wrong:
        await client.runs.fork(run.run_id, first.checkpoint_id, update={"n": "many"})
    assert [violation.field for violation in wrong.value.violations] == ["update.n"]
    with pytest.raises(NotFound):
        await client.runs.fork(run.run_id, "00000099")
    with pytest.raises(AlreadyExists):
        await client.runs.fork(run.run_id, first.checkpoint_id, new_run_id=run.run_id)
    with pytest.raises(NotAllowed) as final:
        await client.runs.fork(run.run_id)
    assert final.value.reason == "CHECKPOINT_IS_FINAL"


async def test_a_fork_has_the_labels_of_the_old_run_unless_given_some(client: AsyncClient) -> None:
    created = await client.runs.create("approval", {"amount": 5}, labels={"team": "risk"})
    asked = await until_interrupted(client, created.run_id)
    inherited = await client.runs.fork(asked.run_id)
    assert inherited.labels == {"team": "risk"}
    empty = await client.runs.fork(asked.run_id, labels={})
    assert empty.labels == {"team": "risk"}
    given = await client.runs.fork(asked.run_id, labels={"b": "2"})
    assert given.labels == {"b": "2"}
    for run in (asked, inherited, empty, given):
        await client.runs.cancel(run.run_id)


async def test_a_deleted_run_is_gone(client: AsyncClient) -> None:
    live = await client.runs.create("sleepy", {"seconds": 30})
    with pytest.raises(NotAllowed) as raised:
        await client.runs.delete(live.run_id)
    assert raised.value.reason == "RUN_NOT_TERMINAL"
    artifact = await client.artifacts.upload(b"kept with the run", run_id=live.run_id)
    await client.runs.cancel(live.run_id)
    ended = await client.runs.wait(live.run_id, timeout_seconds=20)
    with pytest.raises(Conflict):
        await client.runs.delete(live.run_id, etag=live.etag)
    await client.runs.delete(live.run_id, etag=ended.etag)
    with pytest.raises(NotFound):
        await client.runs.get(live.run_id)
    with pytest.raises(NotFound):
        await listed(client.runs.watch(live.run_id))
    with pytest.raises(NotFound):
        await client.artifacts.get(artifact.artifact_id)
    with pytest.raises(NotFound):
        await client.runs.delete(live.run_id)


# Errors


async def test_errors_have_names_reasons_and_facts(client: AsyncClient, call_id: str) -> None:
    taken = await client.runs.create("three_nodes", {"n": 1})
    with pytest.raises(AlreadyExists) as exists:
        await client.runs.create("three_nodes", {"n": 1}, run_id=taken.run_id)
    assert exists.value.reason == "RUN_ALREADY_EXISTS"
    assert exists.value.metadata == {"run_id": taken.run_id}
    with pytest.raises(NotFound) as missing:
        await client.runs.get("nothing")
    assert (missing.value.reason, missing.value.code) == ("RUN_NOT_FOUND", StatusCode.NOT_FOUND)
    assert missing.value.metadata == {"run_id": "nothing"}
    assert missing.value.request_id == call_id
    with pytest.raises(NotFound) as unknown:
        await client.runs.create("no_such_graph")
    assert unknown.value.reason == "GRAPH_NOT_FOUND"
    with pytest.raises(Invalid) as wrong:
        await client.runs.create("", run_id="-", request_id="?", run_timeout_seconds=-1)
    fields = {violation.field for violation in wrong.value.violations}
    assert fields == {"spec.graph_id", "run_id", "request_id", "spec.timeout"}
    with pytest.raises(Invalid) as misfit:
        await client.runs.create("three_nodes", {"n": "one"})
    assert misfit.value.reason == "INPUT_SCHEMA_MISMATCH"
    assert [violation.field for violation in misfit.value.violations] == ["spec.input.n"]
    with pytest.raises(Invalid) as unsent:
        await client.runs.create("echo", {"value": float("nan")})
    assert unsent.value.violations


async def test_every_verb_names_a_run_that_is_not_there(client: AsyncClient) -> None:
    calls: list[Callable[[], Awaitable[object]]] = [
        lambda: client.runs.get("nothing"),
        lambda: client.runs.wait("nothing", timeout_seconds=1),
        lambda: client.runs.cancel("nothing"),
        lambda: client.runs.resume("nothing", True),
        lambda: client.runs.update("nothing", {"a": "1"}),
        lambda: client.runs.fork("nothing"),
        lambda: client.runs.delete("nothing"),
        lambda: client.runs.state("nothing"),
        lambda: listed(client.runs.steps("nothing")),
        lambda: listed(client.runs.checkpoints("nothing")),
        lambda: listed(client.runs.watch("nothing")),
        lambda: client.artifacts.upload(b"x", run_id="nothing"),
    ]
    for call in calls:
        with pytest.raises(NotFound) as raised:
            await call()
        assert raised.value.reason == "RUN_NOT_FOUND"
        assert raised.value.metadata["run_id"] == "nothing"


# Watches


async def test_a_watch_has_every_event_from_anywhere(client: AsyncClient) -> None:
    created = await client.runs.create("emitter", {"count": 300})
    async with client.runs.watch(created.run_id) as watch:
        events: list[Event] = await listed(watch)
    assert watch.run is not None
    assert watch.run.status is RunStatus.SUCCEEDED
    last = watch.run.last_sequence
    assert watch.next_sequence == last + 1
    assert [event.sequence for event in events] == list(range(1, last + 1))
    emitted = [event for event in events if event.kind == "custom"]
    assert [event.data["payload"]["number"] for event in emitted] == list(range(300))
    assert {event.run_id for event in events} == {created.run_id}
    for first in (2, last // 2, last):
        tail = await listed(client.runs.watch(created.run_id, first))
        assert [event.message for event in tail] == [event.message for event in events[first - 1 :]]
    assert await listed(client.runs.watch(created.run_id, last + 1)) == []
    with pytest.raises(OutOfRange) as raised:
        await listed(client.runs.watch(created.run_id, last + 2))
    assert raised.value.reason == "SEQUENCE_IN_FUTURE"
    assert raised.value.metadata["last_sequence"] == str(last)
    with pytest.raises(Invalid):
        await listed(client.runs.watch(created.run_id, -1))


async def test_a_watch_follows_a_run_while_it_lives(client: AsyncClient, limit: None) -> None:
    created = await client.runs.create("approval", {"amount": 5})
    kinds: list[str] = []
    async with client.runs.watch(created.run_id, heartbeat_seconds=1) as watch:
        started = await watch.started()
        assert started.run_id == created.run_id
        async for event in watch:
            kinds.append(event.kind)
            if event.data.get("to_status") is RunStatus.INTERRUPTED and not event.step_id:
                await client.runs.resume(created.run_id, {"approved": False})
    assert [kind for kind in kinds if kind.startswith("interrupt")] == [
        "interrupt_raised",
        "interrupt_answered",
    ]
    assert watch.run is not None
    assert watch.run.status is RunStatus.SUCCEEDED


async def test_a_run_is_created_and_watched_in_one_call(client: AsyncClient) -> None:
    run_id = f"watched-{uuid4()}"
    async with client.runs.create_and_watch(
        "talker", {"count": 50}, run_id=run_id, labels={"team": "risk"}
    ) as watch:
        started = await watch.started()
        assert (started.run_id, started.labels) == (run_id, {"team": "risk"})
        events: list[Event] = await listed(watch)
    assert watch.run is not None
    assert watch.run.status is RunStatus.SUCCEEDED
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    words = [event.data for event in events if event.kind == "output_chunk"]
    assert [word["payload"] for word in words] == [f"word{n} " for n in range(50)]
    assert {word["channel"] for word in words} == {"tokens"}
    with pytest.raises(AlreadyExists):
        await listed(client.runs.create_and_watch("talker", {"count": 1}, run_id=run_id))
    with pytest.raises(Invalid) as raised:
        await listed(client.runs.create_and_watch("talker", {"count": "many"}))
    assert [violation.field for violation in raised.value.violations] == ["spec.input.count"]


async def test_a_watch_that_is_left_ends_nothing_but_itself(client: AsyncClient) -> None:
    async with client.runs.create_and_watch("sleepy", {"seconds": 30}) as watch:
        run = await watch.started()
    assert await listed(watch) == []
    assert not (await client.runs.get(run.run_id)).status.final
    await client.runs.cancel(run.run_id)


async def until_ended(watch: AsyncWatchAll, runs: set[str]) -> list[Event]:
    """Read a watch until it has told of the end of all these runs."""
    events, left = [], set(runs)
    while left:
        event = await anext(watch)
        events.append(event)
        status = event.data.get("to_status")
        if status is not None and not event.step_id and status.final:
            left.discard(event.run_id)
    return events


async def test_a_watch_over_all_goes_on_at_its_token(client: AsyncClient, limit: None) -> None:
    batch = f"b{uuid4().hex}"
    matching = f'labels.batch = "{batch}"'

    async def create(graph_id: str, given: object, **labels: str) -> str:
        return (await client.runs.create(graph_id, given, labels=labels)).run_id

    async with client.runs.watch_all(matching) as watch, asyncio.TaskGroup() as tasks:
        first_event = tasks.create_task(anext(watch))
        await eventually(lambda: watch.resume_token)
        began = watch.resume_token
        await create("three_nodes", {"n": 1}, batch="another")
        one = await create("three_nodes", {"n": 1}, batch=batch)
        events = [await first_event, *await until_ended(watch, {one})]
        token = watch.resume_token
    assert {event.run_id for event in events} == {one}
    assert [event.sequence for event in events] == list(range(1, 13))

    talker = await create("talker", {"count": 3}, batch=batch)
    two = await create("three_nodes", {"n": 2}, batch=batch)
    async with client.runs.watch_all(matching, resume_token=token) as watch:
        events = await until_ended(watch, {talker, two})
    of_two = [event.sequence for event in events if event.run_id == two]
    assert of_two == list(range(1, 13))
    assert "output_chunk" not in {event.kind for event in events}
    async with client.runs.watch_all(matching, resume_token=began) as watch:
        events = await until_ended(watch, {one, talker, two})
    assert {event.run_id for event in events} == {one, talker, two}


async def test_a_watch_over_all_that_is_asked_wrongly_says_so(client: AsyncClient) -> None:
    with pytest.raises(Invalid) as wrong:
        await anext(client.runs.watch_all(resume_token="where was I"))  # noqa: S106
    assert [violation.field for violation in wrong.value.violations] == ["resume_token"]
    with pytest.raises(Invalid) as senseless:
        await anext(client.runs.watch_all("color = red"))
    assert [violation.field for violation in senseless.value.violations] == ["filter"]


# Artifacts


def names_in(directory: Path) -> list[str]:
    return [path.name for path in directory.iterdir()]


async def test_bytes_become_an_artifact_and_come_back(client: AsyncClient, tmp_path: Path) -> None:
    run = await succeeded(client, "three_nodes", {"n": 1})
    artifact_id = f"real-{uuid4()}"
    stored = await client.artifacts.upload(
        CONTENT,
        filename="é 1.bin",
        content_type="application/x-numbers",
        run_id=run.run_id,
        artifact_id=artifact_id,
    )
    assert (stored.artifact_id, stored.run_id) == (artifact_id, run.run_id)
    assert (stored.filename, stored.content_type) == ("é 1.bin", "application/x-numbers")
    assert (stored.size_bytes, stored.complete) == (len(CONTENT), True)
    assert stored.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert await client.artifacts.get(artifact_id) == stored
    path, told = tmp_path / "there.bin", []
    fetched = await client.artifacts.download(
        artifact_id, path, on_progress=lambda *moved: told.append(moved)
    )
    assert fetched == stored
    assert path.read_bytes() == CONTENT
    assert told == sorted(told)
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert names_in(tmp_path) == ["there.bin"]
    with pytest.raises(AlreadyExists) as raised:
        await client.artifacts.upload(CONTENT, artifact_id=artifact_id)
    assert raised.value.reason == "ARTIFACT_ALREADY_EXISTS"


async def test_ranges_of_an_artifact_are_fetched(client: AsyncClient) -> None:
    size_bytes = len(CONTENT)
    artifact_id = (await client.artifacts.upload(CONTENT)).artifact_id
    assert await client.artifacts.download_bytes(artifact_id) == CONTENT
    for offset, limit in [(0, 7), (300_000, 0), (262_143, 2), (5, 600_000), (size_bytes - 1, 99)]:
        got = await client.artifacts.download_bytes(artifact_id, offset=offset, limit=limit)
        assert got == CONTENT[offset : offset + limit if limit else None]
    with pytest.raises(OutOfRange) as raised:
        await client.artifacts.download_bytes(artifact_id, offset=size_bytes + 1)
    assert raised.value.reason == "READ_PAST_END"
    with pytest.raises(Invalid):
        await client.artifacts.download_bytes(artifact_id, offset=-1)
    with pytest.raises(Invalid):
        await client.artifacts.download_bytes(artifact_id, limit=-1)


async def test_a_file_becomes_an_artifact_of_its_name(client: AsyncClient, tmp_path: Path) -> None:
    path = tmp_path / "report.bin"
    path.write_bytes(CONTENT)
    for given in (path, str(path)):
        stored = await client.artifacts.upload(given)
        assert stored.filename == "report.bin"
        assert await client.artifacts.download_bytes(stored.artifact_id) == CONTENT
    with pytest.raises(FileNotFoundError):
        await client.artifacts.upload(tmp_path / "absent.bin")


async def test_what_an_iterator_yields_becomes_an_artifact(client: AsyncClient) -> None:
    told: list[tuple[int, int | None]] = []
    pieces = Pieces([CONTENT[at : at + 100_000] for at in range(0, len(CONTENT), 100_000)])
    stored = await client.artifacts.upload(pieces, on_progress=lambda *moved: told.append(moved))
    assert stored.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert [sent for sent, _ in told] == [262_144, 524_288, len(CONTENT)]
    assert told[0] == (262_144, None)
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert await client.artifacts.download_bytes(stored.artifact_id) == CONTENT


async def test_an_empty_artifact_is_an_artifact(client: AsyncClient, tmp_path: Path) -> None:
    for content in (b"", Pieces([]), Pieces([b"", b""])):
        stored = await client.artifacts.upload(content)
        assert (stored.size_bytes, stored.complete) == (0, True)
        assert await client.artifacts.download_bytes(stored.artifact_id) == b""
        await client.artifacts.download(stored.artifact_id, tmp_path / "empty")
        assert (tmp_path / "empty").read_bytes() == b""


async def test_artifacts_are_listed_and_deleted(client: AsyncClient, tmp_path: Path) -> None:
    run = await succeeded(client, "three_nodes", {"n": 1})
    made = [await client.artifacts.upload(b"%d" % n, run_id=run.run_id) for n in range(5)]
    ids = {artifact.artifact_id for artifact in made}
    found = await listed(client.artifacts.list(run_id=run.run_id, page_size=2))
    assert len(found) == 5
    assert {artifact.artifact_id for artifact in found} == ids
    everything = {each.artifact_id async for each in client.artifacts.list(page_size=3)}
    assert ids <= everything
    gone = made[2].artifact_id
    await client.artifacts.delete(gone)
    left = await listed(client.artifacts.list(run_id=run.run_id))
    assert {artifact.artifact_id for artifact in left} == ids - {gone}
    calls: list[Callable[[], Awaitable[object]]] = [
        lambda: client.artifacts.get(gone),
        lambda: client.artifacts.delete(gone),
        lambda: client.artifacts.download_bytes(gone),
        lambda: client.artifacts.download(gone, tmp_path / "gone"),
    ]
    for call in calls:
        with pytest.raises(NotFound) as raised:
            await call()
        assert raised.value.reason == "ARTIFACT_NOT_FOUND"
    assert names_in(tmp_path) == []


# Graphs


def definition(graph_id: str, **changes: object) -> dict[str, object]:
    nodes = {"plus": {"tool": "add", "arguments": {"amount": 2}}}
    return {"graph_id": graph_id, "nodes": nodes, "edges": [], "start": "plus", **changes}


async def test_a_graph_is_sent_run_and_deleted(client: AsyncClient) -> None:
    graph_id = f"sum_{uuid4().hex}"
    checked = await client.graphs.create(definition(graph_id), validate_only=True)
    assert checked.graph_id == graph_id
    with pytest.raises(NotFound) as raised:
        await client.graphs.get(graph_id)
    assert raised.value.reason == "GRAPH_NOT_FOUND"
    first = await client.graphs.create(definition(graph_id))
    same = await client.graphs.create(definition(graph_id))
    assert (first.version, same.version, first.kind) == (1, 1, GraphKind.JSON)
    nodes = {"plus": {"tool": "add", "arguments": {"amount": 5}}}
    second = await client.graphs.create(definition(graph_id, nodes=nodes))
    assert second.version == 2
    assert (await client.graphs.get(graph_id)).definition["nodes"] == nodes
    old = await client.graphs.get(graph_id, version=1)
    assert old.definition["nodes"]["plus"]["arguments"] == {"amount": 2}
    assert [(node.name, node.tool) for node in old.nodes] == [("plus", "add")]
    run = await succeeded(client, graph_id, {"n": 1})
    assert (run.output["n"], run.graph_version) == (6, 2)
    [newest] = [each async for each in client.graphs.list() if each.graph_id == graph_id]
    assert newest.version == 2
    await client.graphs.delete(graph_id)
    for call in (client.graphs.get, client.graphs.delete, client.runs.create):
        with pytest.raises(NotFound):
            await call(graph_id)
    assert (await client.runs.get(run.run_id)).output == run.output


async def test_a_graph_that_is_wrong_says_where(client: AsyncClient) -> None:
    nodes = {"plus": {"tool": "no_such_tool"}}
    for validate_only in (True, False):
        with pytest.raises(Invalid) as raised:
            await client.graphs.create(definition("bad", nodes=nodes), validate_only=validate_only)
        assert raised.value.reason == "INVALID_GRAPH"
        [violation] = raised.value.violations
        assert violation.field == "definition.nodes.plus.tool"
        assert "no_such_tool" in violation.description
    with pytest.raises(NotAllowed) as python:
        await client.graphs.delete("echo")
    assert python.value.reason == "GRAPH_IN_PYTHON"


async def test_graphs_and_tools_are_listed_page_by_page(
    client: AsyncClient, server_process: ServerProcess, call_id: str
) -> None:
    graphs = await listed(client.graphs.list(page_size=3))
    ids = [graph.graph_id for graph in graphs]
    assert ids == sorted(set(ids))
    assert {"three_nodes", "approval", "panel"} <= set(ids)
    asked = (call_id, "runwire.v1.GraphService/ListGraphs")
    await eventually(lambda: answered(server_process).count(asked) == -(-len(ids) // 3))
    graph = await client.graphs.get("three_nodes")
    assert (graph.kind, graph.version) == (GraphKind.PYTHON, 0)
    assert [node.name for node in graph.nodes] == ["first", "second", "third"]
    assert ("first", "second") in {(edge.source, edge.target) for edge in graph.edges}
    assert graph.input_schema["properties"]["n"]["type"] == "integer"
    tools = await listed(client.graphs.tools(page_size=1))
    names = [tool.name for tool in tools]
    assert names == sorted(set(names))
    add = tools[names.index("add")]
    assert add.description == "Add an amount to n."
    assert add.arguments_schema["required"] == ["amount"]


# The whole


def read_on_a_thread(client: Client, run_id: str) -> Iterator[Event]:
    """Yield the events of a run that another thread watches, which is never held up by us."""
    seen: Queue[Event | Exception | None] = Queue()

    def read() -> None:
        try:
            for event in client.runs.watch(run_id):
                seen.put(event)
            seen.put(None)
        except Exception as error:  # noqa: BLE001 - raised where the test looks
            seen.put(error)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    while (event := seen.get(timeout=LONGEST_SECONDS)) is not None:
        if isinstance(event, Exception):
            raise event
        yield event
    reader.join()


def test_a_sync_watch_rides_through_a_kill(
    new_server_process: ServerProcess, tmp_path: Path
) -> None:
    given = {"ledger": str(tmp_path / "ledger"), "steps": 30, "pause_seconds": 0.05}
    events: list[Event] = []
    with Client(new_server_process.grpc_address) as client:
        run = client.runs.create("effects", given)
        for event in read_on_a_thread(client, run.run_id):
            events.append(event)
            if event.sequence == 20:
                new_server_process.kill()
                new_server_process.start()
        ended = client.runs.get(run.run_id)
        again = list(client.runs.watch(run.run_id))
    assert ended.status is RunStatus.SUCCEEDED
    assert (ended.output["done"], ended.attempt) == (list(range(30)), 2)
    assert [event.sequence for event in events] == list(range(1, ended.last_sequence + 1))
    assert [event.message for event in events] == [event.message for event in again]


async def test_closing_a_client_ends_what_it_watches(server_process: ServerProcess) -> None:
    async with AsyncClient(server_process.grpc_address) as client:
        watch = client.runs.create_and_watch("sleepy", {"seconds": 30})
        run = await watch.started()
    with pytest.raises(Cancelled):
        await listed(watch)
    with Client(server_process.grpc_address) as threaded:
        sync_watch = threaded.runs.watch(run.run_id)
        sync_watch.started()
    with pytest.raises(Cancelled):
        list(sync_watch)
    with Client(server_process.grpc_address) as threaded:
        threaded.runs.cancel(run.run_id)


async def test_cancelling_the_runs_of_a_thread_that_has_none(client: AsyncClient) -> None:
    thread = await client.threads.create()
    assert await client.threads.cancel_runs(thread.thread_id) == 0
    with pytest.raises(NotFound):
        await client.threads.cancel_runs("nothing")


@pytest.mark.parametrize("kind", CLIENTS)
async def test_every_rpc_was_called_by_the_tests_above(
    kind: str, server_process: ServerProcess, request: pytest.FixtureRequest
) -> None:
    here = {name for name in globals() if name.startswith("test_")}
    chosen = {
        getattr(item, "originalname", "")
        for item in request.session.items
        if item.path == request.path
    }
    if here - chosen:
        pytest.skip("only some of the tests above ran")
    every = {f"{service.full_name}/{rpc.name}" for service in SERVICES for rpc in service.methods}
    assert len(every) >= 25

    def left() -> set[str]:
        return every - {
            rpc for call_id, rpc in answered(server_process) if call_id.startswith(f"{kind}.")
        }

    try:
        await eventually(lambda: not left())
    except TimeoutError:
        assert left() == set()

"""Runs that name no thread: what they save is theirs alone."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

import pytest
from tests.langgraph.served import Served
from tests.langgraph.test_interrupts import answer, until_waiting

from runwire.domain.errors import NotAllowed, NotFound
from runwire.domain.namespace import local_id
from runwire.domain.quotas import Quotas
from runwire.domain.run import RunId, RunStatus
from runwire.domain.thread import ThreadId
from runwire.stores.namespaces import SqlNamespaceStore
from runwire.stores.thread_checkpoints import SqlThreadCheckpoints

pytestmark = pytest.mark.asyncio(loop_scope="module")

S = RunStatus


async def saved_by(served: Served, thread_id: str) -> Sequence[str]:
    store = SqlThreadCheckpoints(served.database)
    return [each.checkpoint.run_id async for each in store.list(thread_id, checkpoint_ns="")]


@pytest.mark.parametrize("namespace", ["default", "blue"])
async def test_a_thread_by_the_id_of_a_run_shares_nothing_with_it(
    served_on_both: Served, namespace: str
) -> None:
    parts = served_on_both.parts
    if namespace != "default":
        await SqlNamespaceStore(served_on_both.database).add(namespace, "", Quotas())
    over = (await served_on_both.run("told", {}, namespace=namespace)).run
    asking = await served_on_both.create("approval", {"amount": 1.0}, namespace=namespace)
    waiting = await until_waiting(served_on_both, asking)
    for run in (over, waiting):
        before = await saved_by(served_on_both, run.own_thread)
        assert set(before) == {run.run_id}
        there = await served_on_both.run(
            "three_nodes", {"n": 1}, on_thread=run.run_id, namespace=namespace
        )
        assert there.output == {"n": 7}
        assert await saved_by(served_on_both, run.run_id) == [there.run.run_id] * 5
        await parts.threading.threads.delete(ThreadId(run.run_id))
        assert await saved_by(served_on_both, run.own_thread) == before
    await answer(served_on_both, waiting, True)
    assert (await served_on_both.ended(asking)).output["done"] == "paid"
    # And the other way round: the run goes, and its namesake stays.
    for run in (over, waiting):
        there = await served_on_both.run(
            "three_nodes", {"n": 1}, on_thread=run.run_id, namespace=namespace
        )
        await parts.runs.delete(run.run_id, etag="")
        assert not await saved_by(served_on_both, run.own_thread)
        assert await saved_by(served_on_both, run.run_id) == [there.run.run_id] * 5


async def test_the_code_of_a_run_without_a_thread_knows_it_by_the_runs_id(served: Served) -> None:
    await SqlNamespaceStore(served.database).add("green", "", Quotas())
    told = await served.run("told", {}, namespace="green")
    assert told.output["seen"]["configurable"]["thread_id"] == local_id(told.run.run_id)


async def test_the_state_of_a_run_is_read_from_its_checkpoints(
    served_on_both: Served, tmp_path: Path
) -> None:
    parts, gate = served_on_both.parts, tmp_path / "gate"
    name = str(uuid4())
    given = {"log": ["given"], "gate": str(gate)}
    for on_thread in ("", name):
        gate.unlink(missing_ok=True)
        run_id = await served_on_both.create(
            "slow", given, on_thread=on_thread, stream_modes=("custom",)
        )
        await served_on_both.until(run_id, "custom")
        run = await parts.runs.get(run_id)
        async with asyncio.timeout(20):  # the checkpoint may come just behind
            while (going := await parts.states.state(run_id, "")).next_nodes != ("wait",):
                await asyncio.sleep(0.01)
        assert json.loads(going.values)["log"] == ["given", "begun"]
        saved = SqlThreadCheckpoints(served_on_both.database)
        first = [each async for each in saved.list(run.own_thread, checkpoint_ns="")][-1]
        begun = await parts.states.state(run_id, first.checkpoint.checkpoint_id)
        assert (json.loads(begun.values), begun.next_nodes) == ({"log": []}, ("__start__",))
        with pytest.raises(NotFound) as missing:
            await parts.states.state(run_id, "none")
        assert missing.value.reason == "CHECKPOINT_NOT_FOUND"
        for refused in (
            parts.states.checkpoints(run_id, page_size=10, page_token=""),
            parts.runs.fork(run_id, checkpoint_id="", update=None, new_run_id=RunId(""),
                            request_id="", labels={}),
        ):  # fmt: skip
            with pytest.raises(NotAllowed) as elsewhere:
                await refused
            assert elsewhere.value.reason == "CHECKPOINTS_IN_THREAD"
            assert ("spec.thread_id" in elsewhere.value.message) or on_thread
        gate.touch()
        over = await served_on_both.ended(run_id)
        assert (await parts.states.state(run_id, "")).values == over.run.output.data  # type: ignore[union-attr]

"""Runs that name no thread: what they save is theirs alone."""

from collections.abc import Sequence

import pytest
from tests.langgraph.served import Served
from tests.langgraph.test_interrupts import answer, until_waiting

from runwire.domain.namespace import local_id
from runwire.domain.quotas import Quotas
from runwire.domain.run import RunStatus
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

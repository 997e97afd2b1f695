"""What callers of several namespaces and scopes have of assistants, and servers of each other."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from tests.conftest import now
from tests.langgraph.served import Served

from runwire.app.own_assistants import OwnAssistants
from runwire.bus.memory import MemoryBus
from runwire.domain.assistant import own_assistant_id
from runwire.domain.assistant_ports import AssistantFilter
from runwire.domain.caller import Caller
from runwire.domain.errors import Denied, NotFound
from runwire.rpc.convert_events import encode_events
from runwire.stores.assistants import SqlAssistantStore
from runwire.stores.database import open_database

pytestmark = pytest.mark.asyncio(loop_scope="module")

OWN = own_assistant_id("agent")


async def test_each_namespace_has_assistants_of_its_own(served: Served) -> None:
    assistants = served.parts.threading.assistants
    here, there = Caller(namespace="one"), Caller(namespace="two")
    changed = await assistants.update(here, OWN, name="mine")
    assert changed.assistant_id == f"one/{OWN}"
    assert (await assistants.get(there, OWN)).name == "agent"
    made = await assistants.create(here, graph_id="agent", assistant_id="x")
    assert made.assistant_id == "one/x"
    with pytest.raises(NotFound, match="no assistant x"):
        await assistants.get(there, "x")
    await assistants.delete(there, OWN)
    assert (await assistants.get(here, OWN)).name == "mine"
    with pytest.raises(NotFound, match="agent"):
        await assistants.resolve(there, "agent")
    assert (await assistants.resolve(here, "agent")).name == "mine"
    assert (await assistants.resolve(here, "x")).graph_id == "agent"


async def test_graphs_out_of_a_callers_scope_are_not_there(served: Served) -> None:
    assistants = served.parts.threading.assistants
    scoped = Caller(namespace="three", graphs=("three_*", "told"))
    everything = Caller(namespace="three")
    await assistants.create(everything, graph_id="agent", assistant_id="secret")
    found = await assistants.find(scoped, limit=100)
    assert {each.graph_id for each in found.items} == {"three_nodes", "told"}
    assert found.total == 2
    assert list(assistants.graph_ids(scoped)) == ["three_nodes", "told"]
    for name in (OWN, "secret"):
        for work in (
            assistants.get(scoped, name),
            assistants.update(scoped, name, name="x"),
            assistants.delete(scoped, name),
            assistants.versions(scoped, name),
            assistants.choose(scoped, name, 1),
            assistants.drawing(scoped, name),
            assistants.schemas(scoped, name),
            assistants.subgraphs(scoped, name),
            assistants.resolve(scoped, name),
        ):
            with pytest.raises(NotFound, match=name):
                await work
    for refused in (
        assistants.create(scoped, graph_id="agent"),
        assistants.update(scoped, own_assistant_id("told"), graph_id="agent"),
        assistants.find(scoped, graph_id="agent"),
    ):
        with pytest.raises(Denied, match="out of your scope"):
            await refused
    assert await assistants.drawing(scoped, "three_nodes")


async def test_servers_that_begin_together_make_each_assistant_once(
    served: Served, postgres_url: str
) -> None:
    graphs = served.parts.threading.assistants._own._graphs
    async with AsyncExitStack() as servers, asyncio.TaskGroup() as tasks:
        stores = []
        for _ in range(3):
            database = await servers.enter_async_context(
                open_database(
                    postgres_url, now=now, encode=encode_events, wake_all=MemoryBus().wake_all
                )
            )
            stores.append(SqlAssistantStore(database))
        begun = [
            tasks.create_task(OwnAssistants(store=store, graphs=graphs, now=now).provide("default"))
            for store in stores
        ]
        await asyncio.wait(begun)
        found = await stores[0].find(
            AssistantFilter(namespace="default"),
            sort_by="name",
            descending=False,
            limit=100,
            offset=0,
        )
    assert [each.graph_id for each in found.items] == list(graphs.names())

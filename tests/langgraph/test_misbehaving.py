"""Graphs that misbehave: their own runs fail, in their own words, and all others go on."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from tests.langgraph import graphs, misbehaving
from tests.langgraph.served import Served, serving

from runwire.domain.caller import ANYBODY
from runwire.domain.errors import Invalid, NotAllowed
from runwire.domain.run import RunStatus
from runwire.domain.thread import ThreadId, ThreadStatus

NAMES = (
    *("exits", "exits_on_a_thread", "keyed", "unusual", "cancelling", "locked", "secretive"),
    *("chatty", "sinking", "leaving"),
)
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    named = {name: getattr(misbehaving, name) for name in NAMES}
    directory = tmp_path_factory.mktemp("misbehaving")
    async with serving(directory, {**named, "three_nodes": graphs.three_nodes}) as found:
        yield found


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("exits", "SystemExit: out of here"),
        ("exits_on_a_thread", "SystemExit: out of here"),
        ("keyed", "KeyboardInterrupt"),
        ("unusual", "Unusual: a\N{REPLACEMENT CHARACTER}b"),
        ("cancelling", "NodeCancelledError: Node 'node' raised"),
        ("locked", "TypeError: Type is not msgpack serializable: _thread.lock"),
        ("secretive", "ValueError: the password has 16 characters"),
        ("sinking", "RecursionError: maximum recursion depth exceeded"),
    ],
)
async def test_what_a_node_raises_ends_its_own_run_only(
    served: Served, name: str, said: str
) -> None:
    other = await served.create("three_nodes", {"n": 1})
    happened = await served.run(name, {"n": 1}, on_thread=f"of-{name}")
    assert happened.run.status is RunStatus.FAILED
    assert happened.run.error is not None
    kind, _, text = said.partition(": ")
    assert (happened.run.error.metadata["error"], happened.run.error.message[: len(text)]) == (
        kind,
        text,
    )
    assert "secret" not in str(happened.run.error).replace("secretive", "")
    assert (await served.thread(f"of-{name}")).status is ThreadStatus.ERROR
    assert (await served.ended(other)).output == {"n": 7}
    again = await served.run("three_nodes", {"n": 2}, on_thread=f"of-{name}")
    assert again.output["n"] == 9


async def test_a_node_that_says_much_is_heard_in_order(served: Served) -> None:
    happened = await served.run("chatty", {"n": 0}, stream_modes=("custom",))
    assert happened.told("custom") == [{"number": number} for number in range(5000)]


async def test_code_that_leaves_while_a_state_is_changed_ends_nothing(served: Served) -> None:
    threads = served.parts.threading.threads
    await threads.create(ANYBODY, thread_id="left", metadata={"graph_id": "leaving"})
    with pytest.raises((Invalid, NotAllowed), match="SystemExit: out of here"):
        await threads.update_state(ThreadId("left"), values={"n": 1}, as_node="node")
    assert (await threads.state(ThreadId("left")))["values"] == {}
    assert (await served.run("three_nodes", {"n": 1})).output == {"n": 7}

"""What a saver writes while a run goes on goes the run's way, as its durability says."""

import operator
from collections.abc import Sequence
from typing import Annotated, Any, TypedDict

import pytest
from langgraph.graph import START, StateGraph
from tests.conftest import now

from runwire.domain.run_options import Durability
from runwire.domain.thread_checkpoint import Saved, ThreadCheckpoint
from runwire.langgraph.saver import JournalSaver
from runwire.langgraph.serde import serializer, use
from runwire.langgraph_tables import Serde
from runwire.stores.database import Database
from runwire.stores.thread_checkpoints import SqlThreadCheckpoints

CONFIG: Any = {"configurable": {"thread_id": "thread"}}


class State(TypedDict):
    log: Annotated[list[str], operator.add]


class Records:
    """Holds what is put until it is committed, as the records of a run do."""

    def __init__(self, checkpoints: SqlThreadCheckpoints, durability: Durability) -> None:
        self.durability = durability
        self.held: list[Saved] = []
        self.told: list[str] = []
        self.fails = False
        self.full = False
        self._checkpoints = checkpoints

    def put(self, saved: Sequence[Saved], size_bytes: int) -> bool:
        if self.fails:
            raise BufferError("too much waits")
        assert size_bytes == sum(one.size_bytes for one in saved)
        self.held += saved
        self.told += ["checkpoint" if isinstance(one, ThreadCheckpoint) else "w" for one in saved]
        return not self.full

    async def commit(self) -> None:
        self.told.append("commit")
        held, self.held = self.held, []
        await self._checkpoints.write(held)

    async def room(self) -> None:
        self.told.append("room")


def graph(saver: JournalSaver) -> Any:
    builder = StateGraph(State)
    builder.add_node("node", lambda state: {"log": [f"node {len(state['log'])}"]})
    builder.add_edge(START, "node")
    return builder.compile(checkpointer=saver)


@pytest.mark.parametrize("durability", [Durability.SYNC, Durability.ASYNC])
async def test_a_checkpoint_is_on_disk_when_it_has_to_be(
    database: Database, durability: Durability
) -> None:
    checkpoints = SqlThreadCheckpoints(database)
    records = Records(checkpoints, durability)
    saver = JournalSaver(checkpoints, now=now, sink=records, run_id="run", fresh=True)
    for _ in range(2):
        await graph(saver).ainvoke({"log": ["in"]}, CONFIG, durability=durability.value)
    commits = records.told.count("commit")
    assert records.told.count("checkpoint") == 6
    # Else only the second run's reading waits for what the first one has put.
    assert commits == (6 if durability is Durability.SYNC else 1)
    assert bool(records.held) == (durability is not Durability.SYNC)
    read = await saver.aget_tuple(CONFIG)
    assert read is not None
    assert read.checkpoint["channel_values"]["log"] == ["in", "node 1", "in", "node 3"]
    assert not records.held
    newest = await checkpoints.read("thread", "")
    assert newest is not None
    assert newest.checkpoint.run_id == "run"


async def test_who_puts_too_much_waits_for_room(database: Database) -> None:
    checkpoints = SqlThreadCheckpoints(database)
    records = Records(checkpoints, Durability.ASYNC)
    records.full = True
    saver = JournalSaver(checkpoints, now=now, sink=records, fresh=True)
    await graph(saver).ainvoke({"log": ["in"]}, CONFIG)
    put = len(records.told) - records.told.count("room")
    assert records.told.count("room") == put


async def test_after_a_put_that_failed_nothing_is_taken_to_rest(database: Database) -> None:
    checkpoints = SqlThreadCheckpoints(database)
    records = Records(checkpoints, Durability.ASYNC)
    saver = JournalSaver(checkpoints, now=now, sink=records)
    await graph(saver).ainvoke({"log": ["in"] * 9}, CONFIG)
    await records.commit()
    records.fails = True
    with pytest.raises(BufferError):
        await graph(saver).ainvoke({"log": ["lost"]}, CONFIG)
    records.fails = False
    await graph(saver).ainvoke({"log": ["more"]}, CONFIG)
    await records.commit()
    read = await JournalSaver(checkpoints, now=now).aget_tuple(CONFIG)
    assert read is not None
    assert read.checkpoint["channel_values"]["log"] == [*["in"] * 9, "node 9", "more", "node 11"]


async def test_a_run_lists_no_threads_but_those_it_names(database: Database) -> None:
    checkpoints = SqlThreadCheckpoints(database)
    saver = JournalSaver(checkpoints, now=now, sink=Records(checkpoints, Durability.ASYNC))
    with pytest.raises(ValueError, match="name a thread"):
        await anext(aiter(saver.alist(None)))


class Strange:
    """A class that nobody has allowed."""

    def __init__(self, value: int) -> None:
        self.value = value

    def dict(self) -> dict[str, int]:
        return {"value": self.value}


def test_only_allowed_classes_come_back() -> None:
    name = (Strange.__module__, Strange.__qualname__)
    try:
        use(Serde(allowed_msgpack_modules=()))
        packed = serializer().dumps_typed(Strange(5))
        assert serializer().loads_typed(packed) == {"value": 5}
        use(Serde(allowed_msgpack_modules=(name,)))
        assert isinstance(serializer().loads_typed(packed), Strange)
        with pytest.raises(NotImplementedError):
            serializer().loads_typed(("pickle", b"..."))
    finally:
        use(Serde())

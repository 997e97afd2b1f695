"""How many bytes a thread takes on our saver and on LangGraph's for SQLite; what a put costs.

The same conversation, 50 turns of 1 kB, questions and answers, through the same graph. Bytes are
those of the database's pages that the tables and their indexes take. CPU of a put is that of
packing and handing over, in a process that does nothing else; the memory saver's is beside it.
"""

import asyncio
import random
import sqlite3
import string
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from _figures import machine, middle, ratio, write
from _setting import options_from
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import START, MessagesState, StateGraph

from runwire.bus.memory import MemoryBus
from runwire.clock import now
from runwire.domain.run_options import Durability
from runwire.domain.thread_checkpoint import Saved
from runwire.langgraph.saver import JournalSaver
from runwire.rpc.convert_events import encode_events
from runwire.stores.database import open_database
from runwire.stores.thread_checkpoints import SqlThreadCheckpoints

TURNS: Final = 50
TURN_BYTES: Final = 1000
GOAL: Final = 25
OURS: Final = ("thread_checkpoints", "thread_blobs", "thread_writes")
CONFIG: Final[Any] = {"configurable": {"thread_id": "thread"}}

Saver = BaseCheckpointSaver[Any]
WORDS: Final = random.Random(5)  # noqa: S311 - text


def text() -> str:
    """Return a text that does not pack well."""
    return "".join(WORDS.choices(string.ascii_letters + " ", k=TURN_BYTES // 2))


async def converse(saver: Saver, turns: int) -> None:
    """Take turns with a model that answers."""
    builder = StateGraph(MessagesState)
    builder.add_node("model", lambda _: {"messages": [AIMessage(text())]})
    builder.add_edge(START, "model")
    graph = builder.compile(checkpointer=saver)
    for _ in range(turns):
        await graph.ainvoke({"messages": [HumanMessage(text())]}, CONFIG)
    held = (await graph.aget_state(CONFIG)).values["messages"]
    if len(held) != 2 * turns:
        raise RuntimeError(f"{len(held)} messages")


async def our_bytes(directory: Path, turns: int) -> int:
    """Return what a thread takes in our tables."""
    path = directory / "ours.db"
    async with open_database(
        f"sqlite:///{path}", now=now, encode=encode_events, wake_all=MemoryBus().wake_all
    ) as database:
        await converse(JournalSaver(SqlThreadCheckpoints(database), now=now), turns)
    return taken(path, lambda name: any(each in name for each in OURS))


async def their_bytes(directory: Path, turns: int) -> int:
    """Return what it takes in those of LangGraph's saver."""
    path = directory / "theirs.db"
    async with AsyncSqliteSaver.from_conn_string(str(path)) as saver:
        await converse(saver, turns)
    return taken(path, lambda _: True)


def taken(path: Path, counts: Callable[[str], bool]) -> int:
    """Return the bytes of the pages of some tables and their indexes."""
    with closing(sqlite3.connect(path)) as database:
        rows = database.execute("SELECT name, SUM(pgsize) FROM dbstat GROUP BY name")
        return sum(size for name, size in rows if counts(name))


class Held:
    """Keeps what a saver leaves until it is to be read: its cost is nobody's here."""

    durability = Durability.ASYNC

    def __init__(self, checkpoints: SqlThreadCheckpoints) -> None:
        self._checkpoints = checkpoints
        self._held: list[Saved] = []

    def put(self, saved: Sequence[Saved], size_bytes: int) -> bool:  # noqa: ARG002 - one run
        """Keep it."""
        self._held += saved
        return True

    async def commit(self) -> None:
        """Write it."""
        held, self._held = self._held, []
        await self._checkpoints.write(held)

    async def room(self) -> None:
        """Return: there is always room."""


class Timed:
    """A saver's methods that write, and how long they took."""

    def __init__(self, saver: Any) -> None:
        self.seconds = 0.0
        self.count = 0
        for name in ("aput", "aput_writes"):
            setattr(saver, name, self._timed(getattr(saver, name)))

    def _timed(self, method: Any) -> Any:
        async def timed(*given: Any, **named: Any) -> Any:
            began = time.perf_counter()
            try:
                return await method(*given, **named)
            finally:
                self.seconds += time.perf_counter() - began
                self.count += 1

        return timed

    @property
    def microseconds(self) -> float:
        """Of one of them."""
        return self.seconds / self.count * 1e6


async def our_put(directory: Path, turns: int) -> float:
    """Return what one write costs our saver, in µs of CPU."""
    async with open_database(
        f"sqlite:///{directory}/puts.db",
        now=now,
        encode=encode_events,
        wake_all=MemoryBus().wake_all,
    ) as database:
        checkpoints = SqlThreadCheckpoints(database)
        saver = JournalSaver(checkpoints, now=now, sink=Held(checkpoints), run_id="run")
        timed = Timed(saver)
        await converse(saver, turns)
    return timed.microseconds


async def their_put(turns: int) -> float:
    """Return what one costs LangGraph's saver in memory."""
    saver = InMemorySaver()
    timed = Timed(saver)
    await converse(saver, turns)
    return timed.microseconds


async def main() -> None:
    """Measure, and write the section."""
    options = options_from(__doc__, rounds=5)
    turns = 5 if options.quick else TURNS
    puts: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as found:
        directory = Path(found)
        ours, theirs = await our_bytes(directory, turns), await their_bytes(directory, turns)
        for number_of in range(options.rounds):
            (directory / str(number_of)).mkdir()
            puts.append((await our_put(directory / str(number_of), turns), await their_put(turns)))
    write(
        "Checkpoints",
        [
            f"{machine()}. One thread of {turns} turns of {TURN_BYTES:,} bytes (question and"
            " answer, random text). A put is a checkpoint or the writes of a task, packed and"
            f" handed over. Mark: {GOAL} % of the bytes of LangGraph's saver for SQLite.",
            "",
            "| what | Runwire | LangGraph | share |",
            "| --- | --- | --- | --- |",
            f"| bytes of the thread, with indexes (LangGraph: AsyncSqliteSaver) | {ours:,} |"
            f" {theirs:,} | {ratio(ours, theirs)} |",
            f"| a put, µs of CPU (LangGraph: InMemorySaver) | {middle([one for one, _ in puts])} |"
            f" {middle([two for _, two in puts])} | |",
        ],
    )


if __name__ == "__main__":
    asyncio.run(main())

"""What a database can never store fails the run that wants it stored, at once, in plain words."""

import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from tests.langgraph import graphs, misbehaving
from tests.langgraph.served import Served, serving

from runwire.domain.run import RunStatus
from runwire.domain.thread import ThreadStatus

LONG = random.Random(1).randbytes(5000).hex()
HALF, NOTHING = r"half \udc80", r"nothing \0"


@pytest_asyncio.fixture
async def served(tmp_path: Path, database_url: str) -> AsyncIterator[Served]:
    named = {"naming": misbehaving.naming, "three_nodes": graphs.three_nodes}
    async with serving(tmp_path, named, url=database_url) as found:
        yield found


@pytest.mark.parametrize(
    ("name", "takers", "said"),
    [
        (HALF, (), "surrogates not allowed"),
        (NOTHING, ("sqlite",), "0x00"),
        (LONG, ("sqlite",), "index row"),
    ],
    ids=["half", "nothing", "long"],
)
async def test_a_name_that_cannot_be_stored_fails_the_run(
    served: Served, database_url: str, name: str, takers: tuple[str, ...], said: str
) -> None:
    other = await served.create("three_nodes", {"n": 1})
    happened = await served.run("naming", {"value": name}, on_thread="thread")
    if database_url.startswith(takers or "nobody"):
        assert happened.run.status is RunStatus.SUCCEEDED
        return
    assert (happened.run.status, happened.run.attempt) == (RunStatus.FAILED, 1)
    assert happened.run.error is not None
    assert happened.run.error.reason == "NOT_STORABLE"
    assert said in happened.run.error.message
    assert (await served.thread("thread")).status is ThreadStatus.ERROR
    assert (await served.ended(other)).output == {"n": 7}
    again = await served.run("three_nodes", {"n": 2}, on_thread="thread")
    assert again.output["n"] == 9

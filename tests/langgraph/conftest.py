"""Servers with graphs of LangGraph that the tests of a module share."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from tests.langgraph import graphs
from tests.langgraph.served import Served, serving
from tests.postgres import TEMPLATE, Postgres

NAMES = [
    "three_nodes",
    "ledger",
    "parallel",
    "fan",
    "questions",
    "both_ask",
    "approval",
    "agent",
    "nested",
    "nested_question",
    "failing",
    "endless",
    "slow",
    "told",
    "odd",
]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    """A server's parts over SQLite, with the graphs of graphs.py."""
    directory = tmp_path_factory.mktemp("langgraph")
    async with serving(directory, {name: getattr(graphs, name) for name in NAMES}) as found:
        yield found


@pytest_asyncio.fixture(loop_scope="module", scope="module", params=["sqlite", "postgresql"])
async def served_on_both(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Served]:
    """The same over each kind of database."""
    directory, url = tmp_path_factory.mktemp("langgraph"), ""
    if request.param == "postgresql":
        cluster: Postgres = request.getfixturevalue("postgres")
        url = cluster.new_database(TEMPLATE)
    named = {name: getattr(graphs, name) for name in NAMES}
    async with serving(directory, named, url=url) as found:
        yield found
    if url:
        cluster.drop(url)

"""Servers with graphs of LangGraph that the tests of a module share."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from langgraph_sdk import get_client, get_sync_client
from langgraph_sdk.client import LangGraphClient, SyncLangGraphClient
from tests.conftest import ServerProcess
from tests.langgraph import graphs
from tests.langgraph.served import Served, serving
from tests.langgraph.wire import Wire
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
    "asking_twice",
    "told",
    "odd",
    "remembering",
]
CHATS = ["chat", "slow_chat"]


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


@pytest.fixture(scope="session")
def langgraph_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server process with every graph of graphs.py, and those that chat."""
    running = ServerProcess(
        tmp_path_factory.mktemp("langgraph"),
        (
            *(f"{name}=tests/langgraph/graphs.py:{name}" for name in NAMES),
            *(f"{name}=tests/langgraph/chat_graphs.py:{name}" for name in CHATS),
        ),
        http_address="127.0.0.1:0",
        settings={"RUNWIRE_WEBHOOK_ALLOW_PRIVATE": "true", "RUNWIRE_CANCEL_GRACE_SECONDS": "2"},
    )
    running.start()
    yield running
    running.stop()


@pytest.fixture
def langgraph_url(langgraph_server: ServerProcess) -> str:
    """Where it serves HTTP."""
    return f"http://{langgraph_server.http_address}"


@pytest.fixture
async def sdk(langgraph_url: str) -> AsyncIterator[LangGraphClient]:
    """The official client."""
    async with get_client(url=langgraph_url) as client:
        yield client


@pytest.fixture
def sync_sdk(langgraph_url: str) -> Iterator[SyncLangGraphClient]:
    """The official client for programs without a loop."""
    with get_sync_client(url=langgraph_url) as client:
        yield client


@pytest.fixture
async def wire(langgraph_url: str) -> AsyncIterator[Wire]:
    """What goes over the wire, as it is."""
    async with httpx.AsyncClient(base_url=langgraph_url, timeout=20) as client:
        yield Wire(client)


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """A file that the graph `slow` waits for."""
    return tmp_path / "gate"

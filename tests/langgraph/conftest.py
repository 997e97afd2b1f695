"""A server process with LangGraph's graphs that tests share, and its clients."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from langgraph_sdk import get_client, get_sync_client
from langgraph_sdk.client import LangGraphClient, SyncLangGraphClient
from tests.conftest import ServerProcess
from tests.langgraph.wire import Wire

GRAPHS = (
    *("three_nodes", "ledger", "questions", "approval", "both_ask", "agent", "nested"),
    *("failing", "endless", "slow", "told", "parallel"),
)


@pytest.fixture(scope="session")
def langgraph_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server process with every graph of tests/langgraph/graphs.py."""
    running = ServerProcess(
        tmp_path_factory.mktemp("langgraph"),
        tuple(f"{name}=tests/langgraph/graphs.py:{name}" for name in GRAPHS),
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

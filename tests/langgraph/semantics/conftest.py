"""A server that hosts small graphs, for the tests of what runs mean."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from langgraph_sdk import get_client
from langgraph_sdk.client import LangGraphClient

from tests.langgraph.serving import serving

PROJECT = Path(__file__).parent / "project"


@pytest.fixture(scope="session")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server for all of them."""
    with serving(PROJECT, tmp_path_factory.mktemp("semantics")) as server:
        yield server.http_url


@pytest.fixture
async def client(url: str) -> AsyncIterator[LangGraphClient]:
    """The official client."""
    async with get_client(url=url, api_key=None) as client:
        yield client

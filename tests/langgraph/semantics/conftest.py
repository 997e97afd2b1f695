"""A server that hosts small graphs, for the tests of what runs mean."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from langgraph_sdk import get_client
from langgraph_sdk.client import LangGraphClient
from tests.langgraph.serving import serving, url_of
from tests.postgres import TEMPLATE, Postgres

PROJECT = Path(__file__).parent / "project"


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server for all of them, over each kind of database."""
    directory = tmp_path_factory.mktemp("semantics")
    if request.param == "sqlite":
        with serving(PROJECT, directory) as server:
            yield url_of(server)
        return
    cluster: Postgres = request.getfixturevalue("postgres")
    database = cluster.new_database(TEMPLATE)
    with serving(PROJECT, directory, "--database-url", database) as server:
        yield url_of(server)
    cluster.drop(database)


@pytest.fixture
async def client(url: str) -> AsyncIterator[LangGraphClient]:
    """The official client."""
    async with get_client(url=url, api_key=None) as client:
        yield client

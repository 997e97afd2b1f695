from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.namespaces.house import House, housed


@pytest.fixture
async def house(tmp_path: Path, database_url: str) -> AsyncIterator[House]:
    """A server with two namespaces beside the default one, over each kind of database."""
    async with housed(tmp_path, database_url) as served:
        yield served

"""The HTTP edge that tests of this folder share."""

from collections.abc import Iterator

import pytest
from tests.conftest import ServerProcess
from tests.http.gateway import gateway


@pytest.fixture(scope="session")
def url(server_process: ServerProcess) -> Iterator[str]:
    """Where a gateway before the shared server process serves HTTP."""
    with gateway(server_process.grpc_address) as address:
        yield address

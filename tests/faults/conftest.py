"""Deployments that fault tests mistreat."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.faults.processes import Deployment, deployment

Deploy = Callable[..., Deployment]


@pytest.fixture(params=["sqlite"])
def deploy(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Deploy]:
    """Start a deployment over each kind of database; what is left of it ends with the test."""
    started: list[Deployment] = []

    def start(*arguments: str) -> Deployment:
        one = deployment(tmp_path, request.param, arguments)
        started.append(one)
        one.server.start()
        return one

    yield start
    for one in started:
        if one.server.process is not None:
            one.server.kill()

"""Deployments that fault tests mistreat."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.faults.processes import Deployment, deployment
from tests.faults.reporting import scaled

Deploy = Callable[..., Deployment]


DATABASES = ["sqlite", "postgresql"]
on_postgresql_when_long = pytest.mark.parametrize(
    "prepare", scaled(["sqlite"], DATABASES), indirect=True
)
"""For tests that are about what lies in front of the database."""


@pytest.fixture(params=DATABASES)
def prepare(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Deploy]:
    """Prepare a deployment over each kind of database; what is left of it ends with the test."""
    prepared: list[Deployment] = []

    def one(**options: Any) -> Deployment:
        where = ()
        if request.param == "postgresql":
            where = ("--database-url", request.getfixturevalue("postgres_url"))
        prepared.append(deployment(tmp_path, request.param, arguments=where, **options))
        return prepared[-1]

    yield one
    for each in prepared:
        each.end()


@pytest.fixture
def deploy(prepare: Deploy) -> Deploy:
    """Start a deployment."""

    def started(**options: Any) -> Deployment:
        one = prepare(**options)
        one.start()
        return one

    return started

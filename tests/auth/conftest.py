"""A server with auth on, which the tests of a module try to get into."""

from collections.abc import Iterator

import pytest
from tests.auth.doors import Door, opened


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with opened(tmp_path_factory.mktemp("door")) as found:
        yield found

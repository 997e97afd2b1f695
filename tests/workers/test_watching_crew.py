"""What watchers are promised holds when runs are executed in other processes."""

from collections.abc import Iterator

import pytest
from tests.conftest import GRAPHS, ServerProcess
from tests.test_watching import (  # noqa: F401 - the same tests, over another server
    channel,
    test_200_reconnects_at_random_points_see_5000_events_once_and_in_order,
    test_a_quiet_watch_has_heartbeats,
    test_a_watch_of_all_runs_goes_on_from_its_token,
    test_create_and_watch_begins_with_the_run_and_ends_with_it,
    test_the_client_follows_a_run_by_itself,
    test_watching_from_each_of_many_sequences_gives_the_rest,
)


@pytest.fixture(scope="module")
def any_server_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server with one worker process."""
    running = ServerProcess(tmp_path_factory.mktemp("crew"), (GRAPHS, "--workers", "1"))
    running.start()
    yield running
    running.stop()

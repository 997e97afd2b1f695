from tests.cli.conftest import Runwire
from tests.conftest import ServerProcess


def test_a_schedule_is_made_shown_changed_and_deleted(
    runwire: Runwire, server_process: ServerProcess
) -> None:
    def call(*words: str) -> object:
        ended = runwire("schedules", *words, "--server", server_process.grpc_address, "--json")
        assert ended.code == 0, ended.err
        return ended.document

    made = call(
        *("create", "cli-nightly", "three_nodes", "--cron", "30 2 * * *", "--input", '{"n": 1}'),
        *("--time-zone", "Europe/Berlin", "--overlap", "allow", "--catch-up-window", "2h"),
    )
    assert isinstance(made, dict)
    assert (made["cron"], made["overlap"], made["catch_up_seconds"]) == (
        "30 2 * * *", "allow", 7200
    )  # fmt: skip
    paused = call("pause", "cli-nightly", "--reason", "holidays")
    assert isinstance(paused, dict)
    assert paused["pause_reason"] == "holidays"
    call("unpause", "cli-nightly")
    run = call("trigger", "cli-nightly")
    assert isinstance(run, dict)
    changed = call("update", "cli-nightly", "--cron", "@hourly")
    assert isinstance(changed, dict)
    assert changed["recent_runs"][0]["run_id"] == run["run_id"]
    shown = runwire("schedules", "get", "cli-nightly", "--server", server_process.grpc_address)
    assert "@hourly Europe/Berlin" in shown.out
    listed = runwire("schedules", "list", "--server", server_process.grpc_address)
    assert "cli-nightly" in listed.out
    ended = runwire("schedules", "delete", "cli-nightly", "--server", server_process.grpc_address)
    assert ended.code == 0


def test_what_is_wrong_is_said(runwire: Runwire, server_process: ServerProcess) -> None:
    where = ("--server", server_process.grpc_address)
    words = ("schedules", "create", "x", "three_nodes", "--cron", "0 0 30 2 *", *where)
    refused = runwire(*words, "--input", '{"n": 1}')
    assert refused.code == 4
    assert "would never come" in refused.err
    refused = runwire(*words, "--overlap", "sometimes")
    assert refused.code == 2
    assert "is none of skip, buffer_one" in refused.err
    refused = runwire("schedules", "update", "x", "--queue", "q", *where)
    assert refused.code == 2

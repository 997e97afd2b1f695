from tests.cli.conftest import Runwire

URL = "https://hooks.example.com/in"


def test_a_webhook_from_its_making_to_its_end(calling: Runwire) -> None:
    made = calling("webhooks", "create", URL, "--event", "failed", "--name", "team", "--json")
    assert made.code == 0, made.err
    webhook_id, secret = made.document["webhook_id"], made.document["secret"]
    assert secret.startswith("whsec_")
    assert made.document["events"] == ["run.failed"]
    listed = calling("webhooks", "list")
    assert webhook_id in listed.out
    assert URL in listed.out
    shown = calling("webhooks", "get", webhook_id, "--json")
    assert (shown.document["display_name"], "secret" in shown.document) == ("team", False)
    paused = calling("webhooks", "update", webhook_id, "--pause", "--event", "run.queued")
    assert "paused" in paused.out
    assert "queued" in paused.out
    none = calling("webhooks", "deliveries", webhook_id, "--json")
    assert none.document == []
    assert calling("webhooks", "replay", webhook_id, "msg_none").code == 3
    assert calling("webhooks", "delete", webhook_id).code == 0
    gone = calling("webhooks", "get", webhook_id)
    assert gone.code == 3
    assert secret not in listed.out + shown.out + paused.out


def test_a_secret_is_shown_to_people_once(calling: Runwire) -> None:
    made = calling("webhooks", "create", URL, "--id", "cli-once")
    assert "whsec_" in made.out
    assert "not shown again" in made.out
    assert "whsec_" not in calling("webhooks", "get", "cli-once").out
    calling("webhooks", "delete", "cli-once")


def test_what_is_wrong_is_told(calling: Runwire) -> None:
    refused = calling("webhooks", "create", "http://127.0.0.1/x")
    assert (refused.code, "not public" in refused.err) == (4, True)
    unknown = calling("webhooks", "create", URL, "--event", "exploded")
    assert unknown.code == 2
    assert "interrupted" in unknown.err
    assert calling("webhooks", "update", "x").code == 2

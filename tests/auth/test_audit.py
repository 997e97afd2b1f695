"""The audit log: what is in it, what never is, who sees it, and what happens when it cannot be."""

import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc import StatusCode
from tests.auth.doors import Door, call, opened, rpcs
from tests.conftest import ROOT, now, settings_in

from runwire.app.audit import MAX_UNWRITTEN, AuditLog
from runwire.domain.audit import AuditEntry
from runwire.domain.caller import ANYBODY, Caller
from runwire.domain.errors import Invalid, Unavailable
from runwire.domain.filter import EVERYTHING
from runwire.domain.parse import parse_filter
from runwire.rpc.admin import ENTRIES
from runwire.rpc.subjects import subject_of
from runwire.server import serve
from runwire.stores.audit import SqlAuditStore
from runwire.stores.database import Database
from runwire.v1 import artifact_service_pb2, key_service_pb2, run_service_pb2
from runwire_client import AsyncClient, Client, Denied, Exhausted, Unauthenticated

RPCS = {method.name: method for method in rpcs()}
ACME = Caller(name="key:acme", namespace="acme", everywhere=False)


def entry(**changes: Any) -> AuditEntry:
    values: dict[str, Any] = {
        "at": now(),
        "caller": "key:ci",
        "peer": "ipv4:10.0.0.1:5",
        "namespace": "default",
        "method": "/runwire.v1.RunService/CancelRun",
        "request_id": "r",
    }
    return AuditEntry(**{**values, **changes})


def log_over(database: Database, **changes: Any) -> AuditLog:
    values = {"store": SqlAuditStore(database), "now": now, "retention_seconds": 3600}
    return AuditLog(**{**values, **changes})


async def found(log: AuditLog, text: str = "", caller: Caller = ANYBODY) -> list[AuditEntry]:
    where = parse_filter(text, ENTRIES)
    return list((await log.find(where, caller, page_size=1000, page_token="")).items)


async def test_entries_are_found_by_each_of_their_facts(database: Database) -> None:
    log = log_over(database)
    subjects = [{"run_id": "r-1"}, {"run_id": "R-1"}, {"new_run_id": "r-1", "graph_id": 'a"b\\'}]
    for number, subject in enumerate(subjects):
        log.add(entry(subject=subject, code=number, caller=f"key:{number}"))
    log.add(entry(namespace="acme", method="/runwire.v1.RunService/CreateRun"))
    everything = await found(log)
    assert [each.number for each in everything] == sorted(
        (each.number for each in everything), reverse=True
    )
    for text, count in (
        ('caller = "key:1"', 1),
        ('caller != "key:1"', 3),
        ("namespace = acme", 1),
        ('method = "/runwire.v1.RunService/CreateRun"', 1),
        ("code = 0", 2),
        ("code > 0", 2),
        ('subject.run_id = "r-1"', 1),
        ("subject.run_id:*", 2),
        ('subject.graph_id = "a\\"b\\\\"', 1),
        ('subject.run_id != "r-1"', 3),
        ('subject.run_id = "%"', 0),
        ('subject.run_id = "r-1\\",\\"run_id\\":\\"R-1"', 0),
        ("event_time > 2001-01-01T00:00:00Z", 4),
        ("event_time < 2001-01-01T00:00:00Z", 0),
        ('code = 0 AND caller = "key:0"', 1),
        ('caller = "key:0" OR caller = "key:1"', 2),
        ("NOT code = 0", 2),
    ):
        assert len(await found(log, text)) == count, text
    for text in ("status = RUNNING", "labels.a = b", "code = OK", "caller > a"):
        with pytest.raises(Invalid):
            await found(log, text)


async def test_pages_lead_through_all_of_it_once(database: Database) -> None:
    log = log_over(database)
    for number in range(25):
        log.add(entry(request_id=str(number)))
    seen, token = [], ""
    while True:
        page = await log.find(EVERYTHING, ANYBODY, page_size=10, page_token=token)
        seen += [int(each.request_id) for each in page.items]
        token = page.next_page_token
        log.add(entry(request_id="99"))
        if not token:
            break
    assert seen == list(reversed(range(25)))


async def test_another_namespace_sees_nothing_of_it(database: Database) -> None:
    log = log_over(database)
    for namespace in ("default", "acme", ""):
        log.add(entry(namespace=namespace))
    assert [each.namespace for each in await found(log, caller=ACME)] == ["acme"]
    assert await found(log, "namespace = default", caller=ACME) == []
    assert await found(log, "namespace = default OR code = 0", caller=ACME) != []
    assert {e.namespace for e in await found(log, "code = 0 OR code = 1", caller=ACME)} == {"acme"}
    assert len(await found(log)) == 3
    first = await log.find(EVERYTHING, ANYBODY, page_size=1, page_token="")
    with pytest.raises(Invalid):
        await log.find(EVERYTHING, ACME, page_size=1, page_token=first.next_page_token)


async def test_what_is_too_old_goes(database: Database) -> None:
    log = log_over(database)
    for hours in (5, 3, 2, 0):
        log.add(entry(at=now() - timedelta(hours=hours)))
    await log.write()
    await log._prune()
    assert len(await found(log)) == 1


async def test_refusals_of_one_kind_are_one_entry_a_minute(database: Database) -> None:
    clock = [now()]
    log = log_over(database, now=lambda: clock[0])
    refused = entry(caller="nobody", namespace="", reason="CREDENTIALS_INVALID", code=16)
    for _ in range(1000):
        log.refused("10.0.0.1", refused)
    log.refused("10.0.0.2", refused)
    assert await found(log) == []
    clock[0] += timedelta(seconds=61)
    assert sorted(each.subject["count"] for each in await found(log)) == ["1", "1000"]
    for number in range(5000):
        log.refused(f"10.0.{number}.1", refused)
    await log.write(all_of_it=True)
    others = [each for each in await found(log) if each.peer == "many addresses"]
    assert [each.subject["count"] for each in others] == ["4000"]


class Broken(SqlAuditStore):
    """The real store, out of reach for a while."""

    broken = True

    async def add(self, entries: Any) -> None:
        if self.broken:
            raise Unavailable("the database cannot be reached")
        await super().add(entries)


async def test_nothing_is_dropped_while_the_database_takes_nothing(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    store = Broken(database)
    log = log_over(database, store=store)
    log.check_room()
    for _ in range(MAX_UNWRITTEN):
        log.add(entry())
    for _ in range(3):
        await log.write()
    with pytest.raises(Unavailable) as refused:
        log.check_room()
    assert refused.value.reason == "AUDIT_LOG_FULL"
    assert len([each for each in caplog.records if each.levelno >= logging.ERROR]) == 1
    store.broken = False
    await log.write()
    log.check_room()
    last = (await log.find(EVERYTHING, ANYBODY, page_size=1, page_token="")).items[0]
    assert last.number == MAX_UNWRITTEN


def test_a_subject_has_ids_and_nothing_of_payloads() -> None:
    request = run_service_pb2.CreateRunRequest(run_id="r-1", request_id="q")
    request.spec.labels["word"] = "sesame"
    request.spec.input.data = b'{"secret_id": "sesame"}'
    response = run_service_pb2.CreateRunResponse()
    response.run.run_id, response.run.spec.graph_id = "r-2", "g" * 1000
    found = subject_of(request, response)
    assert found["run_id"] == "r-1"
    assert found["graph_id"] == "g" * 128
    assert "sesame" not in str(found)
    made = key_service_pb2.CreateKeyResponse(secret="sesame")  # noqa: S106 - none
    made.key.key_id = "k"
    assert subject_of(None, made) == {"key_id": "k"}
    upload = artifact_service_pb2.UploadArtifactRequest(artifact_id="a-1")
    upload.content.data = b"sesame"
    assert "sesame" not in str(subject_of(upload))


def test_every_change_is_recorded_and_survives_a_restart(tmp_path: Path) -> None:
    with opened(tmp_path) as door:
        root = door.key("root")
        watched = change(door, root)
        be_refused(door, root)
    # Written at the end, what had not been; read by another server on the same database.
    with (
        opened(tmp_path, data_dir=door.settings.data_dir) as door,
        Client(door.server.grpc_address, api_key=root) as client,
    ):
        entries = {
            (each.caller, each.method.rpartition("/")[2], each.reason): each
            for each in client.admin.audit()
        }
        assert list(client.admin.audit(filter='subject.run_id = "run-1" AND code = 0'))
    assert set(entries) == {
        ("local", "CreateKey", ""),
        ("key:root", "CreateRun", ""),
        ("key:root", "DeleteRun", ""),
        ("key:root", "CreateAndWatchRun", ""),
        ("key:root", "UploadArtifact", ""),
        ("key:reader", "CancelRun", "ROLE_FORBIDDEN"),
        ("key:reader", "ListAuditEntries", "ROLE_FORBIDDEN"),
        ("nobody", "CancelRun", "CREDENTIALS_INVALID"),
    }
    assert entries["key:root", "CreateAndWatchRun", ""].subject["run_id"] == watched
    assert entries["key:root", "UploadArtifact", ""].subject["artifact_id"]
    assert entries["key:root", "DeleteRun", ""].peer.startswith("ipv4:127.0.0.1:")
    assert entries["key:root", "CreateRun", ""].subject["caller_key_id"] == root.split("_")[1]
    assert entries["nobody", "CancelRun", "CREDENTIALS_INVALID"].subject["count"] == "3"
    told = str(list(entries.values()))
    assert "sesame" not in told
    assert root.split("_")[2] not in told


def change(door: Door, secret: str) -> str:
    with Client(door.server.grpc_address, api_key=secret) as client:
        run = client.runs.create("echo", {"password": "sesame"}, run_id="run-1")
        client.runs.wait(run.run_id)
        client.runs.get(run.run_id)
        client.runs.delete(run.run_id)
        client.artifacts.upload(b"sesame", filename="a.txt")
        with client.runs.create_and_watch("echo", {"a": "sesame"}) as watch:
            list(watch)
            return watch.run_id


def be_refused(door: Door, secret: str) -> None:
    with Client(door.server.grpc_address, api_key=door.role_key("reader")) as client:
        with pytest.raises(Denied):
            client.runs.cancel("run-1")
        with pytest.raises(Denied):
            list(client.admin.audit())
    with Client(door.server.grpc_address, api_key=secret[:-1] + "~") as client:
        for _ in range(3):
            with pytest.raises(Unauthenticated):
                client.runs.cancel("run-1")


@pytest.mark.parametrize("audit", ["auto", "on"])
async def test_without_auth_a_setting_says_whether_anything_is_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, audit: str
) -> None:
    monkeypatch.chdir(ROOT)
    async with (
        serve(settings_in(tmp_path, audit=audit)) as server,
        AsyncClient(server.grpc_address) as client,
    ):
        await client.runs.create("echo", {}, run_id="run-1")
        entries = [each async for each in client.admin.audit()]
        assert [each.caller for each in entries] == (["anonymous"] if audit == "on" else [])
        assert not (await client.keys.identity()).authenticated


def test_with_auth_it_can_be_turned_off(tmp_path: Path) -> None:
    with opened(tmp_path, audit="off") as door:
        root = door.key("root")
        change(door, root)
        with Client(door.server.grpc_address, api_key=root) as client:
            assert {each.caller for each in client.admin.audit()} == {"local"}


def test_who_calls_too_often_is_told_when_to_come_again(tmp_path: Path) -> None:
    with opened(tmp_path, rate_calls_per_second=0.5, rate_burst_calls=3) as door:
        get, root = RPCS["GetIdentity"], door.key("root")
        found = [door.call(get, ("x-api-key", root)) for _ in range(5)]
        assert [each.code for each in found] == [StatusCode.OK] * 3 + [
            StatusCode.RESOURCE_EXHAUSTED
        ] * 2
        assert found[-1].reason == "RATE_LIMITED"
        assert found[-1].retry_seconds is not None
        assert 0 < found[-1].retry_seconds <= 2
        # Another key has a bucket of its own, and one that says so a larger one.
        assert door.call(get, ("x-api-key", door.role_key("reader"))).code is StatusCode.OK
        token = ("authorization", f"Bearer {door.token()}")
        assert [door.call(get, token).code for _ in range(4)][-1] is StatusCode.RESOURCE_EXHAUSTED
        # Another token of the same subject is no way round it.
        again = ("authorization", f"Bearer {door.token(jti='2')}")
        assert door.call(get, again).code is StatusCode.RESOURCE_EXHAUSTED


def test_a_key_has_its_own_rate(tmp_path: Path) -> None:
    with opened(tmp_path, rate_calls_per_second=0.01, rate_burst_calls=2) as door:
        with Client(door.server.grpc_address, api_key=door.key("root")) as client:
            own = client.keys.create("own", calls_per_second=0.01, burst_calls=10)
            with pytest.raises(Exhausted):
                [client.keys.identity() for _ in range(2)]
        with Client(door.server.grpc_address, api_key=own.secret) as client:
            assert [client.keys.identity().name for _ in range(10)] == ["key:own"] * 10
            with pytest.raises(Exhausted):
                client.keys.identity()


def test_failures_of_an_address_are_limited_and_its_known_keys_are_not(tmp_path: Path) -> None:
    with opened(tmp_path, rate_failures_per_second=0.5) as door, door.channel() as channel:
        get, root = RPCS["GetIdentity"], (("x-api-key", door.key("root")),)
        assert call(channel, get, root).code is StatusCode.OK
        wrong = (("x-api-key", "wrong"),)
        codes = [call(channel, get, wrong).code for _ in range(20)]
        assert codes[0] is StatusCode.UNAUTHENTICATED
        assert codes[-1] is StatusCode.RESOURCE_EXHAUSTED
        assert call(channel, get, root).code is StatusCode.OK
        assert grpc.StatusCode.OK not in codes

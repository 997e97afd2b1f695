import io
import json
import logging
import os
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from runwire.cli.settings import CALLER_VARIABLES, load
from runwire.config import Settings
from runwire.domain.errors import Invalid
from runwire.domain.ids import queue_names
from runwire.spelling import masked
from runwire.telemetry import set_up_logs

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/settings.md"


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.upper().startswith("RUNWIRE_"):
            monkeypatch.delenv(name)


PLACES = ("flag", "environment", "dotenv", "toml")


@pytest.mark.parametrize("strongest", range(len(PLACES) + 1), ids=[*PLACES, "default"])
def test_the_strongest_place_wins(
    strongest: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = PLACES[strongest:]
    if "toml" in said:
        (tmp_path / "runwire.toml").write_text("max_runs = 4\n")
    if "dotenv" in said:
        (tmp_path / ".env").write_text("RUNWIRE_MAX_RUNS=3\nMAX_RUNS=99\nOTHER=1\n")
    if "environment" in said:
        monkeypatch.setenv("RUNWIRE_MAX_RUNS", "2")
    flag = 1 if "flag" in said else None
    assert load(tmp_path, max_runs=flag).max_runs == (1, 2, 3, 4, 64)[strongest]


def test_a_stronger_table_replaces_a_weaker_one(tmp_path: Path) -> None:
    (tmp_path / "runwire.toml").write_text('[graphs]\na = "a.py:graph"\n')
    assert load(tmp_path).graphs == {"a": "a.py:graph"}
    assert load(tmp_path, graphs=["b.py:graph"]).graphs == {"b.py:graph": "b.py:graph"}


def test_langgraph_json_counts_behind_the_toml(tmp_path: Path) -> None:
    table = {"agent": "./agent.py:graph", "other": {"path": "other.py:graph", "description": "x"}}
    (tmp_path / "langgraph.json").write_text(json.dumps({"graphs": table, "dependencies": ["."]}))
    assert load(tmp_path).graphs == {"agent": "./agent.py:graph", "other": "other.py:graph"}
    (tmp_path / "runwire.toml").write_text("max_runs = 3")
    assert load(tmp_path).graphs == {"agent": "./agent.py:graph", "other": "other.py:graph"}
    assert load(tmp_path).graph_descriptions == {"other": "x"}
    (tmp_path / "runwire.toml").write_text('[graphs]\na = "a.py:graph"\n')
    assert load(tmp_path).graphs == {"a": "a.py:graph"}


def test_queues_and_limits_are_said_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "runwire.toml").write_text(
        'queues = ["default", "gpu"]\n[graph_limits]\na = 2\n"b.py:graph" = 3\n'
    )
    found = load(tmp_path)
    assert queue_names(found.queues) == ("", "gpu")
    assert found.graph_limits == {"a": 2, "b.py:graph": 3}
    monkeypatch.setenv("RUNWIRE_QUEUES", "mail,default")
    monkeypatch.setenv("RUNWIRE_GRAPH_LIMITS", "a=4,b=5")
    found = load(tmp_path)
    assert queue_names(found.queues) == ("mail", "")
    assert found.graph_limits == {"a": 4, "b": 5}
    assert load(tmp_path, graph_limits=["c=1"]).graph_limits == {"c": 1}


def test_a_reference_says_by_its_form_what_it_is() -> None:
    settings = load(
        Path("/nowhere"),
        graphs=["a.py:graph", "b=pack.age:graph", "j=flows/j.json", "pack.tools", "tools.py"],
        tools=("more.py",),
    )
    assert settings.python_graphs == {"a.py:graph": "a.py:graph", "b": "pack.age:graph"}
    assert settings.json_graphs == (Path("flows/j.json"),)
    assert settings.tool_modules == ("more.py", "pack.tools", "tools.py")


@pytest.mark.parametrize("text", ['{"a": "m:g", "b": "n:g"}', "a=m:g,b=n:g"])
def test_a_variable_spells_a_table(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNWIRE_GRAPHS", text)
    assert load(Path("/nowhere")).graphs == {"a": "m:g", "b": "n:g"}


def test_where_things_rest_follows_the_data_directory(tmp_path: Path) -> None:
    settings = load(tmp_path, data_dir=tmp_path / "there")
    assert settings.database_url == f"sqlite+aiosqlite:///{tmp_path}/there/runwire.db"
    assert settings.artifacts_url == (tmp_path / "there/artifacts").as_uri()


WRONG = {
    "unknown variable": ({"RUNWIRE_MAX_RUNZ": "3"}, "", {}, "did you mean max_runs?"),
    "unknown, near nothing": ({"RUNWIRE_XYZZY": "3"}, "", {}, "RUNWIRE_XYZZY in the environment"),
    "unknown key": ({}, "leese_seconds = 3", {}, "leese_seconds in runwire.toml: no such setting"),
    "wrong variable": (
        {"RUNWIRE_MAX_RUNS": "many"},
        "",
        {},
        "RUNWIRE_MAX_RUNS in the environment is 'many': should be a valid integer",
    ),
    "wrong key": ({}, 'log_level = "loud"', {}, "log_level in runwire.toml is 'loud': should be"),
    "wrong flag": ({}, "", {"max_runs": 0}, "--max-runs is '0': should be greater than"),
    "wrong reference": ({}, "[graphs]\na = 3", {}, "graphs in runwire.toml → a is '3'"),
    "wrong JSON": ({"RUNWIRE_GRAPHS": "{"}, "", {}, "RUNWIRE_GRAPHS in the environment is '{'"),
    "not TOML": ({}, "max_runs", {}, "is not TOML"),
    "not an address": ({}, "", {"grpc_address": "50051"}, "should be host:port or unix:/path"),
    "no such port": ({}, "", {"grpc_address": "x:70000"}, "should be host:port or unix:/path"),
    "renewal too rare": (
        {},
        "renew_seconds = 5",
        {},
        "renew_seconds in runwire.toml is '5': should be less than half of lease_seconds 10",
    ),
    "unknown database": (
        {},
        "",
        {"database_url": "mysql://ada:sesame@host/db"},
        "--database-url is 'mysql://ada:***@host/db': should be sqlite:///path or "
        "postgresql://user:password@host/name",
    ),
    "unknown bucket": ({}, "", {"artifacts_url": "ftp://host"}, "should be a directory or begin"),
    "key without certificate": ({}, "", {"tls_key": str(PAGE)}, "goes with tls_certificate"),
    "a limit of nothing": (
        {},
        "",
        {"graph_limits": ["g=0"]},
        "g is '0': should be from 1 to 10000",
    ),
    "a limit in words": ({}, "", {"graph_limits": ["g=few"]}, "should be a valid integer"),
    "a queue that is a path": ({}, "", {"queues": ["a/b"]}, "has 'a/b'; a name must be 1 to 128"),
    "no queue": ({}, "queues = []", {}, "queues in runwire.toml"),
    "no such certificate": ({}, "", {"tls_certificate": "no.pem"}, "does not point to a file"),
    "callers' certificates without ours": ({}, "", {"tls_client_ca": str(PAGE)}, "needs tls_cert"),
    "open to the world": ({}, "", {"grpc_address": "0.0.0.0:1"}, "--allow-remote"),
}


@pytest.mark.parametrize(("variables", "toml", "flags", "expected"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_stops_the_start_and_is_named(
    variables: dict[str, str],
    toml: str,
    flags: dict[str, Any],
    expected: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "runwire.toml").write_text(toml)
    with pytest.raises(Invalid) as refused:
        load(tmp_path, **flags)
    assert expected in str(refused.value)
    assert "sesame" not in str(refused.value)


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as refused:
        load(tmp_path, max_runs=0, drain_seconds=-1)
    assert len(refused.value.violations) == 2


LISTENS = {
    "127.0.0.1:1": True,
    "127.9.9.9:1": True,
    "localhost:1": True,
    "[::1]:1": True,
    "unix:/tmp/socket": True,
    "0.0.0.0:1": False,
    "[::]:1": False,
    "10.0.0.1:1": False,
    "example.org:1": False,
}


@pytest.mark.parametrize(("address", "near"), LISTENS.items())
def test_listening_beyond_this_machine_needs_a_word(address: str, near: bool) -> None:
    if not near:
        with pytest.raises(ValidationError, match="allow"):
            Settings(grpc_address=address)
    assert Settings(grpc_address=address, allow_remote=True).grpc_address == address


def test_callers_with_certificates_may_come_from_anywhere(tmp_path: Path) -> None:
    pem = tmp_path / "x.pem"
    pem.touch()
    with pytest.raises(ValidationError, match="allow"):
        Settings(grpc_address="0.0.0.0:1", tls_certificate=pem, tls_key=pem)
    assert Settings(
        grpc_address="0.0.0.0:1", tls_certificate=pem, tls_key=pem, tls_client_ca=pem
    ).tls


def test_variables_of_callers_are_not_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in CALLER_VARIABLES:
        monkeypatch.setenv(f"RUNWIRE_{name}".upper(), "x")
    assert load(Path("/nowhere")) == Settings()


def test_settings_cannot_change() -> None:
    with pytest.raises(ValidationError):
        Settings().max_runs = 3


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://ada:sesame@host/db",
        "postgresql://ada:se@s/ame@host/db",
        "postgresql://host/db?user=ada&password=sesame",
    ],
)
def test_passwords_are_not_shown(text: str) -> None:
    assert "ame" not in masked(text).replace("name", "")
    assert "host/db" in masked(text)


def test_a_secret_in_a_setting_is_not_in_its_repr() -> None:
    settings = Settings(artifacts_url="s3://key:sesame@bucket")
    assert "sesame" not in repr(settings)
    assert "sesame" not in str(settings)


def table_of_settings() -> str:
    lines = ["| setting | default | what it is |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (None, "", {}, ()) else f"`{field.default}`"
        lines.append(f"| `{name}` | {default} | {field.description} |")
    return "\n".join(lines)


def test_the_page_on_settings_is_fresh() -> None:
    assert table_of_settings() in PAGE.read_text(encoding="utf-8")


@pytest.fixture
def logs() -> Any:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield io.StringIO()
    root.handlers[:] = before
    root.setLevel(level)
    logging.captureWarnings(False)


def test_logs_are_json_lines_with_their_facts(logs: io.StringIO) -> None:
    set_up_logs("info", "json", logs)
    log = logging.getLogger("runwire.engine.worker")
    log.debug("unheard")
    log.info("claimed %d", 3, extra={"run_id": "r1"})
    line = json.loads(logs.getvalue())
    assert line.pop("time").endswith("Z")
    assert line == {
        "level": "info",
        "logger": "runwire.engine.worker",
        "message": "claimed 3",
        "run_id": "r1",
    }


def test_a_traceback_stays_within_its_json_line(logs: io.StringIO) -> None:
    set_up_logs("info", "json", logs)
    try:
        raise ValueError("boom")
    except ValueError:
        logging.getLogger("runwire").exception("failed")
    [line] = logs.getvalue().splitlines()
    assert "ValueError: boom" in json.loads(line)["exception"]


def test_logs_for_people_are_lines_without_colour_where_nobody_sees_it(logs: io.StringIO) -> None:
    set_up_logs("info", "console", logs)
    logging.getLogger("runwire.app.runs").warning("slow", extra={"run_id": "r1", "why": "a b"})
    assert logs.getvalue().rstrip().endswith('WARNING app.runs slow run_id=r1 why="a b"')


def test_libraries_are_quiet_and_logs_come_once(logs: io.StringIO) -> None:
    set_up_logs("debug", "console", logs)
    set_up_logs("debug", "console", logs)
    logging.getLogger("sqlalchemy.engine").info("select 1")
    logging.getLogger("runwire").debug("once")
    assert len(logs.getvalue().splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("runwire.toml", b'data_dir = "\xff"'),
        ("langgraph.json", b"\xff{}"),
        ("langgraph.json", b'{"graphs": ["a"]}'),
        ("langgraph.json", b'{"graphs": {"a": {}}}'),
        (".env", b"RUNWIRE_MAX_RUNS=\xff"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_what_to_do(
    name: str, content: bytes, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Invalid, match="mend or remove the file") as caught:
        load(tmp_path)
    assert name in caught.value.message


@pytest.mark.parametrize(
    "url", ["postgresql://u:p@h:port/n", "postgresql://a:1,b:2/n", "postgresql://u:p/q@h/n"]
)
def test_an_address_of_postgresql_that_cannot_be_read_is_refused(url: str) -> None:
    with pytest.raises(Invalid, match="one host and a port in digits"):
        load(Path("/nowhere"), database_url=url)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:p%2Fq@h:1/n",
        "postgresql://u@[::1]:5432/n?sslmode=require",
        "postgresql:///n?host=a,b&port=1,2",
        "postgresql://u:p@h@db/n",
    ],
)
def test_addresses_of_postgresql(url: str) -> None:
    found = load(Path("/nowhere"), database_url=url).database_url
    assert found.partition("://")[2] == url.partition("://")[2]

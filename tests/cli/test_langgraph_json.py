"""What `langgraph.json` says, and how it is refused."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from tests.test_config import clean_environment  # noqa: F401 - a fixture

from runwire.cli.settings import load, tell_ignored
from runwire.config import Settings
from runwire.domain.errors import Invalid
from runwire.langgraph_tables import (
    Cors,
    HeaderPatterns,
    RunWebhooks,
    Serde,
    StoreIndex,
    StoreTtl,
    ThreadTtl,
    WebhookUrls,
)


def loaded(directory: Path, **document: Any) -> Settings:
    (directory / "langgraph.json").write_text(json.dumps(document))
    return load(directory)


def test_every_key_with_a_meaning_here_is_read(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        python_version="3.11",
        dockerfile_lines=["RUN true"],
        dependencies=[".", "langchain_openai"],
        graphs={"a": "./a.py:graph", "b": {"path": "b:graph", "description": "It bees."}},
        env={"KEY": "value"},
        store={
            "index": {"dims": 3, "embed": "a.py:embed", "fields": ["$"]},
            "ttl": {"default_ttl": 60, "refresh_on_read": False, "sweep_interval_minutes": 5},
        },
        checkpointer={
            "ttl": {"strategy": "keep_latest", "default_ttl": 43200},
            "serde": {"allowed_json_modules": [["a", "B"]], "allowed_msgpack_modules": None},
        },
        auth={"path": "./auth.py:auth", "disable_studio_auth": True},
        http={
            "mount_prefix": "/agents",
            "disable_assistants": True,
            "disable_meta": False,
            "disable_mcp": True,
            "disable_webhooks": True,
            "cors": {"allow_origins": ["https://x.example"], "max_age": 60},
            "configurable_headers": {"includes": ["x-*"], "excludes": ["x-secret"]},
        },
        webhooks={"url": {"require_https": True, "allowed_ports": [443]}, "headers": {"X-A": "b"}},
    )
    assert found.graphs == {"a": "./a.py:graph", "b": "b:graph"}
    assert found.graph_descriptions == {"b": "It bees."}
    assert found.dependencies == (".", "langchain_openai")
    assert found.environment == {"KEY": "value"}
    assert found.langgraph_store_index == StoreIndex(dims=3, embed="a.py:embed", fields=("$",))
    assert found.langgraph_store_ttl == StoreTtl(
        default_ttl=60, refresh_on_read=False, sweep_interval_minutes=5
    )
    assert found.langgraph_thread_ttl == ThreadTtl(strategy="keep_latest", default_ttl=43200)
    assert found.langgraph_serde == Serde(
        allowed_json_modules=(("a", "B"),), allowed_msgpack_modules=None
    )
    assert (found.langgraph_auth, found.langgraph_studio_auth) == ("./auth.py:auth", False)
    assert found.langgraph_prefix == "/agents"
    assert found.langgraph_off == ("assistants", "webhooks")
    assert found.langgraph_cors_origins == ("https://x.example",)
    assert found.langgraph_cors == Cors(max_age=60)
    assert found.langgraph_headers == HeaderPatterns(includes=("x-*",), excludes=("x-secret",))
    assert found.langgraph_webhooks == RunWebhooks(
        url=WebhookUrls(require_https=True, allowed_ports=(443,)), headers={"X-A": "b"}
    )


def test_null_is_as_if_nothing_was_said(tmp_path: Path) -> None:
    said = {"store": None, "http": {"cors": None, "mount_prefix": None}, "auth": {"path": None}}
    assert loaded(tmp_path, graphs={}, **said) == Settings()


def test_studio_comes_in_only_where_that_is_said(tmp_path: Path) -> None:
    said = {"auth": {"path": "a.py:auth", "disable_studio_auth": False}}
    assert loaded(tmp_path, **said).langgraph_studio_auth
    assert not loaded(tmp_path, auth={"path": "a.py:auth"}).langgraph_studio_auth


def test_variables_may_be_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "secrets.env").write_text('KEY="a b"\nexport OTHER=2\nRUNWIRE_MAX_RUNS=3\nBARE\n')
    found = loaded(tmp_path, env="secrets.env")
    assert found.environment == {"KEY": "a b", "OTHER": "2"}
    assert found.max_runs == 64
    assert "a b" not in repr(found)


@pytest.mark.parametrize("inside", [False, True], ids=["environment", "env"])
def test_langgraph_config_says_what_own_assistants_begin_with(
    inside: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = '{"a": {"configurable": {"x": 1}, "recursion_limit": 7}}'
    if not inside:
        monkeypatch.setenv("LANGGRAPH_CONFIG", text)
    found = loaded(tmp_path, env={"LANGGRAPH_CONFIG": text} if inside else {})
    assert found.langgraph_config == {"a": {"configurable": {"x": 1}, "recursion_limit": 7}}


def test_a_stronger_place_counts_for_what_it_says_alone(tmp_path: Path) -> None:
    (tmp_path / "runwire.toml").write_text(
        'max_runs = 3\nlanggraph_prefix = "/toml"\n[graphs.b]\npath = "b:g"\ndescription = "Bee."\n'
    )
    found = loaded(
        tmp_path, graphs={"a": "a:g"}, auth={"path": "a:auth"}, http={"mount_prefix": "/json"}
    )
    assert (found.graphs, found.graph_descriptions) == ({"b": "b:g"}, {"b": "Bee."})
    assert (found.langgraph_prefix, found.langgraph_auth, found.max_runs) == ("/toml", "a:auth", 3)


def test_what_has_no_effect_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    loaded(
        tmp_path,
        image_distro="wolfi",
        surprise=1,
        graphs={"a": {"path": "a:g", "colour": "red"}},
        checkpointer={"path": "a.py:saver"},
        http={"app": "a.py:app", "logging_headers": {"excludes": ["*"]}, "cors": {"odd": 1}},
        store={"ttl": {"unit": "hours"}},
        webhooks={"url": {"odd": 1}},
    )
    with caplog.at_level(logging.WARNING):
        tell_ignored(tmp_path)
    assert {record.getMessage() for record in caplog.records} == {
        f"{key} in langgraph.json has no effect here"
        for key in (
            *("surprise", "graphs.a.colour", "checkpointer.path", "http.app", "http.cors.odd"),
            *("store.ttl.unit", "webhooks.url.odd"),
        )
    }


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"graphs": {"a": 3}}, 'graphs should be like {"name": "path.py:variable"}'),
        ({"graphs": {"a": {"description": "x"}}}, "graphs should be like"),
        ({"graphs": {"a": {"path": "a:g", "description": 3}}}, "graphs should be like"),
        ({"dependencies": "."}, None),
        ({"dependencies": [3]}, "dependencies in langgraph.json → 0 is '3': should be a valid str"),
        ({"env": 3}, "env is 3: it should be a JSON object"),
        ({"env": {"A": 3}}, "env → A should be text in quotes, not 3"),
        ({"env": {"RUNWIRE_MAX_RUNS": "3"}}, "env → RUNWIRE_MAX_RUNS: settings belong into .env"),
        ({"env": "absent.env"}, "env: there is no file"),
        ({"store": 3}, "store is 3: it should be a JSON object"),
        ({"store": {"index": [1]}}, "store.index is [1]: it should be a JSON object"),
        ({"store": {"index": {"embed": "x"}}}, "store.index in langgraph.json → dims"),
        (
            {"store": {"ttl": {"default_ttl": -1}}},
            "store.ttl in langgraph.json → default_ttl is '-1': should be greater than 0",
        ),
        (
            {"checkpointer": {"ttl": {"strategy": "keep"}}},
            "checkpointer.ttl in langgraph.json → strategy is 'keep': should be 'delete' or",
        ),
        ({"auth": {"path": 3}}, "auth.path in langgraph.json is '3': should be a valid string"),
        (
            {"auth": {"path": "a:b", "disable_studio_auth": "no"}},
            "auth.disable_studio_auth is 'no': it should be true or false",
        ),
        ({"http": {"disable_runs": 1}}, "http.disable_runs is 1: it should be true or false"),
        (
            {"http": {"mount_prefix": "agents"}},
            "http.mount_prefix in langgraph.json is 'agents': should be empty, off, or a path",
        ),
        (
            {"http": {"cors": {"allow_origins": "x", "max_age": "long"}}},
            "http.cors in langgraph.json → max_age is 'long': should be a valid integer",
        ),
        (
            {"webhooks": {"url": {"allowed_ports": [0]}}},
            "webhooks in langgraph.json → url → allowed_ports → 0 is '0'",
        ),
        ({"encryption": {"path": "a:b"}}, "encryption: there is none; remove it to store what"),
        ([], "it should be a JSON object"),
    ],
)
def test_what_is_wrong_is_refused_by_its_own_name(
    document: Any, message: str | None, tmp_path: Path
) -> None:
    (tmp_path / "langgraph.json").write_text(json.dumps(document))
    if message is None:
        assert load(tmp_path).dependencies == (".",)
        return
    with pytest.raises(Invalid) as caught:
        load(tmp_path)
    assert message in caught.value.message


def test_a_wrong_default_config_names_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANGGRAPH_CONFIG", '{"a": {"colour": "red"}}')
    with pytest.raises(Invalid, match=r"LANGGRAPH_CONFIG → a .*has colour; it may have"):
        load(tmp_path)

"""The settings that `langgraph.json` holds, by the names they have here.

1. What is known is a setting, and refused by its own name where it is wrong.
2. What says how an image is built, or switches off what there is not, is passed over in silence.
3. Any other key is passed over, too, and told of in the log (`ignored`); but what would leave data
   less safe than its author believes is refused.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from dotenv import dotenv_values

from runwire.domain.errors import Invalid
from runwire.langgraph_tables import (
    Cors,
    HeaderPatterns,
    RunWebhooks,
    Serde,
    StoreIndex,
    StoreTtl,
    Table,
    ThreadTtl,
    WebhookUrls,
)

NAME: Final = "langgraph.json"

_SETTINGS: Final[Mapping[str, str]] = {
    "graphs": "graphs",
    "dependencies": "dependencies",
    "env": "environment",
    "store.index": "langgraph_store_index",
    "store.ttl": "langgraph_store_ttl",
    "checkpointer.ttl": "langgraph_thread_ttl",
    "checkpointer.serde": "langgraph_serde",
    "auth.path": "langgraph_auth",
    "auth.disable_studio_auth": "langgraph_studio_auth",
    "http.mount_prefix": "langgraph_prefix",
    "http.cors.allow_origins": "langgraph_cors_origins",
    "http.cors": "langgraph_cors",
    "http.configurable_headers": "langgraph_headers",
    "webhooks": "langgraph_webhooks",
}
_TABLES: Final[Mapping[str, type[Table]]] = {
    "store.index": StoreIndex,
    "store.ttl": StoreTtl,
    "checkpointer.ttl": ThreadTtl,
    "checkpointer.serde": Serde,
    "http.cors": Cors,
    "http.configurable_headers": HeaderPatterns,
    "webhooks": RunWebhooks,
    "webhooks.url": WebhookUrls,
}
_OF_GRAPHS: Final = frozenset({"path", "description"})
_GROUPS: Final = ("assistants", "threads", "runs", "store", "meta", "webhooks")
_SECTIONS: Final = ("store", "checkpointer", "auth", "http")
_OF_IMAGES: Final = (
    *("$schema", "api_version", "base_image", "dockerfile_lines", "image_distro"),
    *("keep_pkg_tools", "node_version", "pip_config_file", "pip_installer", "python_version"),
    *("source", "_INTERNAL_docker_tag"),
)
_OF_NOTHING: Final = (
    *("http.disable_mcp", "http.disable_a2a", "http.disable_ui", "http.logging_headers"),
    *("http.middleware_order", "http.enable_custom_route_auth", "auth.openapi"),
)


@dataclass(frozen=True, slots=True)
class Read:
    """What a file says."""

    values: Mapping[str, Any] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    """Setting → the key that it has in the file."""
    ignored: tuple[str, ...] = ()
    """Keys that have no effect."""


def read(path: Path) -> Read:
    """Return the settings in a file; raise Invalid naming what is wrong."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise _wrong(path, f"is not JSON in UTF-8: {error}; mend or remove the file") from None
    found: dict[str, Any] = {}
    ignored: list[str] = []
    for key, value in _flat(path, _object(path, "", document), ""):
        if value is None or key in _OF_IMAGES or key in _OF_NOTHING:
            continue
        if key in _SETTINGS:
            found[key] = _value(path, key, value, ignored)
        elif key.removeprefix("http.disable_") in _GROUPS:
            found[key] = _flag(path, key, value)
        elif key == "encryption":
            raise _wrong(path, "encryption: there is none; remove it to store what runs save as is")
        else:
            ignored.append(key)
    return Read(_by_setting(found), {_SETTINGS[k]: k for k in found if k in _SETTINGS}, (*ignored,))


def _flat(path: Path, table: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    """Yield the keys of the file, those of its sections with dots."""
    for name, value in table.items():
        key = f"{prefix}{name}"
        if key in _SECTIONS and value is not None:
            yield from _flat(path, _object(path, key, value), f"{key}.")
        elif key == "http.cors" and value is not None:
            rest = dict(_object(path, key, value))
            yield "http.cors.allow_origins", rest.pop("allow_origins", None)
            yield key, rest or None
        else:
            yield key, value


def _value(path: Path, key: str, value: Any, ignored: list[str]) -> Any:
    if key in _TABLES:
        return _known(path, key, value, ignored)
    if key == "env":
        return _variables(path, value)
    if key == "graphs":
        return _graphs(path, value, ignored)
    if key == "auth.disable_studio_auth":
        return not _flag(path, key, value)
    return value


def _known(path: Path, key: str, value: Any, ignored: list[str]) -> Mapping[str, Any]:
    """Return what is known of a table, and note the rest."""
    fields = _TABLES[key].model_fields
    known: dict[str, Any] = {}
    for name, each in _object(path, key, value).items():
        inner = f"{key}.{name}"
        if name not in fields:
            ignored.append(inner)
        elif inner in _TABLES and each is not None:
            known[name] = _known(path, inner, each, ignored)
        elif each is not None or name.startswith("allowed_"):
            known[name] = each
    return known


def _graphs(path: Path, value: Any, ignored: list[str]) -> Mapping[str, Any]:
    fits = isinstance(value, dict) and all(_is_graph(each) for each in value.values())
    if not fits:
        raise _wrong(
            path,
            'graphs should be like {"name": "path.py:variable"} or {"name": {"path":'
            ' "path.py:variable", "description": "…"}}; mend or remove the file',
        )
    graphs: dict[str, Any] = {}
    for name, each in value.items():
        if isinstance(each, dict):
            ignored += [f"graphs.{name}.{key}" for key in each.keys() - _OF_GRAPHS]
            each = {key: said for key, said in each.items() if key in _OF_GRAPHS and said}
        graphs[name] = each
    return graphs


def _is_graph(value: Any) -> bool:
    if isinstance(value, dict):
        return isinstance(value.get("path"), str) and isinstance(
            value.get("description"), str | None
        )
    return isinstance(value, str)


def _variables(path: Path, value: Any) -> Mapping[str, str]:
    """Return variables for graphs; settings of this program in a file are read elsewhere."""
    if isinstance(value, str):
        file = path.parent / value
        if not file.is_file():
            raise _wrong(path, f"env: there is no file {file}")
        said = dotenv_values(file, encoding="utf-8")
        return {
            name: text
            for name, text in said.items()
            if text is not None and not name.upper().startswith("RUNWIRE_")
        }
    for name, text in _object(path, "env", value).items():
        if not isinstance(text, str):
            raise _wrong(path, f"env → {name} should be text in quotes, not {text!r:.100}")
        if name.upper().startswith("RUNWIRE_"):
            raise _wrong(path, f"env → {name}: settings belong into .env or runwire.toml")
    return dict(value)


def _by_setting(found: Mapping[str, Any]) -> Mapping[str, Any]:
    off = tuple(
        key.removeprefix("http.disable_") for key, value in found.items() if _switch(key) and value
    )
    values = {_SETTINGS[key]: value for key, value in found.items() if key in _SETTINGS}
    return values | ({"langgraph_off": off} if off else {})


def _switch(key: str) -> bool:
    return key.startswith("http.disable_")


def _object(path: Path, key: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        what = f"{key} is {value!r:.100}: it" if key else "it"
        raise _wrong(path, f"{what} should be a JSON object")
    return value


def _flag(path: Path, key: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _wrong(path, f"{key} is {value!r:.100}: it should be true or false")
    return value


def _wrong(path: Path, problem: str) -> Invalid:
    return Invalid(f"{path}: {problem}", reason="INVALID_SETTING")

"""Where settings come from.

1. Six places: flags > environment > `.env` > `runwire.toml` > `langgraph.json` > defaults. The
   strongest place that has a setting gives all of it; tables are not mixed.
2. What is unknown or wrong stops the start with an error that names the setting, the place it
   came from and the remedy.
"""

import difflib
import logging
import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import (
    DotEnvSettingsSource,
    EnvSettingsSource,
    TomlConfigSettingsSource,
)

from runwire.cli import langgraph_json
from runwire.config import PREFIX, Settings
from runwire.domain.errors import Invalid, Violation
from runwire.spelling import masked

CALLER_VARIABLES: Final = frozenset(
    {"server", "tls", "ca_certificate", "client_certificate", "client_key", "api_key", "namespace"}
)
"""`RUNWIRE_*` variables that are not settings: how the command line reaches a server."""
LANGGRAPH_CONFIG: Final = "LANGGRAPH_CONFIG"
"""LangGraph's own variable for what `langgraph_config` says."""

log = logging.getLogger(__name__)


def load(directory: Path = Path(), **flags: object) -> Settings:
    """Return the settings that hold in a directory, or raise Invalid; a flag of None is unset."""
    found: dict[str, tuple[str, Any]] = {}
    for place in _places(directory, flags):
        for name, value in place.values.items():
            found.setdefault(name, (place.label(name), value))
    try:
        return Settings(**{name: value for name, (_, value) in found.items()})
    except ValidationError as error:
        faults = [_fault(each, found) for each in error.errors()]
        raise Invalid(
            "\n".join(f"{each.field}: {each.description}" for each in faults),
            reason="INVALID_SETTING",
            violations=faults,
        ) from None


def ignored(directory: Path = Path()) -> Sequence[str]:
    """Return what `langgraph.json` in a directory says in vain, as people read it."""
    keys = _read_langgraph(directory).ignored
    return [f"{key} in {langgraph_json.NAME} has no effect here" for key in keys]


def tell_ignored(directory: Path = Path()) -> None:
    """Log it."""
    for each in ignored(directory):
        log.warning(each)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where settings came from: what it has, and how it spells a setting's name."""

    values: Mapping[str, Any]
    spelling: str
    names: Mapping[str, str] = field(default_factory=dict)
    """Those that are called otherwise there."""

    def label(self, name: str) -> str:
        there, flag = self.names.get(name, name), name.replace("_", "-")
        return self.spelling.format(name=there, flag=flag, variable=f"{PREFIX}{name}".upper())


def _places(directory: Path, flags: Mapping[str, object]) -> Iterator[_Place]:
    environment = EnvSettingsSource(Settings)
    dotenv = _read_dotenv(directory / ".env")
    yield _Place({key: value for key, value in flags.items() if value is not None}, "--{flag}")
    yield _Place(_variables(environment), "{variable} in the environment")
    yield _Place(_variables(dotenv), "{variable} in .env")
    langgraph = _read_langgraph(directory)
    if text := os.environ.get(LANGGRAPH_CONFIG, _inner(langgraph.values).get(LANGGRAPH_CONFIG)):
        yield _Place({"langgraph_config": text}, LANGGRAPH_CONFIG)
    toml = directory / "runwire.toml"
    if toml.exists():
        yield _Place(_read_toml(toml), "{name} in runwire.toml")
    yield _Place(langgraph.values, "{name} in langgraph.json", langgraph.keys)


def _variables(source: EnvSettingsSource) -> Mapping[str, Any]:
    named = {
        name.removeprefix(PREFIX): value
        for name, value in source.env_vars.items()
        if name.startswith(PREFIX)
    }
    return {name: value for name, value in named.items() if name not in CALLER_VARIABLES}


def _read_dotenv(path: Path) -> DotEnvSettingsSource:
    try:
        return DotEnvSettingsSource(Settings, env_file=path)
    except UnicodeDecodeError as error:
        raise _unreadable(path, "a list of variables", error) from None


def _read_toml(path: Path) -> Mapping[str, Any]:
    try:
        return TomlConfigSettingsSource(Settings, path).toml_data
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _unreadable(path, "TOML", error) from None


def _read_langgraph(directory: Path) -> langgraph_json.Read:
    path = directory / langgraph_json.NAME
    return langgraph_json.read(path) if path.exists() else langgraph_json.Read()


def _inner(values: Mapping[str, Any]) -> Mapping[str, str]:
    found: Mapping[str, str] = values.get("environment", {})
    return found


def _unreadable(path: Path, form: str, error: ValueError) -> Invalid:
    return Invalid(
        f"{path} is not {form} in UTF-8: {error}; mend or remove the file", reason="INVALID_SETTING"
    )


def _fault(error: ErrorDetails, found: Mapping[str, tuple[str, Any]]) -> Violation:
    """Say what is wrong with a setting; an error of several settings has its name as type."""
    path = [str(part) for part in error["loc"]] or [error["type"]]
    label, value = found.get(path[0], (f"{path[0]} (default)", None))
    if error["type"] == "extra_forbidden":
        near = difflib.get_close_matches(path[0], Settings.model_fields, 1)
        remedy = f"did you mean {near[0]}?" if near else "remove it"
        return Violation(label, f"no such setting; {remedy}")
    problem = error["msg"].removeprefix("Value error, ").removeprefix("Input ")
    inside = "".join(f" → {part}" for part in path[1:])
    wrong = error["input"] if inside else value
    shown = "" if wrong is None else f" is {masked(str(wrong))!r}"
    return Violation(f"{label}{inside}{shown}", problem)

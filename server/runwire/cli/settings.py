"""Where settings come from.

1. Five places: flags > environment > `.env` > `runwire.toml` > defaults. The strongest place that
   has a setting gives all of it; tables are not mixed. Without `runwire.toml`, the `graphs` table
   of `langgraph.json` counts.
2. What is unknown or wrong stops the start with an error that names the setting, the place it
   came from and the remedy.
"""

import difflib
import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import (
    DotEnvSettingsSource,
    EnvSettingsSource,
    JsonConfigSettingsSource,
    TomlConfigSettingsSource,
)

from runwire.config import PREFIX, Settings
from runwire.domain.errors import Invalid, Violation
from runwire.spelling import masked

CALLER_VARIABLES: Final = frozenset(
    {"server", "tls", "ca_certificate", "client_certificate", "client_key", "api_key", "namespace"}
)
"""`RUNWIRE_*` variables that are not settings: how the command line reaches a server."""


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


@dataclass(frozen=True, slots=True)
class _Place:
    """Where settings came from: what it has, and how it spells a setting's name."""

    values: Mapping[str, Any]
    spelling: str

    def label(self, name: str) -> str:
        flag = name.replace("_", "-")
        return self.spelling.format(name=name, flag=flag, variable=f"{PREFIX}{name}".upper())


def _places(directory: Path, flags: Mapping[str, object]) -> Iterator[_Place]:
    environment = EnvSettingsSource(Settings)
    dotenv = _read_dotenv(directory / ".env")
    yield _Place({key: value for key, value in flags.items() if value is not None}, "--{flag}")
    yield _Place(_variables(environment), "{variable} in the environment")
    yield _Place(_variables(dotenv), "{variable} in .env")
    toml = directory / "runwire.toml"
    if toml.exists():
        yield _Place(_read_toml(toml), "{name} in runwire.toml")
    elif (directory / "langgraph.json").exists():
        yield _Place(_read_langgraph(directory / "langgraph.json"), "{name} in langgraph.json")


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


def _read_langgraph(path: Path) -> Mapping[str, Any]:
    try:
        table = JsonConfigSettingsSource(Settings, path).json_data.get("graphs", {})
        spelled = {
            name: each["path"] if isinstance(each, dict) else each for name, each in table.items()
        }
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise _unreadable(path, "JSON", error) from None
    except (AttributeError, KeyError):
        raise Invalid(
            f'{path}: graphs should be like {{"name": "path.py:variable"}}; '
            "mend or remove the file",
            reason="INVALID_SETTING",
        ) from None
    return {"graphs": spelled}


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

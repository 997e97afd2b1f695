"""What a graph is started with: its input, a command, or nothing."""

from collections.abc import Mapping
from typing import Any

from langgraph.types import Command, Send

from runwire.domain.errors import invalid
from runwire.domain.payload import decode
from runwire.domain.run_options import RunOptions


def given_of(data: bytes, options: RunOptions) -> Any:
    """Return what a run's graph is started with; a command counts before the input."""
    command = command_of(options.command)
    if command is not None:
        return command
    return decode(data, name="input") if data else None


def command_of(words: Mapping[str, Any] | None) -> "Command[Any] | None":
    """Return a command of a caller; None if it says nothing. Raises Invalid."""
    if not words or all(words.get(key) is None for key in ("resume", "update", "goto")):
        return None
    return Command(
        resume=words.get("resume"),
        update=_update_of(words.get("update")),
        goto=_goto_of(words.get("goto")),
    )


def _update_of(update: Any) -> Any:
    """Return an update; a list of pairs, as JSON has it, becomes one of tuples."""
    if isinstance(update, list):
        return [_pair_of(item) for item in update]
    return update


def _pair_of(item: Any) -> Any:
    return tuple(item) if isinstance(item, list) and len(item) == 2 else item


def _goto_of(goto: Any) -> Any:
    if goto is None:
        return ()
    if isinstance(goto, list):
        return [_place_of(item) for item in goto]
    return _place_of(goto)


def _place_of(place: Any) -> Any:
    if isinstance(place, str):
        return place
    if isinstance(place, Mapping) and isinstance(place.get("node"), str):
        return Send(place["node"], place.get("input", place.get("arg")))
    raise invalid("command.goto", 'must be a node\'s name, {"node", "input"}, or a list of these')

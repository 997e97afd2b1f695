"""What commands have in common: the fields they may have, and how they fail."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from pydantic import Field

from runwire.domain.errors import NotFound
from runwire.domain.langgraph_auth import Action
from runwire.domain.thread import Thread
from runwire.http.langgraph.asking import Asked
from runwire.http.langgraph.bodies import Body
from runwire.http.langgraph.sight import thread_in

Json = Mapping[str, Any]
Envelope = Mapping[str, Any]
"""A command, or its answer."""
Command = Callable[[Asked, Json], Awaitable[Json]]
"""Does what a command says, by its params; raises CommandError, or an Error of ours."""


class CommandError(Exception):
    """A command cannot be done; `code` is the protocol's word for why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class RunWords(Body):
    """What may be said of any run that a command starts."""

    config: dict[str, Any] = Field(default_factory=dict)
    context: Any = None
    metadata: dict[str, Any] = Field(default_factory=dict)
    strict_resume: bool = False


def success_of(command_id: Any, result: Envelope, through: int) -> Envelope:
    """Return the answer to a command that was done."""
    meta = {"applied_through_seq": through}
    return {"type": "success", "id": command_id, "result": result, "meta": meta}


def error_of(command_id: Any, code: str, message: str) -> Envelope:
    """Return the answer to a command that was not."""
    return {"type": "error", "id": command_id, "error": code, "message": message}


async def thread_of(asked: Asked) -> Thread | None:
    """Return the thread in the path as the caller may see it; None if there is none."""
    try:
        found = await thread_in(asked, Action.READ)
        return await asked.parts.threads.get(found.thread_id, also=found.also)
    except NotFound:
        return None

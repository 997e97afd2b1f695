"""Commands of the event streaming protocol: `POST /threads/{thread_id}/commands`.

| method | does |
|--------|------|
| run.start | starts a run, making the thread if there is none; resumes one that waits for input |
| input.respond | answers questions of a thread, one or several |
| agent.getTree | tells which subgraphs of a run are under way |
| state.get | returns the state of a thread, or of a subgraph |
| state.listCheckpoints, state.fork | what the thread went through, and a run from there |

What is wrong with a command is an answer, ``{"type": "error", …}``, with status 200; only what is
no command at all has status 400.
"""

from collections.abc import Sequence
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from runwire.domain.errors import (
    Denied,
    Error,
    Invalid,
    NotFound,
    Unauthenticated,
    Unavailable,
)
from runwire.domain.payload import decode
from runwire.http.langgraph import command_runs, command_states
from runwire.http.langgraph.answers import json_answer
from runwire.http.langgraph.asking import Asked
from runwire.http.langgraph.command_words import CommandError, Envelope, error_of, success_of
from runwire.http.langgraph.parts import Parts
from runwire.http.langgraph.routing import route
from runwire.http.langgraph.seqs import reached

CREATE: Final = "RunService/CreateRun"
NOT_HERE: Final = frozenset(
    {"subscription.subscribe", "subscription.unsubscribe", "subscription.reconnect"}
)
NO_COMMAND: Final = "Protocol commands must include an integer id and a string method."
COMMANDS: Final = {**command_runs.COMMANDS, **command_states.COMMANDS}

_CODES: Final[Sequence[tuple[type[Error], str]]] = (
    (Invalid, "invalid_argument"),
    (Denied, "permission_denied"),
    (Unauthenticated, "permission_denied"),
)
_MISSING: Final = {
    "CHECKPOINT_NOT_FOUND": "no_such_checkpoint",
    "ASSISTANT_NOT_FOUND": "invalid_argument",
    "GRAPH_NOT_FOUND": "invalid_argument",
}


def routes(parts: Parts) -> Sequence[BaseRoute]:
    """Return the routes."""
    path = "/threads/{thread_id}/commands"
    return (route(parts, "POST", path, CREATE, _answer),)


async def _answer(asked: Asked) -> Response:
    asked.thread()
    try:
        envelope = decode(await asked.data(), name="body")
    except Invalid:
        return json_answer({"detail": "Invalid JSON body"}, status=400)
    if not is_command(envelope):
        return json_answer(no_command(envelope), status=400)
    if envelope["method"] in NOT_HERE:
        why = "subscriptions are for WebSockets; here a subscription is a stream of its own"
        return json_answer(error_of(envelope["id"], "not_supported", why))
    return json_answer(await answered(asked, envelope))


def is_command(envelope: Any) -> bool:
    """Whether something that came in is a command."""
    if not isinstance(envelope, dict):
        return False
    command_id = envelope.get("id")
    numbered = isinstance(command_id, int) and not isinstance(command_id, bool)
    return numbered and isinstance(envelope.get("method"), str)


def no_command(envelope: Any) -> Envelope:
    """Return the answer to what is none."""
    command_id = envelope.get("id") if isinstance(envelope, dict) else None
    return error_of(command_id, "invalid_argument", NO_COMMAND)


async def answered(asked: Asked, envelope: Envelope) -> Envelope:
    """Do what a command says; return the answer. Raises Unavailable, and what nobody expects."""
    command_id, method = envelope["id"], envelope["method"]
    do = COMMANDS.get(method)
    if do is None:
        return error_of(command_id, "unknown_command", f"Unknown protocol command: {method[:64]}")
    params = envelope.get("params")
    if params is not None and not isinstance(params, dict):
        return error_of(command_id, "invalid_argument", "params must be an object")
    try:
        through = await applied_through(asked)
        result = await do(asked, params or {})
    except CommandError as error:
        return error_of(command_id, error.code, str(error))
    except Unavailable:
        raise
    except Error as error:
        return error_of(command_id, code_of(error), error.message)
    return success_of(command_id, result, through)


async def applied_through(asked: Asked) -> int:
    """Return the number of the newest event there is: what follows a command has a higher one."""
    begun = await asked.parts.thread_watch.begun(asked.thread())
    return max(map(reached, begun), default=0)


def code_of(error: Error) -> str:
    """Return the protocol's word for an error."""
    if isinstance(error, NotFound):
        return _MISSING.get(error.reason, "no_such_run")
    return next((code for kind, code in _CODES if isinstance(error, kind)), "unknown_error")

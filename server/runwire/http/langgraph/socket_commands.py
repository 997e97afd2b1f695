"""Commands that come over a WebSocket: each is a call of its own, beside the one that watches."""

import logging
from typing import Any, Final

from runwire.domain.errors import Denied, Error
from runwire.domain.langgraph_auth import Refused
from runwire.http.langgraph import callers, command_states
from runwire.http.langgraph.asking import Asked
from runwire.http.langgraph.command_words import Envelope, error_of
from runwire.http.langgraph.commands import CREATE, answered, code_of
from runwire.http.langgraph.errors import unexpected
from runwire.http.langgraph.events import WATCH
from runwire.http.langgraph.routing import SERVICE

DENIED: Final = "permission_denied"

_log = logging.getLogger(__name__)


async def answered_alone(asked: Asked, envelope: Envelope) -> Envelope:
    """Do what a command says, if whoever watches may do that, too; return the answer."""
    rpc = WATCH if envelope["method"] in command_states.COMMANDS else CREATE
    parts, connection = asked.parts, asked.connection
    async with callers.begin(parts.calls, f"{SERVICE}{rpc}", connection) as call:
        try:
            caller, user = await callers.identified(call, parts.auth, connection, b"")
            return await answered(Asked(parts, call, connection, caller, user), envelope)
        except Exception as error:  # noqa: BLE001 - it becomes an answer
            return _refused(envelope["id"], error, call)


def _refused(command_id: Any, error: Exception, call: callers.Call) -> Envelope:
    if isinstance(error, Refused):
        call.failed(Denied("refused by a handler of the user's own", reason="CUSTOM_AUTH_REFUSED"))
        return error_of(command_id, DENIED, error.detail)
    call.failed(error)
    if isinstance(error, Error):
        return error_of(command_id, code_of(error), error.message)
    _log.error("a command failed", extra={"request_id": call.request_id}, exc_info=error)
    return error_of(command_id, "unknown_error", unexpected(call.request_id))

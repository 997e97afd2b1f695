"""Events and commands over one WebSocket: `/threads/{thread_id}/stream/events`.

1. Each message of a client is a command, as `POST …/commands` takes it, and is answered by its id.
   Besides there are `subscription.subscribe`, `.unsubscribe` and `.reconnect`.
2. Each subscription begins with what the runs that count now have told. Events do not say for
   which subscription they are: clients know them by their ids. Subscriptions that are made at once
   are told together, in order: clients take the end of a run for the end of all they wait for.
3. Who may open it may watch. Each command is a call of its own: its role, its rate and its entry in
   the audit log count.
4. A server that goes away closes with 1012; what may not be watched is closed with 4000 and the
   status that HTTP has, since browsers cannot read that of a handshake.
"""

import asyncio
import logging
import uuid
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any, Final, cast

from starlette.routing import BaseRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from httprule.bodies import ClientGone
from runwire.domain.errors import Error, Invalid, Unavailable, invalid
from runwire.domain.langgraph_auth import Refused
from runwire.domain.payload import decode, encode
from runwire.domain.thread import ThreadId
from runwire.http.langgraph.asking import Asked
from runwire.http.langgraph.command_words import Envelope, error_of, success_of
from runwire.http.langgraph.commands import applied_through, is_command, no_command
from runwire.http.langgraph.errors import status_of, unexpected
from runwire.http.langgraph.events import PATH, WATCH, visible_to, watched
from runwire.http.langgraph.following import follow
from runwire.http.langgraph.parts import Parts
from runwire.http.langgraph.routing import socket_route
from runwire.http.langgraph.socket_commands import answered_alone
from runwire.http.langgraph.subscriptions import Subscription, subscription_of
from runwire.http.websocket import BEARER

RESTARTING: Final = 1012
FAILED: Final = 1011
REFUSED: Final = 4000
MAX_SUBSCRIPTIONS: Final = 64
GATHER_SECONDS: Final = 0.02
NO_SUBSCRIPTION: Final = "no_such_subscription"

_log = logging.getLogger(__name__)

Group = dict[str, Subscription]
"""Subscriptions that are told together, by name."""


def routes(parts: Parts) -> list[BaseRoute]:
    """Return the routes."""
    return [socket_route(parts, PATH, WATCH, converse)]


async def converse(asked: Asked, socket: WebSocket) -> None:
    """Talk until the client leaves, or the server."""
    offered = [word.strip() for word in socket.scope.get("subprotocols", ())]
    await socket.accept(subprotocol=BEARER if offered[:1] == [BEARER] else None)
    try:
        thread_id = await watched(asked)
        async with asked.call.stream():
            await _Conversation(asked, socket, thread_id).run()
    except (ClientGone, WebSocketDisconnect, OSError):
        return
    except Unavailable as error:
        asked.call.failed(error)
        await socket.close(RESTARTING, error.reason)
    except Refused as refused:
        await _refuse(socket, refused.status_code, "permission_denied", refused.detail)
    except Error as error:
        asked.call.failed(error)
        code = "no_such_run" if status_of(error, {}) == 404 else "unknown_error"
        await _refuse(socket, status_of(error, {}), code, error.message)
    except Exception as error:  # noqa: BLE001 - the last boundary: the log has the rest
        asked.call.failed(error)
        _log.error("a socket failed", extra={"request_id": asked.call.request_id}, exc_info=error)
        await socket.close(FAILED, unexpected(asked.call.request_id))


async def _refuse(socket: WebSocket, status: int, code: str, message: str) -> None:
    await socket.send_text(encode(error_of(None, code, message)).decode())
    await socket.close(REFUSED + status, code)


class _Conversation:
    """One WebSocket, and what is subscribed to over it."""

    def __init__(self, asked: Asked, socket: WebSocket, thread_id: ThreadId) -> None:
        self._asked = asked
        self._socket = socket
        self._thread_id = thread_id
        self._subscriptions: dict[str, Group] = {}
        self._gathering: Group = {}
        self._timer: asyncio.TimerHandle | None = None
        self._tasks = asyncio.TaskGroup()
        self._tellers: set[asyncio.Task[None]] = set()
        self._sending = asyncio.Lock()

    async def run(self) -> None:
        """Answer commands until the client leaves."""
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                try:
                    await self._listen()
                finally:
                    if self._timer is not None:
                        self._timer.cancel()
                    for teller in self._tellers:
                        teller.cancel()
        except BaseExceptionGroup as group:
            raise _first(group) from None

    async def _listen(self) -> None:
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text")
            data = message.get("bytes") or b"" if text is None else str(text).encode()
            await self._take(data)

    async def _take(self, data: bytes) -> None:
        try:
            envelope = decode(data, name="message")
        except Invalid as error:
            await self._say(error_of(None, "invalid_argument", error.message))
            return
        if not is_command(envelope):
            await self._say(no_command(envelope))
            return
        match envelope["method"]:
            case "subscription.subscribe":
                await self._subscribe(envelope)
            case "subscription.unsubscribe":
                await self._unsubscribe(envelope)
            case "subscription.reconnect":
                await self._reconnect(envelope)
            case _:
                await self._say(await answered_alone(self._asked, envelope))

    async def _subscribe(self, envelope: Envelope) -> None:
        if self._timer is not None:
            self._timer.cancel()
        try:
            await self._succeed(envelope, {**self._subscribed(envelope), "replayed_events": 0})
        except Invalid as error:
            await self._say(error_of(envelope["id"], "invalid_argument", error.message))
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(GATHER_SECONDS, self._begin_to_tell)

    def _subscribed(self, envelope: Envelope) -> Envelope:
        """Take a subscription in; raise Invalid."""
        wanted = subscription_of(_params(envelope))
        if len(self._subscriptions) >= MAX_SUBSCRIPTIONS:
            why = f"one connection has {MAX_SUBSCRIPTIONS} at most"
            raise invalid("subscriptions", why)
        name = str(uuid.uuid4())
        self._gathering[name] = wanted
        self._subscriptions[name] = self._gathering
        return {"subscription_id": name}

    def _begin_to_tell(self) -> None:
        group, self._gathering = self._gathering, {}
        if group:
            teller = self._tasks.create_task(self._tell(group), name="subscriptions")
            self._tellers.add(teller)
            teller.add_done_callback(self._tellers.discard)

    async def _unsubscribe(self, envelope: Envelope) -> None:
        name = str(_params(envelope).get("subscription_id"))
        group = self._subscriptions.pop(name, None)
        if group is None:
            why = f"No subscription {name[:64]} on this connection."
            await self._say(error_of(envelope["id"], NO_SUBSCRIPTION, why))
            return
        del group[name]
        await self._succeed(envelope, {})

    async def _reconnect(self, envelope: Envelope) -> None:
        """Say whether subscriptions are still there: they live as long as their connection."""
        names = _params(envelope).get("subscriptions")
        wanted = names if isinstance(names, list) else []
        restored = bool(wanted) and all(str(name) in self._subscriptions for name in wanted)
        await self._succeed(envelope, {"restored": restored})

    async def _tell(self, group: Group) -> None:
        parts = self._asked.parts
        told = follow(
            parts.thread_watch,
            self._thread_id,
            group.values(),
            visible=visible_to(self._asked),
            now=parts.now,
        )
        async with aclosing(cast("Any", told)) as batches:
            async for batch in batches:
                for said in batch:
                    await self._send(said.json())
                if not group:
                    return

    async def _succeed(self, envelope: Envelope, result: Envelope) -> None:
        through = await applied_through(self._asked)
        await self._say(success_of(envelope["id"], result, through))

    async def _say(self, answer: Envelope) -> None:
        await self._send(encode(answer))

    async def _send(self, data: bytes) -> None:
        async with self._sending:
            await self._socket.send_text(data.decode())


def _params(envelope: Envelope) -> Mapping[str, Any]:
    params = envelope.get("params")
    return params if isinstance(params, dict) else {}


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return what ended a group of tasks; the rest followed from it."""
    found: BaseException = group
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found

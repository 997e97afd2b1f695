"""A request as the routes see it: who asks, what with, and for what."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, TypeVar

from starlette.requests import HTTPConnection, Request

from runwire.domain.caller import Caller
from runwire.domain.errors import invalid
from runwire.domain.langgraph_auth import Action, Resource, User
from runwire.domain.payload import decode
from runwire.domain.thread import ThreadId
from runwire.http.langgraph import bodies
from runwire.http.langgraph.bodies import Body, Query
from runwire.http.langgraph.callers import Call
from runwire.http.langgraph.parts import Parts

OFF_LOOP_BYTES: Final = 128 * 1024
"""Larger bodies are read on a thread: nobody else shall wait for it."""

M = TypeVar("M", bound=Body)
Json = Mapping[str, Any]


class Asked:
    """One request, or WebSocket, of somebody who may make it."""

    def __init__(
        self,
        parts: Parts,
        call: Call,
        connection: HTTPConnection,
        caller: Caller,
        user: User | None,
        known_body: bytes | None = None,
    ) -> None:
        self.parts = parts
        self.call = call
        self.connection = connection
        self.caller = caller
        self.user = user
        self.query = Query(connection.query_params)
        self.headers = connection.headers
        self._body = known_body

    def id(self, name: str) -> str:
        """Return an id in the path, a UUID in lower case; raise Invalid if it is none."""
        found = bodies.uuid_of(self.word(name), name=name)
        self.call.about(**{name: found})
        return found

    def word(self, name: str) -> str:
        """Return what stands in the path under a name."""
        return str(self.connection.path_params.get(name, ""))

    def thread(self) -> ThreadId:
        """Return the whole id of the thread in the path."""
        return ThreadId(self.caller.whole(self.id("thread_id")))

    async def data(self) -> bytes:
        """Return the body; raise Exhausted if it is too large."""
        if self._body is None:
            if not isinstance(self.connection, Request):
                return b""
            self._body = await bodies.read(self.connection, self.parts.max_body_bytes)
        return self._body

    async def body(self, model: type[M], *, nulls: Collection[str] = ()) -> M:
        """Return the fields of the body; raise Invalid, naming what is wrong."""
        data = await self.data()
        if len(data) > OFF_LOOP_BYTES:
            return await asyncio.to_thread(bodies.parsed, model, data, nulls=nulls)
        return bodies.parsed(model, data, nulls=nulls)

    async def many(self) -> Sequence[Json]:
        """Return a body that is a list of objects; raise Invalid."""
        found = decode(await self.data(), name=bodies.BODY)
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            raise invalid(bodies.BODY, "should be a JSON list of objects")
        return found

    async def allowed(self, resource: Resource, action: Action, value: dict[str, Any]) -> Json:
        """Return the filters of metadata that count for whoever asks; raise Refused.

        Only handlers of the user's own have any; they may also change ``value`` in place.
        """
        auth, user = self.parts.auth, self.user
        if auth is None or user is None:
            return {}
        return await auth.authorize(user, resource, action, value)

"""Requests and server-sent events as they go over the wire."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

PATIENCE = 20
Sdk = Any
"""The official client, whose own types say less than servers answer."""


@dataclass(frozen=True)
class Told:
    """One server-sent event; a comment has the name `:`."""

    name: str
    data: Any = None
    id: str = ""


class Stream:
    """A stream that is open."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.headers = response.headers
        self._lines = response.aiter_lines()

    async def next(self) -> Told | None:
        """Return the next event or comment; None at the end."""
        name, data, event_id = "", "", ""
        async with asyncio.timeout(PATIENCE):
            async for line in self._lines:
                if line.startswith(":"):
                    name, data = ":", line[1:].strip()
                elif not line and name == ":":
                    return Told(name, data)
                elif not line:
                    return Told(name, json.loads(data), event_id)
                else:
                    field, _, value = line.partition(": ")
                    name = value if field == "event" else name
                    data = value if field == "data" else data
                    event_id = value if field == "id" else event_id
        return None

    async def until(self, name: str) -> Told:
        """Return the next event with a name."""
        while (found := await self.next()) is not None:
            if found.name == name:
                return found
        raise AssertionError(f"the stream ended without {name}")

    async def rest(self) -> list[Told]:
        """Return what is told until the end, without comments."""
        found = []
        while (told := await self.next()) is not None:
            if told.name != ":":
                found.append(told)
        return found


class Wire:
    """A client that knows nothing of LangGraph."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        return await self.client.request(method, path, **more)

    async def post(self, path: str, body: Any = None, **more: Any) -> httpx.Response:
        return await self.client.post(path, json=body, **more)

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.client.get(path, **more)

    async def thread(self, **fields: Any) -> str:
        """Make a thread and return its id."""
        answer = await self.post("/threads", fields)
        answer.raise_for_status()
        return str(answer.json()["thread_id"])

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        **params: Any,
    ) -> AsyncIterator[Stream]:
        """Open a stream."""
        async with self.client.stream(
            method, path, json=body, headers=headers, params=params
        ) as response:
            assert response.status_code == 200, await response.aread()
            yield Stream(response)


def run_id_of(headers: Mapping[str, str]) -> str:
    """Return which run an answer is about, as clients find it."""
    return headers["content-location"].rsplit("/", 1)[1]


def open_gate(gate: Path) -> None:
    """Let the graph `slow` go on."""
    gate.touch()

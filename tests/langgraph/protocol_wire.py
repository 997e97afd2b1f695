"""The event streaming protocol as it goes over the wire."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx

ALL = ["values", "updates", "messages", "tools", "lifecycle", "input", "checkpoints", "custom"]
PATIENCE = 20
ENDS = ("completed", "failed", "interrupted")

Event = dict[str, Any]


class Events:
    """A subscription that is open."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.beats = 0
        self._lines = response.aiter_lines()

    async def next(self) -> Event:
        """Return the next event."""
        async with asyncio.timeout(PATIENCE):
            async for line in self._lines:
                if line.startswith("data:"):
                    return dict(json.loads(line.removeprefix("data:")))
                self.beats += line.startswith(":")
        raise EOFError("the stream has ended")

    async def until(self, seen: Callable[[Event], bool]) -> list[Event]:
        """Return events up to one."""
        found = [await self.next()]
        while not seen(found[-1]):
            found.append(await self.next())
        return found

    async def to_the_end_of_a_run(self) -> list[Event]:
        """Return events up to the end of the run that is told."""
        return await self.until(ends)


class Protocol:
    """One thread, spoken to by hand."""

    def __init__(self, http: httpx.AsyncClient, thread_id: str = "") -> None:
        self.http = http
        self.thread_id = thread_id or str(uuid4())
        self._id = 0

    async def command(self, method: str, **params: Any) -> Event:
        """Send a command; return the whole answer."""
        self._id += 1
        envelope = {"id": self._id, "method": method, "params": params}
        answer = await self.http.post(f"/threads/{self.thread_id}/commands", json=envelope)
        assert answer.status_code == 200, answer.text
        found: Event = answer.json()
        assert found["id"] == self._id
        return found

    async def start(self, graph: str, given: Any = None, **params: Any) -> str:
        """Start a run; return its id."""
        answer = await self.command("run.start", assistant_id=graph, input=given, **params)
        assert answer["type"] == "success", answer
        return str(answer["result"]["run_id"])

    @asynccontextmanager
    async def events(self, channels: Sequence[str] = ALL, **more: Any) -> AsyncIterator[Events]:
        """Subscribe."""
        path = f"/threads/{self.thread_id}/stream/events"
        asked = {"channels": list(channels), **more}
        async with self.http.stream("POST", path, json=asked) as response:
            assert response.status_code == 200, await response.aread()
            yield Events(response)


def ends(event: Event) -> bool:
    """Whether it tells the end of a run."""
    params = event["params"]
    is_root = event["method"] == "lifecycle" and not params["namespace"]
    return is_root and params["data"]["event"] in ENDS


def of(events: Sequence[Event], method: str) -> list[Any]:
    """Return the data of a method's events."""
    return [each["params"]["data"] for each in events if each["method"] == method]


def root_lives(events: Sequence[Event]) -> list[str]:
    """Return what happened to the runs."""
    return [
        each["params"]["data"]["event"]
        for each in events
        if each["method"] == "lifecycle" and not each["params"]["namespace"]
    ]

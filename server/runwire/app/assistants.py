"""Assistants: graphs with a configuration, in versions; every graph has one of its own."""

from collections.abc import Mapping, Sequence
from typing import Any

from runwire.domain.assistant import Assistant
from runwire.domain.caller import Caller
from runwire.domain.thread_ports import Found

Json = Mapping[str, Any]


class Assistants:
    """What callers do with assistants. Ids are as callers write them."""

    async def create(
        self,
        caller: Caller,
        *,
        graph_id: str,
        assistant_id: str = "",
        config: Json | None = None,
        context: Json | None = None,
        metadata: Json | None = None,
        if_exists: str = "raise",
        name: str = "",
        description: str = "",
    ) -> Assistant:
        """Store an assistant; raise NotFound (graph), AlreadyExists, Invalid."""
        raise NotImplementedError

    async def get(
        self, caller: Caller, assistant_id: str, *, also: Json | None = None
    ) -> Assistant:
        """Return an assistant; raise NotFound."""
        raise NotImplementedError

    async def resolve(self, caller: Caller, name: str) -> Assistant:
        """Return the assistant of an id, or a graph's own for its name; raise NotFound."""
        raise NotImplementedError

    async def find(
        self,
        caller: Caller,
        *,
        metadata: Json | None = None,
        graph_id: str = "",
        name: str = "",
        also: Json | None = None,
        sort_by: str = "created_at",
        descending: bool = True,
        limit: int = 10,
        offset: int = 0,
    ) -> Found[Assistant]:
        """Return assistants that match, and how many do."""
        raise NotImplementedError

    async def update(
        self,
        caller: Caller,
        assistant_id: str,
        *,
        graph_id: str | None = None,
        config: Json | None = None,
        context: Json | None = None,
        metadata: Json | None = None,
        name: str | None = None,
        description: str | None = None,
        also: Json | None = None,
    ) -> Assistant:
        """Make a new version; metadata is merged."""
        raise NotImplementedError

    async def delete(
        self,
        caller: Caller,
        assistant_id: str,
        *,
        delete_threads: bool = False,
        also: Json | None = None,
    ) -> None:
        """Delete an assistant, and the threads that it was used on if asked."""
        raise NotImplementedError

    async def versions(
        self,
        caller: Caller,
        assistant_id: str,
        *,
        metadata: Json | None = None,
        limit: int = 10,
        offset: int = 0,
        also: Json | None = None,
    ) -> Sequence[Assistant]:
        """Return versions, newest first."""
        raise NotImplementedError

    async def choose(
        self, caller: Caller, assistant_id: str, version: int, *, also: Json | None = None
    ) -> Assistant:
        """Make a version the current one; raise NotFound."""
        raise NotImplementedError

    async def drawing(self, caller: Caller, name: str, *, xray: bool | int = False) -> Json:
        """Return the nodes and edges of an assistant's graph; also for the name of a graph."""
        raise NotImplementedError

    async def schemas(self, caller: Caller, assistant_id: str) -> Json:
        """Return the JSON Schemas of an assistant's graph."""
        raise NotImplementedError

    async def subgraphs(
        self, caller: Caller, assistant_id: str, *, within: str = "", recurse: bool = False
    ) -> Json:
        """Return the schemas of the subgraphs of an assistant's graph, by name."""
        raise NotImplementedError

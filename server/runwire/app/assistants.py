"""Assistants: graphs with a configuration, in versions; every graph has one of its own.

1. A graph's own assistant is made when a namespace first asks for any, by whichever server it asks.
   Deleted, it stays so, until somebody creates it again under its id.
2. `config.configurable` and `context` are the same by two names: given one, the other is it.
3. What a caller's scope leaves out is not there for them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from runwire.app.assistant_fields import check_fields, check_page, check_sorting, mirrored
from runwire.app.own_assistants import OwnAssistants
from runwire.app.threads import Threads
from runwire.domain.assistant import Assistant, AssistantId, own_assistant_id
from runwire.domain.assistant_ports import AssistantFilter, AssistantStore
from runwire.domain.caller import Caller
from runwire.domain.errors import AlreadyExists, Invalid, NotFound, invalid
from runwire.domain.ids import check_id
from runwire.domain.missing import no_assistant
from runwire.domain.namespace import DEFAULT_NAMESPACE, local_id, whole_id
from runwire.domain.ports import Clock
from runwire.domain.thread_ports import Found, GraphStates

Json = Mapping[str, Any]

PAGE: Final = 100


class Assistants:
    """What callers do with assistants. Ids are as callers write them.

    ``also`` are filters of metadata that an assistant must pass, or it is as if there were none.
    """

    def __init__(
        self,
        *,
        store: AssistantStore,
        own: OwnAssistants,
        states: GraphStates,
        threads: Threads,
        now: Clock,
        new_id: Callable[[], str],
    ) -> None:
        self._store = store
        self._own = own
        self._states = states
        self._threads = threads
        self._now = now
        self._new_id = new_id

    async def begin(self) -> None:
        """Make what graphs have of their own where most callers look; elsewhere when needed."""
        await self._own.provide(DEFAULT_NAMESPACE)

    def graph_ids(self, caller: Caller) -> Sequence[str]:
        """Return the graphs that a caller can make assistants of, and name in their place."""
        return self._own.graph_ids(caller)

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
        also: Json | None = None,
    ) -> Assistant:
        """Store an assistant; raise NotFound (graph), AlreadyExists, Invalid."""
        if if_exists not in ("raise", "do_nothing"):
            raise invalid("if_exists", "must be raise or do_nothing")
        self._own.check_graph(caller, graph_id)
        await self._own.provide(caller.namespace)
        now = self._now()
        both = mirrored(config, context)
        asked = Assistant(
            assistant_id=_named(caller, assistant_id or self._new_id()),
            graph_id=graph_id,
            name=name or "Untitled",
            description=description,
            config=both.get("config", {}),
            context=both.get("context", {}),
            metadata=metadata or {},
            created_at=now,
            updated_at=now,
        )
        check_fields(asked)
        found = await self._store.add(asked, if_exists=if_exists)
        if found is not asked:
            await self._must_be_theirs(caller, found, also)
        return found

    async def get(
        self, caller: Caller, assistant_id: str, *, also: Json | None = None
    ) -> Assistant:
        """Return an assistant; raise NotFound."""
        await self._own.provide(caller.namespace)
        whole = _named(caller, assistant_id)
        if also:
            where = self._where(caller, also=also, ids=(whole,))
            found = await self._store.find(
                where, sort_by="created_at", descending=True, limit=1, offset=0
            )
            if not found.items:
                raise no_assistant(assistant_id)
            return found.items[0]
        assistant = await self._store.get(whole)
        if not caller.sees(assistant.graph_id):
            raise no_assistant(assistant_id)
        return assistant

    async def resolve(self, caller: Caller, name: str) -> Assistant:
        """Return the assistant of an id, or a graph's own for its name; raise NotFound."""
        graph_ids = self._own.graph_ids(caller)
        try:
            return await self.get(caller, own_assistant_id(name) if name in graph_ids else name)
        except (NotFound, Invalid):
            raise NotFound(
                f"no assistant {name}, and no graph of that name with an assistant of its own:"
                f" there are {', '.join(graph_ids) or 'no graphs'}",
                reason="ASSISTANT_NOT_FOUND",
                assistant_id=name,
            ) from None

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
        """Return assistants that match, and how many do; raise NotFound (graph), Invalid."""
        check_sorting(sort_by)
        check_page(limit, offset)
        if graph_id:
            self._own.check_graph(caller, graph_id)
        await self._own.provide(caller.namespace)
        where = self._where(caller, metadata=metadata, graph_id=graph_id, name=name, also=also)
        return await self._store.find(
            where, sort_by=sort_by, descending=descending, limit=limit, offset=offset
        )

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
        """Make a new version; metadata is merged, the rest replaced where it is given."""
        changes: dict[str, Any] = {**mirrored(config, context)}
        given = {"graph_id": graph_id, "name": name, "description": description}
        changes |= {key: value for key, value in given.items() if value is not None}
        if graph_id is not None:
            self._own.check_graph(caller, graph_id)
        known = await self.get(caller, assistant_id, also=also)

        def edit(before: Assistant) -> Assistant:
            merged = {**before.metadata, **(metadata or {})}
            after = replace(before, metadata=merged, **changes)
            check_fields(after)
            return after

        return await self._store.change(known.assistant_id, edit)

    async def delete(
        self,
        caller: Caller,
        assistant_id: str,
        *,
        delete_threads: bool = False,
        also: Json | None = None,
    ) -> None:
        """Delete an assistant, and the threads that it was used on if asked."""
        known = await self.get(caller, assistant_id, also=also)
        if delete_threads:
            await self._delete_threads(caller, local_id(known.assistant_id))
        await self._store.delete(known.assistant_id)

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
        check_page(limit, offset)
        known = await self.get(caller, assistant_id, also=also)
        return await self._store.versions(
            known.assistant_id, metadata=metadata or {}, limit=limit, offset=offset
        )

    async def choose(
        self, caller: Caller, assistant_id: str, version: int, *, also: Json | None = None
    ) -> Assistant:
        """Make a version the current one; raise NotFound."""
        known = await self.get(caller, assistant_id, also=also)
        return await self._store.choose(known.assistant_id, version)

    async def drawing(
        self, caller: Caller, name: str, *, xray: bool | int = False, also: Json | None = None
    ) -> Json:
        """Return the nodes and edges of an assistant's graph; also for the name of a graph."""
        if name in self._own.graph_ids(caller):
            if also:
                await self.get(caller, own_assistant_id(name), also=also)
            return await self._states.drawing(name, xray=xray)
        known = await self.get(caller, name, also=also)
        return await self._states.drawing(known.graph_id, xray=xray)

    async def schemas(self, caller: Caller, assistant_id: str, *, also: Json | None = None) -> Json:
        """Return the JSON Schemas of an assistant's graph."""
        known = await self.get(caller, assistant_id, also=also)
        return {"graph_id": known.graph_id, **await self._states.schemas(known.graph_id)}

    async def subgraphs(
        self,
        caller: Caller,
        assistant_id: str,
        *,
        within: str = "",
        recurse: bool = False,
        also: Json | None = None,
    ) -> Json:
        """Return the schemas of the subgraphs of an assistant's graph, by name."""
        known = await self.get(caller, assistant_id, also=also)
        return await self._states.subgraphs(known.graph_id, within=within, recurse=recurse)

    def _where(self, caller: Caller, *, also: Json | None, **more: Any) -> AssistantFilter:
        given = {key: value for key, value in more.items() if value}
        graphs = () if "*" in caller.graphs else caller.graphs
        return AssistantFilter(namespace=caller.namespace, also=also or {}, graphs=graphs, **given)

    async def _must_be_theirs(self, caller: Caller, found: Assistant, also: Json | None) -> None:
        local = local_id(found.assistant_id)
        try:
            await self.get(caller, local, also=also)
        except NotFound:
            raise AlreadyExists(
                f"assistant {local} exists: choose another assistant_id",
                reason="ASSISTANT_ALREADY_EXISTS",
                assistant_id=local,
            ) from None

    async def _delete_threads(self, caller: Caller, assistant_id: str) -> None:
        used = {"assistant_id": assistant_id}
        while (found := await self._threads.find(caller, metadata=used, limit=PAGE)).items:
            for thread in found.items:
                await self._threads.delete(thread.thread_id)


def _named(caller: Caller, assistant_id: str) -> AssistantId:
    return _whole(caller.namespace, check_id(assistant_id, name="assistant_id"))


def _whole(namespace: str, local: str) -> AssistantId:
    return AssistantId(whole_id(namespace, local))

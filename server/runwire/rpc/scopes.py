"""Scopes per graph: a caller who may see some graphs only is told that all else does not exist.

1. Which fields of a request name a run, an artifact, a graph, a thread or an assistant is read from
   its descriptor, so that no new RPC can be forgotten.
2. What such a field names and the caller may not see is answered as what never was. Only who wants
   to make a run of a graph is told that it is out of their scope.
3. Callers without scopes pay nothing for this.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from runwire.app.artifacts import ArtifactShelf
from runwire.app.assistants import Assistants
from runwire.app.namespaces import Namespaces
from runwire.app.runs import Runs
from runwire.app.threads import Threads
from runwire.domain.artifact import Artifact
from runwire.domain.caller import Caller
from runwire.domain.errors import Denied, Invalid, NotFound
from runwire.domain.missing import no_artifact, no_graph, no_run, no_thread
from runwire.domain.reach import Reach, out_of_scope
from runwire.domain.run import RunId
from runwire.domain.thread import Thread, ThreadId
from runwire.rpc.guarding import Asked, Guard, Showing
from runwire.rpc.methods import Method
from runwire.v1 import run_pb2

NAMED: Final[Mapping[str, str]] = {
    "run_id": "run_id",
    "run_ids": "run_id",
    "artifact_id": "artifact_id",
    "graph_id": "graph_id",
    "thread_id": "thread_id",
    "thread_ids": "thread_id",
    "assistant_id": "assistant_id",
}
"""Fields that name something, and what."""
SPEC: Final = run_pb2.RunSpec.DESCRIPTOR.full_name
MAX_DEPTH: Final = 6
_NEW: Final[Mapping[str, str]] = {
    "CreateRun": "run_id",
    "CreateAndWatchRun": "run_id",
    "CreateThread": "thread_id",
    "CreateAssistant": "assistant_id",
}
"""Methods whose field holds an id to be given, not one to be looked for."""
_WANTED: Final = frozenset(
    {
        ("ListRuns", "thread_id"),
        ("ListThreads", "thread_ids"),
        ("ListThreads", "graph_id"),
    }
)
"""Fields of lists that say what is wanted of all that the caller may see anyway."""
_OF_ALL_GRAPHS: Final[Mapping[str, str]] = {
    "/runwire.v1.WebhookService/": "webhooks tell of the runs of all graphs",
    "/runwire.v1.StoreService/": "the store's items are those of all graphs",
}
_APART: Final = ("/runwire.v1.WorkerService/", "/grpc.")
"""Workers execute the runs of all graphs that they have."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a request something is named."""

    path: tuple[str, ...]
    kind: str
    of_spec: bool


class Scopes:
    """Looks up what requests name."""

    def __init__(
        self,
        *,
        runs: Runs,
        artifacts: ArtifactShelf,
        threads: Threads,
        assistants: Assistants,
    ) -> None:
        self._runs = runs
        self._artifacts = artifacts
        self._threads = threads
        self._assistants = assistants

    async def check(self, caller: Caller, method: Method, request: Any) -> None:
        """Raise NotFound for what is out of a caller's scope, Denied for runs they want of it."""
        reach = caller.reach
        if not reach.limited or method.path.startswith(_APART):
            return
        for prefix, why in _OF_ALL_GRAPHS.items():
            if method.path.startswith(prefix):
                raise Denied(f"{why}, and you may see some only", reason="GRAPH_OUT_OF_SCOPE")
        name = method.path.rpartition("/")[2]
        for place in places_of(method.request.DESCRIPTOR):
            if place.path == (_NEW.get(name),) or (name, place.path[-1]) in _WANTED:
                continue
            for text in _values(request, place.path):
                await self._check(caller, place, text)
        if name == "UploadArtifact" and not request.run_id:
            await self._check_upload(reach, request.artifact_id)

    async def _check(self, caller: Caller, place: Place, text: str) -> None:
        reach = caller.reach
        try:
            match place.kind:
                case "graph_id":
                    _check_graph(reach, text, of_spec=place.of_spec)
                case "run_id":
                    run = await self._runs.get(RunId(reach.whole(text)))
                    if not reach.sees(run.graph_id):
                        raise no_run(run.run_id)
                case "thread_id":
                    await self._check_thread(reach, text)
                case "assistant_id":
                    await self._assistants.resolve(caller, text)
                case _:
                    await self._check_artifact(reach, text)
        except Invalid:
            return  # The servicer says what is wrong with it.

    async def _check_thread(self, reach: Reach, text: str) -> None:
        try:
            thread = await self._threads.get(ThreadId(reach.whole(text)))
        except NotFound:
            return  # It is only a name, or one to be made; if not, the servicer says so.
        if not sees_thread(reach, thread):
            raise no_thread(thread.thread_id)

    async def _check_artifact(self, reach: Reach, text: str) -> None:
        try:
            artifact = await self._artifacts.get(reach.whole(text))
        except NotFound:
            return  # It may be one to be made; if not, the servicer says so.
        if not await self._sees(reach, artifact):
            raise no_artifact(artifact.artifact_id)

    async def _check_upload(self, reach: Reach, artifact_id: str) -> None:
        """Raise Denied for a new artifact without a run: it would be out of every scope."""
        try:
            if artifact_id:
                await self._artifacts.get(reach.whole(artifact_id))
                return  # one to resume, which was looked at
        except (NotFound, Invalid):
            pass  # a new one, or none
        raise Denied(
            "what belongs to no run is out of your scope: name a run_id of a graph that is in it",
            reason="GRAPH_OUT_OF_SCOPE",
        )

    async def _sees(self, reach: Reach, artifact: Artifact) -> bool:
        if artifact.run_id is None:
            return False
        return reach.sees((await self._runs.get(artifact.run_id)).graph_id)


class Scoped:
    """A guard that also keeps callers in namespaces that there are, and within their scopes."""

    def __init__(self, guard: Guard, scopes: Scopes, namespaces: Namespaces) -> None:
        self._guard = guard
        self._scopes = scopes
        self._namespaces = namespaces

    async def admit(self, asked: Asked, context: Showing, request_id: str) -> Caller:
        caller = await self._guard.admit(asked, context, request_id)
        if caller.everywhere and caller.named_namespace and not asked.path.startswith(_APART):
            await self._namespaces.check(caller.namespace)
        return caller

    async def recognize(self, asked: Asked, context: Showing, request_id: str) -> None:
        await self._guard.recognize(asked, context, request_id)

    async def allow(self, caller: Caller, method: Method, request: Any) -> None:
        """Raise an Error if the caller may not make this request."""
        await self._guard.allow(caller, method, request)
        if caller.graphs:
            await self._scopes.check(caller, method, request)


@cache
def places_of(message: Descriptor) -> Sequence[Place]:
    """Return where messages of a kind name runs, artifacts or graphs."""
    return tuple(_places(message, (), MAX_DEPTH))


def _places(message: Descriptor, path: tuple[str, ...], depth: int) -> Iterator[Place]:
    for field in message.fields:
        inside = (*path, field.name)
        if field.name in NAMED and field.type == FieldDescriptor.TYPE_STRING:
            yield Place(inside, NAMED[field.name], message.full_name == SPEC)
        elif depth:
            for below in _ours(field.message_type):
                yield from _places(below, inside, depth - 1)


def _ours(message: Descriptor | None) -> Sequence[Descriptor]:
    return (message,) if message is not None and message.file.package == "runwire.v1" else ()


def _values(message: Any, path: Sequence[str]) -> Iterator[str]:
    """Yield what is named at a place; nothing where it is left out."""
    first, *rest = path
    field = message.DESCRIPTOR.fields_by_name[first]
    found = getattr(message, first)
    if rest and field.message_type.GetOptions().map_entry:
        found = found.values() if rest[0] == "value" else ()
        rest = rest[1:]
    elif not field.is_repeated:
        found = (found,)
    for item in found:
        if rest:
            yield from _values(item, rest)
        elif item:
            yield item


def sees_thread(reach: Reach, thread: Thread) -> bool:
    """Whether a thread can be reached; one that holds nothing of any graph yet can."""
    return not thread.graph_id or reach.sees(thread.graph_id)


def _check_graph(reach: Reach, graph_id: str, *, of_spec: bool) -> None:
    if not reach.sees(graph_id):
        raise out_of_scope(graph_id) if of_spec else no_graph(graph_id)

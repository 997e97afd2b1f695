"""The shape of ThreadService's requests: each function checks one kind, and says what it means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from runwire.domain.caller import Caller
from runwire.domain.thread import ThreadId, ThreadStatus, Ttl
from runwire.rpc.checks import MAX_NAME_CHARACTERS, MAX_TOKEN_CHARACTERS, Faults
from runwire.rpc.convert_objects import Objects
from runwire.rpc.convert_options import (
    MAX_NS_CHARACTERS,
    checkpoint_from_wire,
    command_from_wire,
)
from runwire.rpc.convert_threads import STATUS_FROM_WIRE, ttl_from_wire
from runwire.rpc.pages import mask_of, order_of
from runwire.rpc.run_requests import check_format, heartbeat
from runwire.v1 import thread_pb2
from runwire.v1 import thread_service_pb2 as wire

MAX_IDS: Final = 1000
MAX_SUPERSTEPS: Final = 1000
MAX_UPDATES: Final = 1000
PATHS: Final = ("metadata", "ttl")
ORDERS: Final = {
    "create_time": "created_at",
    "update_time": "updated_at",
    "state_update_time": "state_updated_at",
    "status": "status",
    "thread_id": "thread_id",
}
"""What a list may be sorted by, and what the app calls it."""

_VIEWS: Final = wire.ThreadView.DESCRIPTOR

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewThread:
    """What a caller wants of a thread."""

    thread_id: str
    graph_id: str
    metadata: Json
    supersteps: Sequence[Sequence[Json]]
    ttl: Ttl | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Which threads are meant, and in which order."""

    ids: Sequence[str]
    metadata: Json
    values: Json
    status: ThreadStatus | None
    sort_by: str
    descending: bool

    @property
    def query(self) -> Sequence[object]:
        """What a page token is good for."""
        return ("threads", repr(self))


def created(request: wire.CreateThreadRequest) -> NewThread:
    """Return the thread that shall be."""
    faults = Faults()
    read = Objects(faults)
    faults.id("thread_id", request.thread_id, required=False)
    faults.text("graph_id", request.graph_id, required=bool(request.supersteps))
    check_format(faults, request.payload_format)
    metadata = dict(read.object(request.metadata, name="metadata") or {})
    supersteps = _supersteps(faults, read, request.supersteps)
    ttl = ttl_from_wire(request, faults=faults)
    named = metadata.get("graph_id", request.graph_id)
    if request.graph_id and named != request.graph_id:
        faults.add("metadata.graph_id", "must be graph_id, or left out")
    faults.done()
    if request.graph_id:
        metadata["graph_id"] = request.graph_id
    return NewThread(
        thread_id=request.thread_id,
        graph_id=str(named),
        metadata=metadata,
        supersteps=supersteps,
        ttl=ttl,
    )


def thread_alone(request: Any, caller: Caller) -> ThreadId:
    """Return which thread is meant; check how payloads shall be spelled, and which view."""
    faults = _named(request)
    _check_looks(faults, request)
    faults.done()
    return _whole(request, caller)


def listed(request: wire.ListThreadsRequest) -> Listing:
    """Return which threads are meant."""
    faults = Faults()
    read = Objects(faults)
    faults.page(request)
    _check_looks(faults, request)
    faults.choice("status", request.status, thread_pb2.ThreadStatus.DESCRIPTOR)
    faults.text("graph_id", request.graph_id)
    _check_ids(faults, request.thread_ids)
    metadata = dict(read.object(request.metadata, name="metadata") or {})
    values = read.object(request.values, name="values") or {}
    sort_by, descending = order_of(faults, request.order_by, ORDERS)
    faults.done()
    if request.graph_id:
        metadata["graph_id"] = request.graph_id
    return Listing(
        ids=list(request.thread_ids),
        metadata=metadata,
        values=values,
        status=STATUS_FROM_WIRE.get(request.status),
        sort_by=sort_by,
        descending=descending,
    )


def updated(
    request: wire.UpdateThreadRequest, caller: Caller
) -> tuple[ThreadId, Json | None, Ttl | None]:
    """Return which thread is meant, what its metadata gain, and how long it is kept."""
    faults = _named(request)
    check_format(faults, request.payload_format)
    mask = mask_of(faults, request.update_mask.paths, PATHS)
    metadata = Objects(faults).object(request.metadata, name="metadata")
    ttl = ttl_from_wire(request, faults=faults)
    if "ttl" in mask and ttl is None:
        faults.add("ttl", "is required, since update_mask names it")
    faults.done()
    merged = (metadata or {}) if "metadata" in mask else None
    return _whole(request, caller), merged, ttl if "ttl" in mask else None


def pruned(request: wire.PruneThreadsRequest, caller: Caller) -> Sequence[ThreadId]:
    """Return which threads are meant."""
    faults = Faults()
    if not request.thread_ids:
        faults.add("thread_ids", "is required: one or more ids")
    _check_ids(faults, request.thread_ids)
    faults.choice("strategy", request.strategy, thread_pb2.TtlStrategy.DESCRIPTOR)
    faults.done()
    return [ThreadId(caller.whole(each)) for each in dict.fromkeys(request.thread_ids)]


def state_of(request: wire.GetThreadStateRequest, caller: Caller) -> tuple[ThreadId, Json | None]:
    """Return which thread is meant, and which checkpoint of it."""
    faults = _named(request)
    check_format(faults, request.payload_format)
    checkpoint = checkpoint_from_wire(request, "checkpoint", faults=faults)
    faults.done()
    return _whole(request, caller), checkpoint


def states_of(
    request: wire.ListThreadStatesRequest, caller: Caller
) -> tuple[ThreadId, Json | None, Sequence[object]]:
    """Return which thread is meant, which metadata its states have, and what a token is for."""
    faults = _named(request)
    faults.page(request)
    check_format(faults, request.payload_format)
    faults.text("before_checkpoint_id", request.before_checkpoint_id)
    faults.text("checkpoint_ns", request.checkpoint_ns, max_characters=MAX_NS_CHARACTERS)
    metadata = Objects(faults).object(request.metadata, name="metadata")
    faults.done()
    thread_id = _whole(request, caller)
    said = (request.checkpoint_ns, request.before_checkpoint_id, repr(metadata))
    return thread_id, metadata, ("states", thread_id, *said)


def state_update(
    request: wire.UpdateThreadStateRequest, caller: Caller
) -> tuple[ThreadId, Any, Json | None]:
    """Return which thread is meant, what to write, and which checkpoint to go on from."""
    faults = _named(request, as_node=MAX_NAME_CHARACTERS)
    values = Objects(faults).value(request.values, name="values")
    checkpoint = checkpoint_from_wire(request, "checkpoint", faults=faults)
    faults.done()
    return _whole(request, caller), values, checkpoint


def watched(request: wire.WatchThreadRequest, caller: Caller) -> tuple[ThreadId, float]:
    """Return which thread is meant and after how many seconds of silence a heartbeat is due."""
    faults = _named(request, resume_token=MAX_TOKEN_CHARACTERS)
    seconds = heartbeat(faults, request)
    faults.done()
    return _whole(request, caller), seconds


def _whole(request: Any, caller: Caller) -> ThreadId:
    return ThreadId(caller.whole(request.thread_id))


def _named(request: Any, **max_characters: int) -> Faults:
    faults = Faults()
    faults.id("thread_id", request.thread_id)
    for field, limit in max_characters.items():
        faults.text(field, getattr(request, field), max_characters=limit)
    return faults


def _check_looks(faults: Faults, request: Any) -> None:
    fields = request.DESCRIPTOR.fields_by_name
    if "view" in fields:
        faults.choice("view", request.view, _VIEWS)
    if "payload_format" in fields:
        check_format(faults, request.payload_format)


def _check_ids(faults: Faults, ids: Sequence[str]) -> None:
    if len(ids) > MAX_IDS:
        faults.add("thread_ids", f"has more than {MAX_IDS} entries")
        return
    for index, each in enumerate(ids):
        faults.id(f"thread_ids[{index}]", each)


def _supersteps(
    faults: Faults, read: Objects, supersteps: Sequence[wire.Superstep]
) -> Sequence[Sequence[Json]]:
    if len(supersteps) > MAX_SUPERSTEPS:
        faults.add("supersteps", f"has more than {MAX_SUPERSTEPS} entries")
        return ()
    return [
        _updates(faults, read, superstep, f"supersteps[{index}].updates")
        for index, superstep in enumerate(supersteps)
    ]


def _updates(faults: Faults, read: Objects, superstep: wire.Superstep, name: str) -> Sequence[Json]:
    if not 0 < len(superstep.updates) <= MAX_UPDATES:
        faults.add(name, f"must have from 1 to {MAX_UPDATES} entries")
        return ()
    found = []
    for index, update in enumerate(superstep.updates):
        path = f"{name}[{index}]"
        faults.text(f"{path}.as_node", update.as_node)
        made: dict[str, Any] = {"values": read.value(update.values, name=f"{path}.values")}
        if update.HasField("command"):
            made["command"] = command_from_wire(read, update.command, f"{path}.command")
        if update.as_node:
            made["as_node"] = update.as_node
        found.append(made)
    return found

"""Requests that name things, made from the descriptors: a new RPC is found by itself."""

from collections.abc import Iterator, Sequence
from typing import Any

from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message

from runwire.rpc.methods import Method
from runwire.rpc.scopes import Place, places_of
from runwire.v1 import payload_pb2

UNKNOWN = "nobody"
KNOWN = {
    "run_id": "same-1",
    "artifact_id": "thing1",
    "graph_id": "flow-1",
    "thread_id": "line-1",
    "assistant_id": "role-1",
}
"""What there is in the one namespace, each as long as UNKNOWN."""
NEEDED: dict[str, dict[str, Any]] = {
    "UpdateRun": {"labels": {"a": "b"}, "update_mask": {"paths": ["labels"]}},
    "CreateRun": {"spec": {"graph_id": "echo"}},
    "CreateAndWatchRun": {"spec": {"graph_id": "echo"}},
    "UploadArtifact": {"filename": "a.txt", "write_offset": 0},
    "Prune": {"validate_only": True},
    "CancelRuns": {"thread_id": UNKNOWN},
    "UpdateThread": {"update_mask": {"paths": ["metadata"]}},
    "UpdateAssistant": {"assistant_id": UNKNOWN, "update_mask": {"paths": ["description"]}},
    "SetAssistantVersion": {"version": 1},
}
"""What requests need besides the id."""
MAKES = {
    ("CreateRun", "run_id"),
    ("CreateAndWatchRun", "run_id"),
    ("UploadArtifact", "artifact_id"),
    ("CreateThread", "thread_id"),
    ("CreateAssistant", "assistant_id"),
}
"""Here the id is that of something to be made."""


INLINE = {"answer", "update", "definition", "metadata", "values", "value", "filter"}
INLINE |= {"config", "context"}
INLINE_BELOW = {"options", "supersteps"}
"""Payloads that may not be artifacts, whosever those are."""


def naming(methods: Sequence[Method]) -> Iterator[tuple[Method, Place]]:
    """Yield every method of ours, with each place in its request that names something."""
    for method in methods:
        if not method.path.startswith("/runwire.v1.") or "WorkerService" in method.path:
            continue
        if not implemented(method):
            continue
        for place in places_of(method.request.DESCRIPTOR):
            if (name_of(method), place.path[-1]) not in MAKES or len(place.path) > 1:
                yield method, place


def implemented(method: Method) -> bool:
    """Whether there is more of it than what was generated."""
    return not getattr(method.answer, "__module__", "").startswith("runwire.v1")


def name_of(method: Method) -> str:
    return method.path.rpartition("/")[2]


def a_request(method: Method, place: Place, named: str) -> Message:
    """Return a request that names something at a place."""
    request = method.request(**NEEDED.get(name_of(method), {}))
    target: Any = request
    for step in place.path[:-1]:
        below = getattr(target, step)
        target = below.add() if target.DESCRIPTOR.fields_by_name[step].is_repeated else below
    last = place.path[-1]
    if target.DESCRIPTOR.fields_by_name[last].is_repeated:
        getattr(target, last).append(named)
    else:
        setattr(target, last, named)
    return request


def a_mere_name(place: Place) -> bool:
    """Whether a place takes any text: for most graphs a run's thread is but a name."""
    return place.of_spec and place.kind == "thread_id"


def inline(place: Place) -> bool:
    """Whether a place is in a payload that may not be an artifact, whosever that is."""
    return place.path[-1] == "artifact_id" and (
        place.path[0] in INLINE or not INLINE_BELOW.isdisjoint(place.path)
    )


def fields_of(message: Descriptor) -> set[str]:
    return {field.name for field in message.fields}


def json_payload(text: str) -> payload_pb2.Payload:
    return payload_pb2.Payload(data=text.encode(), content_type="application/json")

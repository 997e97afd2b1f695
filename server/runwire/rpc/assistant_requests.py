"""The shape of AssistantService's requests: what each one means, in the app's words."""

from collections.abc import Mapping
from typing import Any, Final

from runwire.rpc.checks import MAX_TEXT_CHARACTERS, Faults
from runwire.rpc.convert_objects import Objects
from runwire.rpc.pages import mask_of, order_of
from runwire.rpc.run_requests import check_format
from runwire.v1 import assistant_service_pb2 as wire

MAX_DEPTH: Final = 100
PATHS: Final = {
    "graph_id": "graph_id",
    "display_name": "name",
    "description": "description",
    "config": "config",
    "context": "context",
    "metadata": "metadata",
}
"""What a mask may name, and what the app calls it."""
ORDERS: Final = {
    "create_time": "created_at",
    "update_time": "updated_at",
    "display_name": "name",
    "graph_id": "graph_id",
    "assistant_id": "assistant_id",
}
_OBJECTS: Final = ("config", "context", "metadata")

Words = Mapping[str, Any]


def named(request: Any) -> Faults:
    """Note what is wrong with the id of an assistant, and with how payloads shall be spelled."""
    faults = Faults()
    faults.id("assistant_id", request.assistant_id)
    if "payload_format" in request.DESCRIPTOR.fields_by_name:
        check_format(faults, request.payload_format)
    return faults


def created(request: wire.CreateAssistantRequest) -> Words:
    """Return what the assistant shall be."""
    faults = Faults()
    faults.id("assistant_id", request.assistant_id, required=False)
    faults.text("graph_id", request.graph_id, required=True)
    check_format(faults, request.payload_format)
    found = _fields(faults, request)
    faults.done()
    return {**found, "assistant_id": request.assistant_id}


def updated(request: wire.UpdateAssistantRequest) -> Words:
    """Return what of the assistant shall change."""
    faults = named(request)
    mask = mask_of(faults, request.update_mask.paths, tuple(PATHS))
    if "graph_id" in mask:
        faults.text("graph_id", request.graph_id, required=True)
    found = _fields(faults, request)
    faults.done()
    return {PATHS[path]: found[PATHS[path]] for path in mask}


def listed(request: wire.ListAssistantsRequest) -> Words:
    """Return which assistants are meant, and in which order."""
    faults = Faults()
    faults.page(request)
    faults.text("graph_id", request.graph_id)
    faults.text("display_name", request.display_name)
    check_format(faults, request.payload_format)
    metadata = Objects(faults).object(request.metadata, name="metadata")
    sort_by, descending = order_of(faults, request.order_by, ORDERS)
    faults.done()
    return {
        "metadata": metadata,
        "graph_id": request.graph_id,
        "name": request.display_name,
        "sort_by": sort_by,
        "descending": descending,
    }


def versions(request: wire.ListAssistantVersionsRequest) -> Mapping[str, Any] | None:
    """Return what the metadata of the versions hold that are meant."""
    faults = named(request)
    faults.page(request)
    metadata = Objects(faults).object(request.metadata, name="metadata")
    faults.done()
    return metadata


def check_version(request: wire.SetAssistantVersionRequest) -> None:
    """Raise Invalid for a version that there cannot be."""
    faults = named(request)
    if request.version < 1:
        faults.add("version", "is required: a number from 1")
    faults.done()


def check_depth(request: wire.GetAssistantGraphRequest) -> None:
    """Raise Invalid for a depth that there cannot be."""
    faults = named(request)
    if not -1 <= request.depth <= MAX_DEPTH:
        faults.add("depth", f"must be -1 for all levels, or from 0 to {MAX_DEPTH}")
    faults.done()


def check_subgraphs(request: wire.ListAssistantSubgraphsRequest) -> None:
    """Raise Invalid for a page or a name that there cannot be."""
    faults = named(request)
    faults.page(request)
    faults.text("name", request.name, max_characters=MAX_TEXT_CHARACTERS)
    faults.done()


def _fields(
    faults: Faults, request: wire.CreateAssistantRequest | wire.UpdateAssistantRequest
) -> dict[str, Any]:
    faults.text("graph_id", request.graph_id)
    faults.text("display_name", request.display_name)
    faults.text("description", request.description, max_characters=4 * MAX_TEXT_CHARACTERS)
    read = Objects(faults)
    objects = {name: read.object(getattr(request, name), name=name) or {} for name in _OBJECTS}
    return {
        "graph_id": request.graph_id,
        "name": request.display_name,
        "description": request.description,
        **objects,
    }

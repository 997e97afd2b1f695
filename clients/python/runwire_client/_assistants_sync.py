# Generated from _assistants_async.py by tools/unasync.py; never edited.
"""What a client can do with assistants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import grpc
from google.protobuf import field_mask_pb2

from runwire_client._calls_sync import Calls
from runwire_client._payloads import encoded
from runwire_client.assistants import (
    Assistant,
    AssistantGraph,
    AssistantSchemas,
    assistant_from_message,
    drawing_from_message,
    schemas_from_message,
)
from runwire_client.v1 import assistant_service_pb2 as wire
from runwire_client.v1 import assistant_service_pb2_grpc

Json = Mapping[str, Any]


class Assistants:
    """Makes, reads, changes and deletes assistants, in versions.

    Timeouts, retries and the errors that every verb raises are as with runs. All of those that name
    an assistant raise NotFound.
    """

    def __init__(self, channel: grpc.Channel, calls: Calls) -> None:
        self._stub = assistant_service_pb2_grpc.AssistantServiceStub(channel)
        self._calls = calls

    def create(
        self,
        graph_id: str,
        *,
        assistant_id: str = "",
        display_name: str = "",
        description: str = "",
        config: Json | None = None,
        context: Json | None = None,
        metadata: Json | None = None,
        allow_existing: bool = False,
        timeout_seconds: float | None = None,
    ) -> Assistant:
        """Make an assistant of a graph; `allow_existing` returns the one of that id as it is.

        Raises NotFound for an unknown graph, AlreadyExists and Invalid.
        """
        request = wire.CreateAssistantRequest(
            graph_id=graph_id,
            assistant_id=assistant_id,
            display_name=display_name,
            description=description,
            allow_existing=allow_existing,
        )
        for name, value in (("config", config), ("context", context), ("metadata", metadata)):
            if value is not None:
                getattr(request, name).CopyFrom(encoded(value, field=name))
        response = self._calls.unary(
            self._stub.CreateAssistant,
            request,
            timeout_seconds=timeout_seconds,
            once=not assistant_id,
        )
        return assistant_from_message(response.assistant)

    def get(self, assistant_id: str, *, timeout_seconds: float | None = None) -> Assistant:
        """Return the current version of an assistant."""
        request = wire.GetAssistantRequest(assistant_id=assistant_id)
        response = self._calls.unary(
            self._stub.GetAssistant, request, timeout_seconds=timeout_seconds
        )
        return assistant_from_message(response.assistant)

    def list(
        self,
        *,
        graph_id: str = "",
        display_name: str = "",
        metadata: Json | None = None,
        order_by: str = "",
        page_size: int = 0,
    ) -> Iterator[Assistant]:
        """Yield assistants that match, newest first, page by page.

        `display_name` is a part of theirs in any case, `metadata` what theirs contain. `order_by`
        is create_time, update_time, display_name, graph_id or assistant_id, "desc" behind it for
        descending.
        """
        request = wire.ListAssistantsRequest(
            graph_id=graph_id,
            display_name=display_name,
            metadata=None if metadata is None else encoded(metadata, field="metadata"),
            order_by=order_by,
            page_size=page_size,
        )
        for page in self._calls.pages(self._stub.ListAssistants, request):
            for message in page.assistants:
                yield assistant_from_message(message)

    def update(
        self,
        assistant_id: str,
        *,
        graph_id: str | None = None,
        display_name: str | None = None,
        description: str | None = None,
        config: Json | None = None,
        context: Json | None = None,
        metadata: Json | None = None,
        timeout_seconds: float | None = None,
    ) -> Assistant:
        """Make a new version with what is given; metadata are merged. Sent once."""
        request = wire.UpdateAssistantRequest(
            assistant_id=assistant_id, update_mask=field_mask_pb2.FieldMask()
        )
        texts = {"graph_id": graph_id, "display_name": display_name, "description": description}
        for name, text in texts.items():
            if text is not None:
                setattr(request, name, text)
                request.update_mask.paths.append(name)
        for name, value in (("config", config), ("context", context), ("metadata", metadata)):
            if value is not None:
                getattr(request, name).CopyFrom(encoded(value, field=name))
                request.update_mask.paths.append(name)
        response = self._calls.unary(
            self._stub.UpdateAssistant, request, timeout_seconds=timeout_seconds, once=True
        )
        return assistant_from_message(response.assistant)

    def delete(
        self,
        assistant_id: str,
        *,
        delete_threads: bool = False,
        timeout_seconds: float | None = None,
    ) -> None:
        """Delete an assistant with all its versions, and the threads it was used on if asked.

        NotFound is also raised if an earlier try of this very call did it.
        """
        request = wire.DeleteAssistantRequest(
            assistant_id=assistant_id, delete_threads=delete_threads
        )
        self._calls.unary(self._stub.DeleteAssistant, request, timeout_seconds=timeout_seconds)

    def versions(
        self, assistant_id: str, *, metadata: Json | None = None, page_size: int = 0
    ) -> Iterator[Assistant]:
        """Yield the versions of an assistant, newest first."""
        request = wire.ListAssistantVersionsRequest(
            assistant_id=assistant_id,
            metadata=None if metadata is None else encoded(metadata, field="metadata"),
            page_size=page_size,
        )
        for page in self._calls.pages(self._stub.ListAssistantVersions, request):
            for message in page.assistants:
                yield assistant_from_message(message)

    def set_version(
        self, assistant_id: str, version: int, *, timeout_seconds: float | None = None
    ) -> Assistant:
        """Make a version of an assistant the current one."""
        request = wire.SetAssistantVersionRequest(assistant_id=assistant_id, version=version)
        response = self._calls.unary(
            self._stub.SetAssistantVersion, request, timeout_seconds=timeout_seconds
        )
        return assistant_from_message(response.assistant)

    def graph(
        self, assistant_id: str, *, depth: int = 0, timeout_seconds: float | None = None
    ) -> AssistantGraph:
        """Return the nodes and edges of an assistant's graph, or of the graph of that name.

        `depth` levels of subgraphs are drawn in place of their nodes; -1 is all.
        """
        request = wire.GetAssistantGraphRequest(assistant_id=assistant_id, depth=depth)
        response = self._calls.unary(
            self._stub.GetAssistantGraph, request, timeout_seconds=timeout_seconds
        )
        return drawing_from_message(response.graph)

    def schemas(
        self, assistant_id: str, *, timeout_seconds: float | None = None
    ) -> AssistantSchemas:
        """Return the JSON Schemas of an assistant's graph."""
        request = wire.GetAssistantSchemasRequest(assistant_id=assistant_id)
        response = self._calls.unary(
            self._stub.GetAssistantSchemas, request, timeout_seconds=timeout_seconds
        )
        return schemas_from_message(response.schemas)

    def subgraphs(
        self, assistant_id: str, name: str = "", *, recurse: bool = False, page_size: int = 0
    ) -> Iterator[tuple[str, AssistantSchemas]]:
        """Yield the subgraphs of an assistant's graph by name; those of subgraphs if `recurse`."""
        request = wire.ListAssistantSubgraphsRequest(
            assistant_id=assistant_id, name=name, recurse=recurse, page_size=page_size
        )
        for page in self._calls.pages(self._stub.ListAssistantSubgraphs, request):
            for message in page.subgraphs:
                yield message.name, schemas_from_message(message.schemas)

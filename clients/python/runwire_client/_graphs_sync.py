# Generated from _graphs_async.py by tools/unasync.py; never edited.
"""What a client can do with graphs and tools."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import grpc

from runwire_client._calls_sync import Calls
from runwire_client._payloads import encoded
from runwire_client.graphs import Graph, Tool, graph_from_message, tool_from_message
from runwire_client.v1 import graph_service_pb2, graph_service_pb2_grpc


class Graphs:
    """Describes the graphs and tools of a server, and sends definitions in JSON.

    Timeouts, retries and the errors that every verb raises are as with runs.
    """

    def __init__(self, channel: grpc.Channel, calls: Calls) -> None:
        self._stub = graph_service_pb2_grpc.GraphServiceStub(channel)
        self._calls = calls

    def create(
        self,
        definition: Mapping[str, object],
        *,
        validate_only: bool = False,
        timeout_seconds: float | None = None,
    ) -> Graph:
        """Store a definition over registered tools and return its version, new or equal.

        The definition has graph_id, nodes, edges, branches and start. `validate_only` stores
        nothing. Raises Invalid; its violations name the nodes that are wrong.
        """
        request = graph_service_pb2.CreateGraphRequest(
            definition=encoded(definition, field="definition"), validate_only=validate_only
        )
        response = self._calls.unary(
            self._stub.CreateGraph, request, timeout_seconds=timeout_seconds
        )
        return graph_from_message(response.graph)

    def get(
        self, graph_id: str, *, version: int = 0, timeout_seconds: float | None = None
    ) -> Graph:
        """Return a graph with its nodes, edges and schemas, the newest if 0. Raises NotFound."""
        request = graph_service_pb2.GetGraphRequest(graph_id=graph_id, version=version)
        response = self._calls.unary(self._stub.GetGraph, request, timeout_seconds=timeout_seconds)
        return graph_from_message(response.graph)

    def list(self, *, page_size: int = 0) -> Iterator[Graph]:
        """Yield the newest version of every graph, by id, page by page."""
        request = graph_service_pb2.ListGraphsRequest(page_size=page_size)
        for page in self._calls.pages(self._stub.ListGraphs, request):
            for message in page.graphs:
                yield graph_from_message(message)

    def delete(self, graph_id: str, *, timeout_seconds: float | None = None) -> None:
        """Delete every version of a graph sent as JSON; its runs stay.

        Raises NotFound (also if an earlier try of this very call did it), and NotAllowed for a
        graph defined in Python.
        """
        request = graph_service_pb2.DeleteGraphRequest(graph_id=graph_id)
        self._calls.unary(self._stub.DeleteGraph, request, timeout_seconds=timeout_seconds)

    def tools(self, *, page_size: int = 0) -> Iterator[Tool]:
        """Yield the tools that JSON graphs can call, by name, page by page."""
        request = graph_service_pb2.ListToolsRequest(page_size=page_size)
        for page in self._calls.pages(self._stub.ListTools, request):
            for message in page.tools:
                yield tool_from_message(message)

"""GraphService: decode, call the app, encode."""

from typing import Final

from runwire.app.graphs import GraphCatalog
from runwire.domain.caller import Caller
from runwire.domain.errors import invalid
from runwire.rpc.checks import Faults
from runwire.rpc.convert_graphs import graph_to_wire, tool_to_wire
from runwire.rpc.convert_payloads import json_from_wire, spelled
from runwire.v1 import graph_service_pb2 as wire
from runwire.v1 import graph_service_pb2_grpc as service
from runwire.v1 import payload_pb2

_FORMATS: Final = payload_pb2.PayloadFormat.DESCRIPTOR


class GraphServicer(service.GraphServiceServicer):
    """Graphs and the tools that JSON graphs can call."""

    def __init__(self, graphs: GraphCatalog) -> None:
        self._graphs = graphs

    async def CreateGraph(
        self, request: wire.CreateGraphRequest, caller: Caller
    ) -> wire.CreateGraphResponse:
        if request.definition.WhichOneof("body") is None:
            raise invalid("definition", "is required")
        definition = json_from_wire(request.definition, name="definition", default=b"")
        graph = await self._graphs.create(
            definition, validate_only=request.validate_only, reach=caller.reach
        )
        return wire.CreateGraphResponse(graph=graph_to_wire(graph))

    async def GetGraph(
        self, request: wire.GetGraphRequest, caller: Caller
    ) -> wire.GetGraphResponse:
        faults = Faults()
        faults.text("graph_id", request.graph_id, required=True)
        faults.not_negative("version", request.version)
        faults.choice("payload_format", request.payload_format, _FORMATS)
        faults.done()
        graph = await self._graphs.get(request.graph_id, request.version, caller.reach)
        response = wire.GetGraphResponse(graph=graph_to_wire(graph))
        return spelled(response, request.payload_format)

    async def ListGraphs(
        self, request: wire.ListGraphsRequest, caller: Caller
    ) -> wire.ListGraphsResponse:
        faults = Faults()
        faults.page(request)
        faults.done()
        page = await self._graphs.find(request.page_size, request.page_token, caller.reach)
        return wire.ListGraphsResponse(
            graphs=[graph_to_wire(graph, full=False) for graph in page.items],
            next_page_token=page.next_page_token,
        )

    async def DeleteGraph(
        self, request: wire.DeleteGraphRequest, caller: Caller
    ) -> wire.DeleteGraphResponse:
        faults = Faults()
        faults.text("graph_id", request.graph_id, required=True)
        faults.done()
        await self._graphs.delete(request.graph_id, caller.reach)
        return wire.DeleteGraphResponse()

    async def ListTools(self, request: wire.ListToolsRequest, _: Caller) -> wire.ListToolsResponse:
        faults = Faults()
        faults.page(request)
        faults.choice("payload_format", request.payload_format, _FORMATS)
        faults.done()
        page = await self._graphs.tools(page_size=request.page_size, page_token=request.page_token)
        response = wire.ListToolsResponse(
            tools=map(tool_to_wire, page.items), next_page_token=page.next_page_token
        )
        return spelled(response, request.payload_format)

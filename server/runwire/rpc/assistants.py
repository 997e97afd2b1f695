"""AssistantService: decode, call the app, encode."""

from collections.abc import Mapping
from typing import Any, Final

from runwire.app.assistants import Assistants
from runwire.domain.assistant import Assistant
from runwire.domain.caller import Caller
from runwire.domain.paging import page_size_of, position_of, token_of
from runwire.rpc import assistant_requests as asked
from runwire.rpc.convert_assistants import assistant_to_wire, drawing_to_wire, schemas_to_wire
from runwire.rpc.convert_payloads import spelled
from runwire.rpc.pages import next_token, offset_of
from runwire.v1 import assistant_pb2
from runwire.v1 import assistant_service_pb2 as wire
from runwire.v1 import assistant_service_pb2_grpc as service

ALL_LEVELS: Final = -1


class AssistantServicer(service.AssistantServiceServicer):
    """Assistants of the caller's namespace."""

    def __init__(self, assistants: Assistants) -> None:
        self._assistants = assistants

    async def CreateAssistant(
        self, request: wire.CreateAssistantRequest, caller: Caller
    ) -> wire.CreateAssistantResponse:
        made = await self._assistants.create(
            caller,
            if_exists="do_nothing" if request.allow_existing else "raise",
            **asked.created(request),
        )
        response = wire.CreateAssistantResponse(assistant=assistant_to_wire(made))
        return spelled(response, request.payload_format)

    async def GetAssistant(
        self, request: wire.GetAssistantRequest, caller: Caller
    ) -> wire.GetAssistantResponse:
        asked.named(request).done()
        found = await self._assistants.get(caller, request.assistant_id)
        response = wire.GetAssistantResponse(assistant=assistant_to_wire(found))
        return spelled(response, request.payload_format)

    async def ListAssistants(
        self, request: wire.ListAssistantsRequest, caller: Caller
    ) -> wire.ListAssistantsResponse:
        where = asked.listed(request)
        query = ("assistants", caller.namespace, caller.graphs, repr(where))
        offset = offset_of(request.page_token, query)
        size = page_size_of(request.page_size)
        found = await self._assistants.find(caller, limit=size, offset=offset, **where)
        response = wire.ListAssistantsResponse(
            assistants=map(assistant_to_wire, found.items),
            next_page_token=next_token(offset, len(found.items), found.total, query),
            total_size=found.total,
        )
        return spelled(response, request.payload_format)

    async def UpdateAssistant(
        self, request: wire.UpdateAssistantRequest, caller: Caller
    ) -> wire.UpdateAssistantResponse:
        changes = asked.updated(request)
        changed = await self._assistants.update(caller, request.assistant_id, **changes)
        response = wire.UpdateAssistantResponse(assistant=assistant_to_wire(changed))
        return spelled(response, request.payload_format)

    async def DeleteAssistant(
        self, request: wire.DeleteAssistantRequest, caller: Caller
    ) -> wire.DeleteAssistantResponse:
        asked.named(request).done()
        await self._assistants.delete(
            caller, request.assistant_id, delete_threads=request.delete_threads
        )
        return wire.DeleteAssistantResponse()

    async def ListAssistantVersions(
        self, request: wire.ListAssistantVersionsRequest, caller: Caller
    ) -> wire.ListAssistantVersionsResponse:
        metadata = asked.versions(request)
        query = ("versions", caller.whole(request.assistant_id), repr(metadata))
        offset = offset_of(request.page_token, query)
        size = page_size_of(request.page_size)
        found = await self._assistants.versions(
            caller, request.assistant_id, metadata=metadata, limit=size + 1, offset=offset
        )
        response = wire.ListAssistantVersionsResponse(
            assistants=map(assistant_to_wire, found[:size]),
            next_page_token=next_token(offset, size, offset + len(found), query),
        )
        return spelled(response, request.payload_format)

    async def SetAssistantVersion(
        self, request: wire.SetAssistantVersionRequest, caller: Caller
    ) -> wire.SetAssistantVersionResponse:
        asked.check_version(request)
        chosen: Assistant = await self._assistants.choose(
            caller, request.assistant_id, request.version
        )
        response = wire.SetAssistantVersionResponse(assistant=assistant_to_wire(chosen))
        return spelled(response, request.payload_format)

    async def GetAssistantGraph(
        self, request: wire.GetAssistantGraphRequest, caller: Caller
    ) -> wire.GetAssistantGraphResponse:
        asked.check_depth(request)
        xray = True if request.depth == ALL_LEVELS else request.depth or False
        drawing = await self._assistants.drawing(caller, request.assistant_id, xray=xray)
        response = wire.GetAssistantGraphResponse(graph=drawing_to_wire(drawing))
        return spelled(response, request.payload_format)

    async def GetAssistantSchemas(
        self, request: wire.GetAssistantSchemasRequest, caller: Caller
    ) -> wire.GetAssistantSchemasResponse:
        asked.named(request).done()
        found = await self._assistants.schemas(caller, request.assistant_id)
        response = wire.GetAssistantSchemasResponse(schemas=schemas_to_wire(found))
        return spelled(response, request.payload_format)

    async def ListAssistantSubgraphs(
        self, request: wire.ListAssistantSubgraphsRequest, caller: Caller
    ) -> wire.ListAssistantSubgraphsResponse:
        asked.check_subgraphs(request)
        query = (caller.whole(request.assistant_id), request.name, request.recurse)
        after = position_of(request.page_token, query=query, kinds=(str,))
        found = await self._assistants.subgraphs(
            caller, request.assistant_id, within=request.name, recurse=request.recurse
        )
        return spelled(
            _page(found, after[0] if after else "", page_size_of(request.page_size), query),
            request.payload_format,
        )


def _page(
    found: Mapping[str, Any], after: str, size: int, query: tuple[object, ...]
) -> wire.ListAssistantSubgraphsResponse:
    names = sorted(name for name in found if name > after)
    shown = names[:size]
    return wire.ListAssistantSubgraphsResponse(
        subgraphs=[
            assistant_pb2.AssistantSubgraph(name=name, schemas=schemas_to_wire(found[name]))
            for name in shown
        ],
        next_page_token=token_of((shown[-1],), query=query) if len(names) > size else "",
    )

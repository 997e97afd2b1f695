"""AdminService: decode, call the app, encode."""

from typing import Final

from runwire.app.audit import AuditLog
from runwire.app.overview import Overview
from runwire.app.pruning import Archive
from runwire.domain.caller import Caller
from runwire.domain.filter_fields import Fields, integer, plain_text, time
from runwire.domain.parse import parse_filter
from runwire.rpc.checks import Faults, Paged, chosen, seconds_of
from runwire.rpc.convert_keys import entry_to_wire
from runwire.rpc.convert_overview import queue_to_wire, server_to_wire, worker_to_wire
from runwire.rpc.convert_storage import graph_storage_to_wire, pruned_to_wire, space_to_wire
from runwire.v1 import admin_service_pb2 as wire
from runwire.v1 import admin_service_pb2_grpc as service

ENTRIES: Final = Fields(
    kinds={
        "caller": plain_text,
        "namespace": plain_text,
        "method": plain_text,
        "code": integer,
        "event_time": time,
    },
    ordered=frozenset({"code", "event_time"}),
    marks="subject",
    example='caller = "key:ci"',
)
"""What a filter over the audit log may name."""


class AdminServicer(service.AdminServiceServicer):
    """What is stored, and what of it goes; what callers changed; and who works on what."""

    def __init__(self, archive: Archive, audit: AuditLog, overview: Overview) -> None:
        self._archive = archive
        self._audit = audit
        self._overview = overview

    async def GetStorage(
        self, _request: wire.GetStorageRequest, caller: Caller
    ) -> wire.GetStorageResponse:
        storage = await self._archive.storage(caller.reach)
        policy = self._archive.policy
        return wire.GetStorageResponse(
            graphs=[graph_storage_to_wire(graph, policy) for graph in storage.graphs],
            # Of all namespaces together, so nothing for a single one.
            database=space_to_wire(storage.database) if caller.everywhere else None,
        )

    async def Prune(self, request: wire.PruneRequest, caller: Caller) -> wire.PruneResponse:
        faults = Faults()
        faults.text("graph_id", request.graph_id)
        aged = chosen(request, "older_than")
        if aged:
            faults.duration("older_than", request.older_than)
        faults.done()
        pruning = await self._archive.prune(
            graph_id=request.graph_id,
            older_than_seconds=seconds_of(request.older_than) if aged else None,
            validate_only=request.validate_only,
            reach=caller.reach,
        )
        return wire.PruneResponse(graphs=map(pruned_to_wire, pruning.graphs), more=pruning.more)

    async def ListAuditEntries(
        self, request: wire.ListAuditEntriesRequest, caller: Caller
    ) -> wire.ListAuditEntriesResponse:
        _check_page(request)
        page = await self._audit.find(
            parse_filter(request.filter, ENTRIES),
            caller,
            page_size=request.page_size,
            page_token=request.page_token,
        )
        return wire.ListAuditEntriesResponse(
            entries=map(entry_to_wire, page.items), next_page_token=page.next_page_token
        )

    async def ListWorkers(
        self, request: wire.ListWorkersRequest, caller: Caller
    ) -> wire.ListWorkersResponse:
        _check_page(request)
        page = await self._overview.workers(
            caller, page_size=request.page_size, page_token=request.page_token
        )
        return wire.ListWorkersResponse(
            workers=map(worker_to_wire, page.items), next_page_token=page.next_page_token
        )

    async def ListQueues(
        self, request: wire.ListQueuesRequest, caller: Caller
    ) -> wire.ListQueuesResponse:
        _check_page(request)
        page = await self._overview.queues(
            caller, page_size=request.page_size, page_token=request.page_token
        )
        queues = [queue_to_wire(each, self._overview.workers_of(each.queue)) for each in page.items]
        return wire.ListQueuesResponse(queues=queues, next_page_token=page.next_page_token)

    async def GetServer(
        self, _request: wire.GetServerRequest, caller: Caller
    ) -> wire.GetServerResponse:
        return wire.GetServerResponse(server=server_to_wire(await self._overview.server(caller)))


def _check_page(request: Paged) -> None:
    faults = Faults()
    faults.page(request)
    faults.done()

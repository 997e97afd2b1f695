"""AdminService: decode, call the app, encode."""

from runwire.app.pruning import Archive
from runwire.domain.caller import Caller
from runwire.rpc.checks import Faults, chosen, seconds_of
from runwire.rpc.convert_storage import graph_storage_to_wire, pruned_to_wire, space_to_wire
from runwire.v1 import admin_service_pb2 as wire
from runwire.v1 import admin_service_pb2_grpc as service


class AdminServicer(service.AdminServiceServicer):
    """What is stored, and what of it goes."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

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

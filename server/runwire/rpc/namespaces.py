"""NamespaceService: decode, call the app, encode."""

from typing import Final

from runwire.app.namespaces import FIELDS, Namespaces
from runwire.domain.caller import Caller
from runwire.domain.quotas import Namespace, Quotas
from runwire.rpc.checks import MAX_TEXT_CHARACTERS, Faults
from runwire.rpc.convert_times import time_to_wire
from runwire.v1 import namespace_pb2, namespace_service_pb2_grpc
from runwire.v1 import namespace_service_pb2 as wire

MAX_PATHS: Final = 16


class NamespaceServicer(namespace_service_pb2_grpc.NamespaceServiceServicer):
    """Namespaces and their quotas."""

    def __init__(self, namespaces: Namespaces) -> None:
        self._namespaces = namespaces

    async def CreateNamespace(
        self, request: wire.CreateNamespaceRequest, caller: Caller
    ) -> wire.CreateNamespaceResponse:
        faults = Faults()
        faults.text("display_name", request.display_name, max_characters=MAX_TEXT_CHARACTERS)
        _check_quotas(faults, "quotas", request.quotas)
        faults.done()
        made = await self._namespaces.create(
            caller,
            request.namespace,
            display_name=request.display_name,
            quotas=_quotas(request.quotas),
        )
        return wire.CreateNamespaceResponse(namespace=_to_wire(made))

    async def GetNamespace(
        self, request: wire.GetNamespaceRequest, caller: Caller
    ) -> wire.GetNamespaceResponse:
        found = await self._namespaces.get(caller, request.namespace)
        return wire.GetNamespaceResponse(namespace=_to_wire(found))

    async def ListNamespaces(
        self, request: wire.ListNamespacesRequest, caller: Caller
    ) -> wire.ListNamespacesResponse:
        faults = Faults()
        faults.page(request)
        faults.done()
        page = await self._namespaces.find(
            caller, page_size=request.page_size, page_token=request.page_token
        )
        return wire.ListNamespacesResponse(
            namespaces=map(_to_wire, page.items), next_page_token=page.next_page_token
        )

    async def UpdateNamespace(
        self, request: wire.UpdateNamespaceRequest, caller: Caller
    ) -> wire.UpdateNamespaceResponse:
        faults, given = Faults(), request.namespace
        faults.text(
            "namespace.display_name", given.display_name, max_characters=MAX_TEXT_CHARACTERS
        )
        _check_quotas(faults, "namespace.quotas", given.quotas)
        if len(request.update_mask.paths) > MAX_PATHS:
            faults.add("update_mask", f"has more than {MAX_PATHS} paths")
        faults.done()
        new = Namespace(
            name=given.namespace,
            display_name=given.display_name,
            quotas=_quotas(given.quotas),
        )
        changed = await self._namespaces.update(caller, new, set(request.update_mask.paths))
        return wire.UpdateNamespaceResponse(namespace=_to_wire(changed))

    async def DeleteNamespace(
        self, request: wire.DeleteNamespaceRequest, caller: Caller
    ) -> wire.DeleteNamespaceResponse:
        await self._namespaces.delete(caller, request.namespace)
        return wire.DeleteNamespaceResponse()


def _check_quotas(faults: Faults, path: str, quotas: namespace_pb2.Quotas) -> None:
    for name in FIELDS:
        faults.not_negative(f"{path}.{name}", getattr(quotas, name))


def _quotas(quotas: namespace_pb2.Quotas) -> Quotas:
    return Quotas(**{name: getattr(quotas, name) for name in FIELDS})


def _to_wire(namespace: Namespace) -> namespace_pb2.Namespace:
    return namespace_pb2.Namespace(
        namespace=namespace.name,
        display_name=namespace.display_name,
        quotas=namespace_pb2.Quotas(
            **{name: getattr(namespace.quotas, name) for name in FIELDS},
        ),
        usage=namespace_pb2.NamespaceUsage(
            **{name: getattr(namespace.usage, name) for name in FIELDS},
        ),
        create_time=time_to_wire(namespace.created_at),
    )

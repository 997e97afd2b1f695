"""grpc.health.v1: per service and, under the empty name, for the whole server."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any, Final

from grpc_health.v1 import health_pb2 as wire
from grpc_health.v1 import health_pb2_grpc as service

from runwire.domain.errors import NotFound

SERVICE: Final = wire.DESCRIPTOR.services_by_name["Health"]

_SERVING: Final = wire.HealthCheckResponse.SERVING
_NOT_SERVING: Final = wire.HealthCheckResponse.NOT_SERVING
_UNKNOWN: Final = wire.HealthCheckResponse.SERVICE_UNKNOWN


class HealthServicer(service.HealthServicer):  # type: ignore[misc]  # untyped package
    """All services share one health: they serve until the server drains."""

    def __init__(self, services: Iterable[str]) -> None:
        self._services = frozenset(("", *services))
        self._leaving = asyncio.Event()

    @property
    def leaving(self) -> bool:
        """Whether it reports NOT_SERVING."""
        return self._leaving.is_set()

    def leave(self) -> None:
        """Report NOT_SERVING from now on."""
        self._leaving.set()

    async def Check(self, request: Any, _: Any) -> Any:
        status = self._status(request.service)
        if status == _UNKNOWN:
            raise NotFound(f"no service {request.service!r} here", reason="SERVICE_UNKNOWN")
        return wire.HealthCheckResponse(status=status)

    async def List(self, _: Any, __: Any) -> Any:
        statuses = {
            name: wire.HealthCheckResponse(status=self._status(name)) for name in self._services
        }
        return wire.HealthListResponse(statuses=statuses)

    async def Watch(self, request: Any, _: Any) -> AsyncIterator[Any]:
        if not self._leaving.is_set():
            yield wire.HealthCheckResponse(status=self._status(request.service))
            await self._leaving.wait()
        yield wire.HealthCheckResponse(status=self._status(request.service))
        await asyncio.Event().wait()  # nothing changes any more; the stream ends with the server

    def _status(self, name: str) -> int:
        if name not in self._services:
            return int(_UNKNOWN)
        return int(_NOT_SERVING if self._leaving.is_set() else _SERVING)

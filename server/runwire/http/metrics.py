"""`/metrics`, for Prometheus."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Final

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client.core import Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from httprule.failures import Failure, failure_json
from httprule.headers import headers_of
from runwire.app.figures import Figures
from runwire.domain.backlog import Backlog
from runwire.http.families import families

PATH: Final = "/metrics"

Check = Callable[[Request], Awaitable[None]]


class Exposition(Collector):
    """The numbers of one server and its process; a registry of its own, so nobody adds to it."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures
        self._backlog: Backlog | None = None
        self._registry = CollectorRegistry()
        self._registry.register(self)
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)

    async def scrape(self, accept: str = "") -> tuple[bytes, str]:
        """Return all metrics and their content type, in the format that is asked for."""
        self._backlog = await self._figures.backlog()
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type

    def describe(self) -> list[Metric]:
        """Return nothing: only this registers here, and nothing is known before it is asked."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield every metric of the server."""
        return families(self._figures, self._backlog)


def metrics_routes(figures: Figures, check: Check | None = None) -> list[Route]:
    """Return the routes to add to an application.

    `check` raises Failure for a request of somebody who may not read them.
    """
    exposition = Exposition(figures)

    async def metrics(request: Request) -> Response:
        try:
            if check is not None:
                await check(request)
        except Failure as failed:
            return Response(
                failure_json(failed.status),
                failed.http_status,
                dict(headers_of(failed.metadata, failed.status)),
                "application/json",
            )
        body, content_type = await exposition.scrape(request.headers.get("accept", ""))
        headers = {"content-type": content_type, "cache-control": "no-store"}
        return Response(body, headers=headers)

    return [Route(PATH, metrics, methods=["GET"], include_in_schema=False)]

"""What a client can ask about runs from outside: why one waits, how many there are."""

from __future__ import annotations

from runwire_client._payloads import duration
from runwire_client._watches_async import AsyncWatches
from runwire_client.explanations import Explanation, explanation_from_message
from runwire_client.overview import RunCounts, counts_from_message
from runwire_client.v1 import run_service_pb2


class AsyncLooks(AsyncWatches):
    """Looks at runs from outside."""

    async def explain(self, run_id: str, *, timeout_seconds: float | None = None) -> Explanation:
        """Return why a run is where it is, and what would move it. Raises NotFound."""
        request = run_service_pb2.ExplainRunRequest(run_id=run_id)
        response = await self._calls.unary(
            self._stub.ExplainRun, request, timeout_seconds=timeout_seconds
        )
        return explanation_from_message(response.explanation)

    async def count(
        self,
        *,
        graph_id: str = "",
        window_seconds: float | None = None,
        buckets: int = 0,
        timeout_seconds: float | None = None,
    ) -> RunCounts:
        """Return how many runs there are by status, and what happened to runs of late.

        Only of `graph_id`, if given. The buckets reach `window_seconds` back (an hour if None),
        and are 60 at most, or as many as `buckets` says. Raises NotFound (graph), Invalid.
        """
        request = run_service_pb2.CountRunsRequest(graph_id=graph_id, buckets=buckets)
        if window_seconds is not None:
            request.window.CopyFrom(duration(window_seconds))
        response = await self._calls.unary(
            self._stub.CountRuns, request, timeout_seconds=timeout_seconds
        )
        return counts_from_message(response)

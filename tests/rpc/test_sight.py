"""What is seen of a call that does not come by gRPC, such as one of a gateway."""

from typing import Any

import pytest
from grpc import StatusCode

from runwire import trail
from runwire.domain.errors import NotFound
from runwire.domain.tallies import CallTally
from runwire.rpc.calls import Surroundings
from runwire.rpc.draining import Draining
from runwire.rpc.methods import Method
from runwire.v1 import run_service_pb2 as wire

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Aborted(Exception):
    """What a context raises to end a call."""


class GatewayContext:
    """A call that came over HTTP."""

    transport = "http"

    def __init__(self, *metadata: tuple[str, str]) -> None:
        self._metadata = metadata
        self.trailing: dict[str, Any] = {}

    def invocation_metadata(self) -> Any:
        return self._metadata

    def set_trailing_metadata(self, trailing_metadata: Any) -> None:
        self.trailing = dict(trailing_metadata)

    def time_remaining(self) -> float | None:
        return 5.0

    def peer(self) -> str:
        return "ipv4:127.0.0.1:1"

    async def write(self, message: Any) -> None:
        raise AssertionError(message)

    async def abort(self, code: StatusCode, details: str, trailing_metadata: Any) -> Any:
        raise Aborted(code)


async def answer(request: wire.GetRunRequest, _: Any) -> wire.GetRunResponse:
    if request.run_id == "nobody":
        raise NotFound("no run nobody", reason="RUN_NOT_FOUND", run_id="nobody")
    here = trail.current()
    assert here.run_id == request.run_id
    found = wire.GetRunResponse()
    found.run.run_id, found.run.trace_parent = here.request_id, here.trace_parent
    return found


def called(tally: CallTally) -> Any:
    method = Method(
        path="/runwire.v1.RunService/GetRun",
        request=wire.GetRunRequest,
        response=wire.GetRunResponse,
        answer=answer,
        deadline_seconds=lambda _: 30.0,
        names_run=True,
    )
    around = Surroundings(draining=Draining(), new_request_id=lambda: "made", tally=tally)
    return around.unary(method)


async def test_it_is_counted_by_its_transport() -> None:
    tally = CallTally()
    call = called(tally)
    asked = wire.GetRunRequest(run_id="r").SerializeToString()
    for _ in range(2):
        await call(asked, GatewayContext())
    with pytest.raises(Aborted):
        await call(wire.GetRunRequest(run_id="nobody").SerializeToString(), GatewayContext())
    [method] = tally.methods.values()
    assert (method.service, method.method, method.open) == ("runwire.v1.RunService", "GetRun", 0)
    counts = {key: seen.count for key, seen in method.ended.items()}
    assert counts == {("http", "OK"): 2, ("http", "NOT_FOUND"): 1}
    assert trail.current() == trail.NOWHERE


@pytest.mark.parametrize(
    ("metadata", "kept"),
    [
        ((("traceparent", PARENT),), PARENT),
        ((("traceparent", PARENT), ("traceparent", PARENT)), ""),
        ((("traceparent", "nonsense"),), ""),
        ((), ""),
    ],
)
async def test_a_trace_is_kept_if_it_is_one(metadata: Any, kept: str) -> None:
    context = GatewayContext(("x-request-id", "mine"), *metadata)
    data = await called(CallTally())(wire.GetRunRequest(run_id="r").SerializeToString(), context)
    found = wire.GetRunResponse.FromString(data).run
    assert (found.run_id, found.trace_parent) == ("mine", kept)
    assert context.trailing["x-request-id"] == "mine"

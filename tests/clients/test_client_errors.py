"""Errors arrive by the server's names, with everything the server said."""

import pytest
from google.rpc import error_details_pb2
from grpc import StatusCode
from tests.clients.scripted_peer import Abort, Peer, retry_info

import runwire_client
from runwire_client import AsyncClient, Error, Invalid, Unavailable, Unimplemented, Violation
from runwire_client._status import ERRORS

SAID = {code: error for code, error in ERRORS.items() if code is not StatusCode.UNAVAILABLE}


@pytest.mark.parametrize("code", SAID, ids=str)
async def test_every_code_has_its_error(code: StatusCode, peer: Peer, client: AsyncClient) -> None:
    abort = Abort(code, "no", "REASON", {"run_id": "r"})
    peer.runs.answer("GetRun", abort)
    with pytest.raises(ERRORS[code]) as raised:
        await client.runs.get("r")
    error = raised.value
    assert type(error) is ERRORS[code]
    assert (error.code, error.message, error.reason) == (code, "no", "REASON")
    assert error.metadata == {"run_id": "r"}


def test_every_code_but_ok_is_covered_and_every_error_exported() -> None:
    assert set(ERRORS) == set(StatusCode) - {StatusCode.OK}
    for error in ERRORS.values():
        assert getattr(runwire_client, error.__name__) is error


async def test_details_are_decoded(peer: Peer, client: AsyncClient) -> None:
    bad = error_details_pb2.BadRequest()
    bad.field_violations.add(field="spec.graph_id", description="must not be empty")
    logged = error_details_pb2.RequestInfo(request_id="abc")
    abort = Abort(
        StatusCode.INVALID_ARGUMENT, "bad", "INVALID_FIELD", details=(bad, logged, retry_info(1.5))
    )
    peer.runs.answer("CreateRun", abort)
    with pytest.raises(Invalid) as raised:
        await client.runs.create("")
    error = raised.value
    assert error.violations == (Violation("spec.graph_id", "must not be empty"),)
    assert error.request_id == "abc"
    assert error.retry_after_seconds == 1.5
    assert str(error) == "bad (INVALID_FIELD, abc)"


async def test_an_error_without_details_has_its_text(peer: Peer, client: AsyncClient) -> None:
    with pytest.raises(Unimplemented) as raised:
        await client.graphs.get("g")
    assert raised.value.reason == ""
    assert raised.value.message


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    async with AsyncClient("127.0.0.1:1", timeout_seconds=0.05) as client:
        with pytest.raises((Unavailable, runwire_client.DeadlineExceeded)):
            await client.runs.get("r")


@pytest.mark.parametrize(
    "value",
    [float("nan"), {"a": float("inf")}, {"a": object()}, "\ud800"],
    ids=["nan", "inf", "object", "surrogate"],
)
async def test_what_is_not_json_is_refused_here(value: object, client: AsyncClient) -> None:
    with pytest.raises(Invalid) as raised:
        await client.runs.create("g", value)
    assert raised.value.violations[0].field == "spec.input"


def test_every_error_is_an_error() -> None:
    assert all(issubclass(error, Error) for error in ERRORS.values())

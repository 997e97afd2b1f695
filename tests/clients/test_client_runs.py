"""The verbs of runs: what is asked, what is understood, what is tried again."""

from datetime import UTC, datetime

import pytest
from google.protobuf import timestamp_pb2
from google.rpc import status_pb2
from grpc import StatusCode
from tests.clients.scripted_peer import FAST, RUN_ID, Abort, Hang, Peer, run

from runwire_client import (
    ArtifactReference,
    AsyncClient,
    Cancelled,
    DataLoss,
    DeadlineExceeded,
    RunStatus,
    Unavailable,
)
from runwire_client._payloads import decoded
from runwire_client.events import event_from_message
from runwire_client.v1 import event_pb2, payload_pb2, run_pb2, run_service_pb2, step_pb2

DOWN = Abort(StatusCode.UNAVAILABLE)
BIG = 2**70 + 1


def created(replayed: bool = False) -> run_service_pb2.CreateRunResponse:
    return run_service_pb2.CreateRunResponse(run=run(), replayed=replayed)


async def test_creating_sends_what_was_given(peer: Peer, client: AsyncClient) -> None:
    peer.runs.answer("CreateRun", created())
    made = await client.runs.create(
        "data_quality",
        {"rows": BIG, "share": 5.0, "name": "é"},
        run_id=RUN_ID,
        labels={"team": "risk"},
        thread_id="t",
        priority=3,
        run_timeout_seconds=1.5,
    )
    assert made.run_id == RUN_ID
    assert made.status is RunStatus.RUNNING
    [request] = peer.runs.requests
    assert request.run_id == RUN_ID
    assert request.spec.graph_id == "data_quality"
    assert request.spec.input.data.decode() == f'{{"rows":{BIG},"share":5.0,"name":"é"}}'
    assert dict(request.spec.labels) == {"team": "risk"}
    assert (request.spec.thread_id, request.spec.priority) == ("t", 3)
    assert request.spec.timeout.ToNanoseconds() == 1_500_000_000


async def test_a_create_is_sent_again_as_it_was(peer: Peer, client: AsyncClient) -> None:
    peer.runs.answer("CreateRun", DOWN, DOWN, created(replayed=True))
    assert (await client.runs.create("g")).replayed
    first, second, third = peer.runs.requests
    assert first == second == third
    assert first.request_id
    assert not first.spec.HasField("input")


async def test_two_creates_are_two_requests(peer: Peer, client: AsyncClient) -> None:
    peer.runs.answer("CreateRun", created(), created())
    await client.runs.create("g")
    await client.runs.create("g")
    assert len({request.request_id for request in peer.runs.requests}) == 2


async def test_an_answer_to_an_interrupt_is_sent_once(peer: Peer, client: AsyncClient) -> None:
    peer.runs.answer("ResumeRun", DOWN)
    with pytest.raises(Unavailable):
        await client.runs.resume(RUN_ID, {"yes": True})
    [request] = peer.runs.requests
    assert request.answer.data == b'{"yes":true}'


async def test_a_call_takes_no_longer_than_asked(peer: Peer, client: AsyncClient) -> None:
    peer.runs.answer("GetRun", Hang())
    with pytest.raises(DeadlineExceeded):
        await client.runs.get(RUN_ID, timeout_seconds=0.05)


async def test_trying_again_ends_with_the_time(peer: Peer, client: AsyncClient) -> None:
    peer.runs.answer("GetRun", *[DOWN] * 1000)
    with pytest.raises((Unavailable, DeadlineExceeded)):
        await client.runs.get(RUN_ID, timeout_seconds=0.05)
    assert len(peer.runs.requests) > 1


async def test_every_call_says_who_calls(peer: Peer) -> None:
    tokens = iter(["first", "second"])
    peer.runs.answer("CreateRun", created(), created())
    async with AsyncClient(
        peer.target, token=lambda: next(tokens), metadata={"x-team": "risk"}, backoff=FAST
    ) as client:
        await client.runs.create("g")
        await client.runs.create("g")
    sent = [(each["authorization"], each["x-team"]) for each in peer.runs.metadata]
    assert sent == [("Bearer first", "risk"), ("Bearer second", "risk")]


async def test_a_closed_client_says_so(peer: Peer, client: AsyncClient) -> None:
    await client.aclose()
    with pytest.raises(Cancelled, match="closed"):
        await client.runs.get(RUN_ID)


async def test_a_list_is_read_page_by_page(peer: Peer, client: AsyncClient) -> None:
    def page(*ids: str, behind: str = "") -> run_service_pb2.ListRunsResponse:
        runs = [run_pb2.Run(run_id=run_id) for run_id in ids]
        return run_service_pb2.ListRunsResponse(runs=runs, next_page_token=behind)

    peer.runs.answer("ListRuns", page("a", "b", behind="t"), DOWN, page("c"))
    listed = [each.run_id async for each in client.runs.list(statuses=[RunStatus.FAILED])]
    assert listed == ["a", "b", "c"]
    assert [request.page_token for request in peer.runs.requests] == ["", "t", "t"]
    assert {tuple(request.statuses) for request in peer.runs.requests} == {
        (run_pb2.RUN_STATUS_FAILED,)
    }


async def test_a_list_that_goes_in_circles_is_left(peer: Peer, client: AsyncClient) -> None:
    again = run_service_pb2.ListRunsResponse(runs=[run()], next_page_token="t")  # noqa: S106
    peer.runs.answer("ListRuns", again, again)
    with pytest.raises(DataLoss):
        [each async for each in client.runs.list()]


async def test_waiting_asks_until_the_run_has_ended(peer: Peer, client: AsyncClient) -> None:
    running = run_service_pb2.WaitRunResponse(run=run())
    over = run_service_pb2.WaitRunResponse(run=run(run_pb2.RUN_STATUS_CANCELLED))
    peer.runs.answer("WaitRun", running, DOWN, over)
    assert (await client.runs.wait(RUN_ID)).status is RunStatus.CANCELLED


async def test_waiting_ends_with_the_time(peer: Peer, client: AsyncClient) -> None:
    peer.runs.answer("WaitRun", run_service_pb2.WaitRunResponse(run=run()))
    with pytest.raises(DeadlineExceeded, match="still running"):
        await client.runs.wait(RUN_ID, timeout_seconds=0)


async def test_labels_are_changed_one_by_one_or_replaced(peer: Peer, client: AsyncClient) -> None:
    answer = run_service_pb2.UpdateRunResponse(run=run())
    peer.runs.answer("UpdateRun", answer, answer)
    await client.runs.update(RUN_ID, {"team": "risk", "old": None})
    await client.runs.update(RUN_ID, {"team": "risk"}, replace=True)
    first, second = peer.runs.requests
    assert list(first.update_mask.paths) == ["labels.team", "labels.old"]
    assert dict(first.labels) == {"team": "risk"}
    assert list(second.update_mask.paths) == ["labels"]


async def test_cancelling_and_forking_say_what_they_were_told(
    peer: Peer, client: AsyncClient
) -> None:
    peer.runs.answer("CancelRun", DOWN, run_service_pb2.CancelRunResponse(run=run()))
    peer.runs.answer("ForkRun", DOWN, run_service_pb2.ForkRunResponse(run=run()))
    await client.runs.cancel(RUN_ID, "enough")
    await client.runs.fork(RUN_ID, "c1", update={"a": 1})
    _, cancelled, first, second = peer.runs.requests
    assert cancelled.reason == "enough"
    assert first == second
    assert (first.checkpoint_id, first.update.data) == ("c1", b'{"a":1}')


async def test_state_is_decoded(peer: Peer, client: AsyncClient) -> None:
    state = step_pb2.RunState(
        checkpoint=step_pb2.Checkpoint(checkpoint_id="c1", nodes=["a"]),
        values=payload_pb2.Payload(data=f'{{"n":{BIG}}}'.encode()),
        next_nodes=["b"],
    )
    peer.runs.answer("GetRunState", run_service_pb2.GetRunStateResponse(state=state))
    got = await client.runs.state(RUN_ID)
    assert got.values == {"n": BIG}
    assert got.next_nodes == ("b",)
    assert got.checkpoint is not None
    assert got.checkpoint.nodes == ("a",)


async def test_a_run_is_understood(peer: Peer, client: AsyncClient) -> None:
    message = run_pb2.Run(
        run_id=RUN_ID,
        status=run_pb2.RUN_STATUS_FAILED,
        spec=run_pb2.RunSpec(graph_id="g", input=payload_pb2.Payload(data=b"[1, 2.0]")),
        error=status_pb2.Status(code=5, message="lost"),
        create_time=timestamp_pb2.Timestamp(seconds=1_800_000_000),
        interrupts=[run_pb2.Interrupt(interrupt_id="i", value=payload_pb2.Payload(data=b'"?"'))],
    )
    peer.runs.answer("GetRun", run_service_pb2.GetRunResponse(run=message))
    got = await client.runs.get(RUN_ID)
    assert got.status.final
    assert got.input == [1, 2.0]
    assert got.output is None
    assert got.created_at == datetime.fromtimestamp(1_800_000_000, UTC)
    assert got.ended_at is None
    assert got.error is not None
    assert (got.error.code, got.error.message) == (StatusCode.NOT_FOUND, "lost")
    assert got.interrupts[0].value == "?"
    assert got.interrupts[0].answer_schema is None
    assert isinstance(hash(got), int)


def test_a_status_of_a_newer_server_is_unknown() -> None:
    message = event_pb2.RunEvent(status_changed=event_pb2.RunStatusChanged())
    message.status_changed.ParseFromString(b"\x10\x63")
    assert event_from_message(message).data["to_status"] is RunStatus.UNKNOWN


def test_an_event_of_a_newer_server_is_unknown() -> None:
    event = event_from_message(event_pb2.RunEvent.FromString(b"\x10\x05\xfa\x07\x01x"))
    assert (event.sequence, event.kind, event.data) == (5, "unknown", {})


def test_event_data_is_plain() -> None:
    message = event_pb2.RunEvent(
        status_changed=event_pb2.RunStatusChanged(
            to_status=run_pb2.RUN_STATUS_SUCCEEDED,
            output=payload_pb2.Payload(data=b'{"a": 1}'),
        )
    )
    assert event_from_message(message).data == {
        "from_status": None,
        "to_status": RunStatus.SUCCEEDED,
        "reason": "",
        "output": {"a": 1},
        "error": None,
        "attempt": 0,
    }
    update = event_pb2.RunEvent(state_updated=event_pb2.RunStateUpdated(nodes=["a", "b"]))
    assert event_from_message(update).data["nodes"] == ["a", "b"]
    raised = event_pb2.RunEvent(
        interrupt_raised=event_pb2.RunInterruptRaised(interrupt=run_pb2.Interrupt(node="n"))
    )
    assert event_from_message(raised).data["interrupt"].node == "n"


def test_payloads_of_every_spelling_are_decoded() -> None:
    spelled = payload_pb2.Payload()
    spelled.json.struct_value.update({"a": [1, None]})
    assert decoded(spelled) == {"a": [1.0, None]}
    assert decoded(payload_pb2.Payload(content_type="image/png", data=b"\x89")) == b"\x89"
    assert decoded(payload_pb2.Payload(artifact_id="x")) == ArtifactReference("x")
    assert decoded(payload_pb2.Payload()) is None

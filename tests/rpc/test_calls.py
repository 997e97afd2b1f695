"""What surrounds every call, over a real socket."""

import asyncio
import logging

import grpc
import pytest
from google.protobuf.message_factory import GetMessageClass
from google.rpc import error_details_pb2, status_pb2
from grpc import aio
from tests.conftest import eventually

from runwire.domain.errors import NotAllowed
from runwire.rpc.calls import Surroundings
from runwire.rpc.draining import Draining
from runwire.rpc.methods import Method
from runwire.rpc.server import build_server
from runwire.v1 import artifact_service_pb2, run_service_pb2

REQUEST = run_service_pb2.GetRunRequest
RESPONSE = run_service_pb2.WatchRunResponse
SECONDS = 0.3


class Answers:
    """One method of every kind of trouble."""

    def __init__(self):
        self.ended = asyncio.Event()
        self.sent = 0

    async def unary(self, request, context):
        match request.run_id:
            case "refused":
                raise NotAllowed("not now", reason="RUN_ALREADY_TERMINAL", run_id="refused")
            case "broken":
                raise RuntimeError("the password is hunter2")
            case "late":
                raise TimeoutError("somebody else's")
            case "slow" | "endless":
                try:
                    await asyncio.sleep(60)
                finally:
                    self.ended.set()
        return RESPONSE(next_sequence=7)

    async def stream(self, request, context):
        try:
            if request.run_id == "refused":
                raise NotAllowed("not now")
            yield RESPONSE(next_sequence=1)
            yield RESPONSE(next_sequence=2).SerializeToString()
            if request.run_id == "refused later":
                raise NotAllowed("not now")
            while request.run_id == "flood":
                self.sent += 1
                yield (
                    RESPONSE(next_sequence=2 + self.sent).SerializeToString()
                    + b"\x7a"
                    + bytes([0xC0, 0x84, 0x3D])
                    + bytes(1_000_000)
                )
            if request.run_id == "endless":
                await asyncio.sleep(60)
        finally:
            self.ended.set()

    async def upload(self, requests, context):
        count = 0
        async for request in requests:
            count += 1
            if request.run_id == "enough":
                break
        return RESPONSE(next_sequence=count)

    async def both(self, requests, context):
        async for request in requests:
            yield RESPONSE(next_sequence=len(request.run_id))


@pytest.fixture
def answers():
    return Answers()


@pytest.fixture
def draining():
    return Draining()


@pytest.fixture
async def channel(answers, draining):
    surroundings = Surroundings(
        draining=draining, new_request_id=lambda: "made-1", max_message_seconds=SECONDS
    )
    kinds = {"unary": (0, 0), "stream": (0, 1), "upload": (1, 0), "both": (1, 1)}
    methods = [
        Method(
            path=f"/t/{name}",
            request=REQUEST,
            response=RESPONSE,
            answer=getattr(answers, name),
            client_streaming=bool(many),
            server_streaming=bool(more),
            deadline_seconds=lambda request: SECONDS if request.run_id == "slow" else 30,
        )
        for name, (many, more) in kinds.items()
    ]
    server = build_server(methods, surroundings)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    options = [("grpc.max_receive_message_length", -1), ("grpc.http2.bdp_probe", 0)]
    async with aio.insecure_channel(f"127.0.0.1:{port}", options=options) as channel:
        yield channel
    await server.stop(0)


def ask(run_id=""):
    return REQUEST(run_id=run_id).SerializeToString()


def reason_of(error):
    trailers = dict(error.trailing_metadata())
    status = status_pb2.Status.FromString(trailers["grpc-status-details-bin"])
    info = error_details_pb2.ErrorInfo()
    assert status.details[0].Unpack(info)
    assert status.code == error.code().value[0]
    assert status.message == error.details()
    return error.code().name, info.reason, dict(info.metadata)


async def refused(call):
    with pytest.raises(aio.AioRpcError) as caught:
        await call
    return reason_of(caught.value)


@pytest.mark.parametrize("kind", ["unary_unary", "unary_stream", "stream_unary", "stream_stream"])
async def test_bytes_that_are_no_request_are_refused_in_our_words(channel, kind):
    path = {"unary_unary": "unary", "unary_stream": "stream", "stream_unary": "upload"}
    call = getattr(channel, kind)(f"/t/{path.get(kind, 'both')}")
    junk = b"\x0a\xff"
    found = call(iter([junk])) if kind.startswith("stream") else call(junk)
    answer = found.read() if kind.endswith("stream") else found
    code, reason, _ = await refused(answer)
    assert (code, reason) == ("INVALID_ARGUMENT", "REQUEST_UNDECODABLE")


async def test_every_kind_of_call_is_answered(channel):
    one = await channel.unary_unary("/t/unary")(ask())
    assert RESPONSE.FromString(one).next_sequence == 7
    many = [message async for message in channel.unary_stream("/t/stream")(ask())]
    assert [RESPONSE.FromString(message).next_sequence for message in many] == [1, 2]
    counted = await channel.stream_unary("/t/upload")(iter([ask(), ask()]))
    assert RESPONSE.FromString(counted).next_sequence == 2
    both = channel.stream_stream("/t/both")(iter([ask("a"), ask("bb")]))
    assert [RESPONSE.FromString(message).next_sequence async for message in both] == [1, 2]


async def test_an_upload_may_be_answered_before_its_end(channel):
    call = channel.stream_unary("/t/upload")()
    await call.write(ask("enough"))
    assert RESPONSE.FromString(await call).next_sequence == 1


async def test_an_error_on_purpose_is_told_with_its_details(channel):
    assert await refused(channel.unary_unary("/t/unary")(ask("refused"))) == (
        *("FAILED_PRECONDITION", "RUN_ALREADY_TERMINAL", {"run_id": "refused"}),
    )


@pytest.mark.parametrize("fault", ["broken", "late"])
async def test_an_unexpected_error_is_only_in_the_log(channel, caplog, fault):
    with pytest.raises(aio.AioRpcError) as caught:
        await channel.unary_unary("/t/unary")(ask(fault))
    assert reason_of(caught.value)[:2] == ("INTERNAL", "INTERNAL")
    assert caught.value.details() == "internal error; quote request id made-1"
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.request_id == "made-1"
    assert record.exc_info[0] in (RuntimeError, TimeoutError)


async def test_a_sane_request_id_is_kept_and_another_one_made(channel):
    call = channel.unary_unary("/t/unary")
    for sent, kept in (("my-id:1", "my-id:1"), ("not sane", "made-1"), ("x" * 129, "made-1")):
        found = call(ask(), metadata=(("x-request-id", sent),))
        await found
        assert dict(await found.trailing_metadata())["x-request-id"] == kept
    stream = channel.unary_stream("/t/stream")(ask(), metadata=(("x-request-id", "s1"),))
    assert [message async for message in stream]
    assert dict(await stream.trailing_metadata())["x-request-id"] == "s1"


async def test_a_refusal_carries_the_request_id_too(channel):
    with pytest.raises(aio.AioRpcError) as caught:
        await channel.unary_unary("/t/unary")(ask("refused"), metadata=(("x-request-id", "r1"),))
    assert dict(caught.value.trailing_metadata())["x-request-id"] == "r1"


async def test_every_call_is_one_line_in_the_log(channel, caplog):
    caplog.set_level(logging.INFO, "runwire.access")
    await channel.unary_unary("/t/unary")(ask())
    await refused(channel.unary_unary("/t/unary")(ask("refused")))
    lines = [(record.method, record.code, record.request_id) for record in caplog.records]
    assert lines == [("/t/unary", "OK", "made-1"), ("/t/unary", "FAILED_PRECONDITION", "made-1")]
    assert caplog.records[0].milliseconds >= 0
    assert caplog.records[0].peer.startswith("ipv4:")


async def test_a_call_without_a_deadline_gets_one(channel, answers):
    code, reason, _ = await refused(channel.unary_unary("/t/unary")(ask("slow")))
    assert (code, reason) == ("DEADLINE_EXCEEDED", "DEADLINE_EXCEEDED")
    assert answers.ended.is_set()


async def test_the_callers_deadline_counts(channel, answers, caplog):
    caplog.set_level(logging.INFO, "runwire.access")
    call = channel.unary_unary("/t/unary")(ask("endless"), timeout=SECONDS)
    with pytest.raises(aio.AioRpcError) as caught:
        await call
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    async with asyncio.timeout(5):
        await answers.ended.wait()
    await asyncio.sleep(0)
    assert [record.code for record in caplog.records] == ["DEADLINE_EXCEEDED"]


async def test_a_cancelled_stream_leaves_nothing_behind(channel, answers, draining):
    call = channel.unary_stream("/t/stream")(ask("endless"))
    await call.read()
    call.cancel()
    async with asyncio.timeout(5):
        await answers.ended.wait()
    assert await draining.left(5)


async def test_a_refused_stream_sends_nothing_but_its_status(channel):
    call = channel.unary_stream("/t/stream")(ask("refused"))
    code, _, facts = await refused(call.read())
    assert (code, facts) == ("FAILED_PRECONDITION", {})
    assert "x-request-id" not in dict(await call.initial_metadata())


async def test_a_stream_that_breaks_off_tells_where_to_go_on(channel):
    call = channel.unary_stream("/t/stream")(ask("refused later"))
    await call.read()
    await call.read()
    code, _, facts = await refused(call.read())
    assert (code, facts) == ("FAILED_PRECONDITION", {"next_sequence": "2"})


async def test_a_reader_that_does_not_read_is_let_go(channel, answers):
    call = channel.unary_stream("/t/stream")(ask("flood"))
    async with asyncio.timeout(10):
        await answers.ended.wait()  # while nobody reads
    sequences = []

    async def read_on():
        while True:
            sequences.append(RESPONSE.FromString(await call.read()).next_sequence)

    with pytest.raises(aio.AioRpcError) as caught:
        await read_on()
    code, reason, facts = reason_of(caught.value)
    assert (code, reason) == ("RESOURCE_EXHAUSTED", "WATCH_TOO_SLOW")
    assert sequences == list(range(1, len(sequences) + 1))
    # What is sent again, or not, is the message that was under way: none is lost.
    assert int(facts["next_sequence"]) in (sequences[-1], sequences[-1] - 1)


async def test_an_upload_that_stands_still_is_let_go(channel):
    call = channel.stream_unary("/t/upload")()
    await call.write(ask())
    code, reason, _ = await refused(call)
    assert (code, reason) == ("RESOURCE_EXHAUSTED", "UPLOAD_TOO_SLOW")


async def test_an_unknown_method_is_unimplemented(channel):
    with pytest.raises(aio.AioRpcError) as caught:
        await channel.unary_unary("/t/nothing")(b"")
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_draining_ends_streams_and_answers_calls(channel, answers, draining):
    call = channel.unary_stream("/t/stream")(ask("endless"))
    await call.read()
    await call.read()
    draining.begin()
    code, reason, facts = await refused(call.read())
    assert (code, reason, facts) == ("UNAVAILABLE", "SERVER_DRAINING", {"next_sequence": "2"})
    assert answers.ended.is_set()
    assert await draining.left(1)
    late = await refused(channel.unary_stream("/t/stream")(ask()).read())
    assert late[:2] == ("UNAVAILABLE", "SERVER_DRAINING")
    assert await channel.unary_unary("/t/unary")(ask())


async def test_draining_interrupts_a_write(channel, answers, draining):
    call = channel.unary_stream("/t/stream")(ask("flood"))
    await eventually(lambda: answers.sent)
    draining.begin()
    async with asyncio.timeout(SECONDS / 2):
        await answers.ended.wait()

    async def read_on():
        while True:
            await call.read()

    with pytest.raises(aio.AioRpcError) as caught:
        await read_on()
    assert reason_of(caught.value)[:2] == ("UNAVAILABLE", "SERVER_DRAINING")


def test_the_request_of_a_method_is_its_own_class():
    method = artifact_service_pb2.DESCRIPTOR.services_by_name["ArtifactService"].methods[0]
    assert GetMessageClass(method.input_type) is artifact_service_pb2.UploadArtifactRequest

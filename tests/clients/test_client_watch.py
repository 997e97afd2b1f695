"""A watch gives every event once and in order, whatever happens to its streams."""

import asyncio
from collections import deque

import pytest
from grpc import StatusCode
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.clients.scripted_peer import (
    FAST,
    RUN_ID,
    Abort,
    Hang,
    Peer,
    batch,
    compacted,
    ended,
    event,
    heartbeat,
    peer_and_client,
    start_peer,
    started,
)

from runwire_client import (
    AsyncClient,
    Cancelled,
    Compacted,
    DataLoss,
    EventsCompacted,
    Internal,
    NotFound,
    RunStatus,
    Unavailable,
    _requests,
)
from runwire_client.v1 import run_service_pb2

BREAKS = {
    "unavailable": Abort(StatusCode.UNAVAILABLE),
    "draining": Abort(StatusCode.UNAVAILABLE, reason="SERVER_DRAINING"),
    "too slow": Abort(StatusCode.RESOURCE_EXHAUSTED, reason="WATCH_TOO_SLOW"),
    "cancelled by the other side": Abort(StatusCode.CANCELLED),
    "unknown": Abort(StatusCode.UNKNOWN),
    "reset": Abort(StatusCode.INTERNAL, "Received RST_STREAM with error code 2"),
    "ended without saying so": None,
}
broken = pytest.mark.parametrize("how", BREAKS)


async def sequences(watch) -> list[int]:
    return [event.sequence async for event in watch]


async def test_a_watch_yields_events_until_the_run_ends(peer: Peer, client: AsyncClient) -> None:
    peer.runs.scripts.append([started(), batch([1, 2]), heartbeat(3), batch([3]), ended(4)])
    watch = client.runs.watch(RUN_ID)
    assert await sequences(watch) == [1, 2, 3]
    assert watch.run is not None
    assert watch.run.status is RunStatus.SUCCEEDED
    assert watch.next_sequence == 4
    assert len(peer.runs.requests) == 1


async def test_an_event_says_what_happened(peer: Peer, client: AsyncClient) -> None:
    peer.runs.scripts.append([started(), batch([1]), ended(2)])
    [first] = [event async for event in client.runs.watch(RUN_ID)]
    assert first.kind == "log_entry"
    assert first.data == {"severity": 6, "message": "entry 1", "fields": None}
    assert first.message == event(1)


@broken
async def test_a_broken_stream_is_gone_on_with(how: str, peer: Peer, client: AsyncClient) -> None:
    breaking = [BREAKS[how]] if BREAKS[how] else []
    peer.runs.scripts += [
        [started(), batch([1, 2]), *breaking],
        [started(3), batch([3]), ended(4)],
    ]
    assert await sequences(client.runs.watch(RUN_ID)) == [1, 2, 3]
    assert [request.from_sequence for request in peer.runs.requests] == [0, 3]


streams = st.lists(
    st.tuples(
        st.integers(0, 4),  # events before the break
        st.integers(1, 3),  # events in a message
        st.integers(0, 5),  # events sent again
        st.sampled_from(sorted(BREAKS)),
    ),
    max_size=8,
)


@settings(deadline=None, max_examples=60)
@given(streams=streams, last=st.integers(1, 12), from_sequence=st.integers(0, 3))
async def test_whatever_breaks_each_event_comes_once_and_in_order(
    streams: list[tuple[int, int, int, str]], last: int, from_sequence: int
) -> None:
    async with peer_and_client() as (peer, client):
        first = max(1, min(from_sequence, last))
        reached = first
        for count, size, again, how in streams:
            begin = max(1, reached - again)
            sent = list(range(begin, min(reached + count, last + 1)))
            messages = [batch(sent[at : at + size]) for at in range(0, len(sent), size)]
            breaking = [BREAKS[how]] if BREAKS[how] else []
            peer.runs.scripts.append([started(begin), *messages, *breaking])
            reached = max(reached, sent[-1] + 1 if sent else 0)
        rest = [batch([each]) for each in range(reached, last + 1)]
        peer.runs.scripts.append([started(reached), *rest, ended(last + 1)])
        if from_sequence == 0 and streams:
            from_sequence = 1  # a repetition before the oldest event would be a new beginning
        seen = await sequences(client.runs.watch(RUN_ID, min(from_sequence, last)))
    assert seen == list(range(first, last + 1))


async def test_an_unknown_run_is_said_at_once(peer: Peer, client: AsyncClient) -> None:
    peer.runs.scripts.append([Abort(StatusCode.NOT_FOUND, "no run x", "RUN_NOT_FOUND")])
    with pytest.raises(NotFound, match="no run x"):
        await sequences(client.runs.watch("x"))
    assert len(peer.runs.requests) == 1


async def test_a_failure_of_the_server_itself_is_said(peer: Peer, client: AsyncClient) -> None:
    peer.runs.scripts.append([started(), batch([1]), Abort(StatusCode.INTERNAL, reason="INTERNAL")])
    with pytest.raises(Internal):
        await sequences(client.runs.watch(RUN_ID))


async def test_compaction_is_raised_and_can_be_gone_past(peer: Peer, client: AsyncClient) -> None:
    peer.runs.scripts.append([started(), batch([1]), compacted(2, 4), batch([5]), ended(6)])
    watch = client.runs.watch(RUN_ID, 1)
    assert (await anext(watch)).sequence == 1
    with pytest.raises(EventsCompacted) as raised:
        await anext(watch)
    gap = raised.value
    assert (gap.from_sequence, gap.to_sequence, gap.oldest_sequence) == (2, 4, 5)
    assert await sequences(watch) == [5]


async def test_compaction_is_told_to_whoever_asked(peer: Peer, client: AsyncClient) -> None:
    peer.runs.scripts += [
        [started(), batch([1]), compacted(2, 4), BREAKS["unavailable"]],
        [started(5), compacted(2, 4), batch([5]), ended(6)],
    ]
    told: list[Compacted] = []
    assert await sequences(client.runs.watch(RUN_ID, 1, on_compacted=told.append)) == [1, 5]
    assert told == [Compacted(RUN_ID, 2, 4)]


async def test_a_refused_position_is_compaction_as_well(peer: Peer, client: AsyncClient) -> None:
    refusal = Abort(
        StatusCode.OUT_OF_RANGE, reason="EVENTS_COMPACTED", metadata={"oldest_sequence": "7"}
    )
    peer.runs.scripts += [[refusal], [started(7), batch([7]), ended(8)]]
    watch = client.runs.watch(RUN_ID, 3)
    with pytest.raises(EventsCompacted) as raised:
        await anext(watch)
    assert (raised.value.from_sequence, raised.value.to_sequence) == (3, 6)
    assert await sequences(watch) == [7]


@pytest.mark.parametrize(
    "gap", [batch([4]), heartbeat(4), ended(4), batch([2, 4]), compacted(4, 5)], ids=str
)
async def test_a_gap_is_asked_for_again(gap, peer: Peer, client: AsyncClient) -> None:
    peer.runs.scripts += [
        [started(), batch([1]), gap],
        [started(2), batch([2, 3, 4]), ended(5)],
    ]
    assert await sequences(client.runs.watch(RUN_ID, 1)) == [1, 2, 3, 4]


async def test_a_gap_that_stays_is_never_skipped(peer: Peer, client: AsyncClient) -> None:
    peer.runs.scripts += [[started(), batch([1]), batch([4])], [started(2), batch([4])]]
    watch = client.runs.watch(RUN_ID, 1)
    assert (await anext(watch)).sequence == 1
    with pytest.raises(DataLoss, match="events 2 to 3"):
        await anext(watch)


async def test_a_silent_stream_is_left(
    peer: Peer, client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_requests, "SHORTEST_HEARTBEAT_SECONDS", 0.05)
    peer.runs.scripts += [[started(), batch([1]), Hang()], [started(2), batch([2]), ended(3)]]
    assert await sequences(client.runs.watch(RUN_ID, heartbeat_seconds=0.05)) == [1, 2]
    await peer.runs.left.wait()


async def test_a_watch_outlives_the_server() -> None:
    first = await start_peer()
    first.runs.scripts.append([started(), batch([1]), Hang()])
    async with AsyncClient(first.target, backoff=FAST) as client:
        watch = client.runs.watch(RUN_ID)
        assert (await anext(watch)).sequence == 1
        await first.server.stop(None)
        second = await start_peer(port=first.port)
        second.runs.scripts.append([started(2), batch([2]), ended(3)])
        assert await sequences(watch) == [2]
        await second.server.stop(None)


async def test_a_watch_gives_up_in_the_end(peer: Peer, client: AsyncClient) -> None:
    peer.runs.scripts += [[started(), BREAKS["unavailable"]]] * 1000
    with pytest.raises(Unavailable):
        await sequences(client.runs.watch(RUN_ID, give_up_seconds=0.05))
    assert len(peer.runs.requests) > 1


async def test_closing_a_watch_cancels_the_call(peer: Peer, client: AsyncClient) -> None:
    peer.runs.scripts.append([started(), batch([1, 2]), Hang()])
    async with client.runs.watch(RUN_ID) as watch:
        async for _ in watch:
            break
    await peer.runs.left.wait()
    assert await sequences(watch) == []


async def test_closing_a_watch_ends_whoever_reads_it(peer: Peer, client: AsyncClient) -> None:
    peer.runs.scripts.append([started(), Hang()])
    watch = client.runs.watch(RUN_ID)
    async with asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(sequences(watch))
        await peer.runs.hanging.wait()
        await watch.aclose()
    assert reading.result() == []


async def test_a_cancelled_reader_is_cancelled(peer: Peer, client: AsyncClient) -> None:
    peer.runs.scripts.append([started(), Hang()])
    async with asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(sequences(client.runs.watch(RUN_ID)))
        await peer.runs.hanging.wait()
        reading.cancel()
    assert reading.cancelled()
    await peer.runs.left.wait()


async def test_closing_the_client_ends_its_watches(peer: Peer, client: AsyncClient) -> None:
    peer.runs.scripts.append([started(), Hang()])
    watch = client.runs.watch(RUN_ID)
    async with asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(sequences_or_error(watch))
        await peer.runs.hanging.wait()
        await client.aclose()
    assert isinstance(reading.result(), Cancelled)


async def sequences_or_error(watch) -> list[int] | Cancelled:
    try:
        return await sequences(watch)
    except Cancelled as error:
        return error


@broken
async def test_creating_and_watching_makes_one_run(
    how: str, peer: Peer, client: AsyncClient
) -> None:
    breaking = [BREAKS[how]] if BREAKS[how] else []
    peer.runs.scripts += [
        breaking,
        [started(), batch([1]), *breaking],
        [started(2), batch([2]), ended(3)],
    ]
    watch = client.runs.create_and_watch("g", {"a": 1}, labels={"team": "risk"})
    assert (await watch.started()).run_id == RUN_ID
    assert await sequences(watch) == [1, 2]
    first, second, third = peer.runs.requests
    assert first == second
    assert first.request_id
    assert first.spec.input.data == b'{"a":1}'
    assert isinstance(third, run_service_pb2.WatchRunRequest)
    assert (third.run_id, third.from_sequence) == (RUN_ID, 2)


async def test_watching_all_runs_goes_on_at_the_token(peer: Peer, client: AsyncClient) -> None:
    def message(token: str, *numbers: int) -> run_service_pb2.WatchRunsResponse:
        events = [event(number) for number in numbers]
        return run_service_pb2.WatchRunsResponse(resume_token=token, events=events)

    peer.runs.scripts = deque(
        [
            [message("a"), message("b", 1, 2), BREAKS["unavailable"]],
            [message("b"), message("c", 3), Hang()],
        ]
    )
    seen, tokens = [], []
    async with client.runs.watch_all('graph_id = "g"') as watch:
        async for each in watch:
            seen.append(each.sequence)
            tokens.append(watch.resume_token)
            if each.sequence == 3:
                break
    assert seen == [1, 2, 3]
    assert tokens == ["a", "b", "c"]
    assert [request.resume_token for request in peer.runs.requests] == ["", "b"]
    assert {request.filter for request in peer.runs.requests} == {'graph_id = "g"'}

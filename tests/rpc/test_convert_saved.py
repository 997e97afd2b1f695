"""What is saved of threads comes over the wire as it was, and nothing of another thread does."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runwire.domain.errors import Invalid
from runwire.domain.run import RunId
from runwire.domain.thread import ThreadChange, ThreadStatus
from runwire.domain.thread_checkpoint import (
    ChannelBlob,
    CheckpointRead,
    TaskWrite,
    TaskWrites,
    ThreadCheckpoint,
)
from runwire.rpc import convert_saved
from runwire.v1 import work_thread_pb2 as wire

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
RUN = RunId("acme/run")
words = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=5)
names = words.filter(bool)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | words,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(words, inner, max_size=2),
    max_leaves=4,
)
blobs = st.builds(
    ChannelBlob,
    channel=words,
    version=names,
    kind=words,
    body=st.binary(max_size=9),
    base_version=words,
    weight=st.integers(0, 2**31 - 1),
)
times = st.integers(0, 2**52).map(lambda micros: EPOCH + timedelta(microseconds=micros))
checkpoints = st.builds(
    ThreadCheckpoint,
    thread_id=st.just("acme/thread"),
    checkpoint_ns=words,
    checkpoint_id=names,
    parent_id=words,
    run_id=st.just(str(RUN)),
    kind=words,
    body=st.binary(max_size=9),
    metadata=st.dictionaries(words, json_values, max_size=3),
    versions=st.dictionaries(words, names, max_size=3),
    blobs=st.lists(blobs, max_size=3).map(tuple),
    created_at=times,
)
writes = st.builds(
    TaskWrites,
    thread_id=st.just("acme/thread"),
    checkpoint_ns=words,
    checkpoint_id=names,
    task_id=names,
    task_path=words,
    run_id=st.sampled_from(["", str(RUN)]),
    writes=st.lists(
        st.builds(
            TaskWrite,
            index=st.integers(-4, 1000),
            channel=words,
            kind=words,
            body=st.binary(max_size=9),
        ),
        max_size=3,
    ).map(tuple),
)


@given(checkpoints | writes)
def test_what_is_saved_comes_as_it_was_for_the_runs_own_thread(
    saved: ThreadCheckpoint | TaskWrites,
) -> None:
    message = wire.WorkSaved()
    convert_saved.fill_saved(message, saved)
    assert convert_saved.saved_from_wire(message, RUN) == replace(saved, thread_id="")


@given(checkpoints, st.dictionaries(words, st.lists(blobs, min_size=1, max_size=3), max_size=3),
       st.lists(writes, max_size=3))  # fmt: skip
def test_what_is_read_comes_as_it_was(
    found: ThreadCheckpoint, values: dict[str, list[ChannelBlob]], on_top: list[TaskWrites]
) -> None:
    parts = {
        name: tuple(replace(blob, channel=name) for blob in each) for name, each in values.items()
    }
    read = CheckpointRead(checkpoint=replace(found, blobs=()), values=parts, writes=tuple(on_top))
    message = wire.WorkThreadRead()
    convert_saved.fill_read(message, read)
    assert convert_saved.read_from_wire(message, "acme/thread") == read


@given(
    st.builds(
        ThreadChange,
        status=st.sampled_from([each for each in ThreadStatus if each is not ThreadStatus.BUSY]),
        values=st.sampled_from([None, b"{}", b'{"a":1}']),
        interrupts=st.dictionaries(words, json_values, max_size=2),
        error=st.none() | st.dictionaries(words, json_values, max_size=2),
    )
)
def test_what_becomes_of_a_thread_comes_as_it_was(change: ThreadChange) -> None:
    message = wire.WorkThreadChange()
    convert_saved.fill_change(message, change)
    assert convert_saved.change_from_wire(message) == change


@pytest.mark.parametrize(
    ("message", "field"),
    [
        (wire.WorkSaved(), "records.saved"),
        (wire.WorkSaved(checkpoint={"checkpoint_id": ""}), "checkpoint_id"),
        (wire.WorkSaved(checkpoint={"checkpoint_id": "a\0"}), "U+0000"),
        (wire.WorkSaved(checkpoint={"checkpoint_id": "a", "metadata": b"[]"}), "metadata"),
        (wire.WorkSaved(checkpoint={"checkpoint_id": "a", "metadata": b"{"}), "metadata"),
        (wire.WorkSaved(checkpoint={"checkpoint_id": "a", "blobs": [{"channel": "c"}]}), "version"),
        (wire.WorkSaved(writes={"checkpoint_id": "a"}), "task_id"),
    ],
)
def test_what_cannot_be_is_refused(message: wire.WorkSaved, field: str) -> None:
    with pytest.raises(Invalid) as raised:
        convert_saved.saved_from_wire(message, RUN)
    assert field in f"{raised.value.message} {raised.value.violations}"


@pytest.mark.parametrize("data", [b"[1]", b"{", b"\xff"])
def test_the_values_of_a_thread_are_a_json_object(data: bytes) -> None:
    message = wire.WorkThreadChange(status=wire.WORK_THREAD_STATUS_IDLE, values=data)
    with pytest.raises(Invalid):
        convert_saved.change_from_wire(message)
    with pytest.raises(Invalid):
        convert_saved.change_from_wire(wire.WorkThreadChange(values=b"{}"))

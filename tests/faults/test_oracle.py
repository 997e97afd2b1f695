"""The oracles of the fault suite see what they are there to see."""

from dataclasses import replace

from tests.faults.event_logs import Differences, Seen, stale_writes
from tests.faults.ledger import Entry, Fault, Repeats, recoveries, repeats

from runwire_client.v1 import event_pb2, run_pb2

FIRST = Entry("r", "one", 1, "r/one", 1, "begin", 10, 1.0)
AGAIN = replace(FIRST, attempt=2, pid=11, at=3.0)
NEXT = replace(FIRST, node="two", effect_key="r/two", at=2.0)


def test_a_repeat_after_a_kill_of_its_process_is_explained() -> None:
    assert repeats([FIRST, AGAIN], [Fault(2.0, pid=10)]) == Repeats(1, 0, 0)
    assert repeats([FIRST, AGAIN], [Fault(2.0)]) == Repeats(1, 0, 0)


def test_a_repeat_without_a_fault_of_its_own_is_not() -> None:
    assert repeats([FIRST, AGAIN], []) == Repeats(1, 1, 0)
    assert repeats([FIRST, AGAIN], [Fault(2.0, pid=12)]) == Repeats(1, 1, 0)
    third = replace(AGAIN, at=4.0)
    assert repeats([FIRST, AGAIN, third], [Fault(2.0)]) == Repeats(2, 1, 0)


def test_a_step_repeated_although_the_next_one_had_begun_is_seen() -> None:
    assert repeats([FIRST, NEXT, AGAIN], [Fault(2.5)]) == Repeats(1, 0, 1)


def test_recovery_is_from_the_fault_to_the_next_line_of_the_run() -> None:
    ended = replace(FIRST, run_id="other", phase="end", at=1.5)
    assert recoveries([FIRST, ended, AGAIN], Fault(2.0, pid=10)) == [1.0]


def test_gaps_doubles_and_reorderings_are_counted() -> None:
    stored = [Seen(number, number) for number in range(1, 5)]
    found = Differences()
    found.compare(stored, stored)
    assert found.total == 0
    found.compare([stored[0], stored[2], stored[2], stored[1]], stored)
    assert found == Differences(gaps=1, doubles=1, reorderings=1)
    found = Differences()
    found.compare([*stored[:3], Seen(4, 9)], stored)
    assert found == Differences(altered=1)


def test_an_event_of_an_attempt_that_has_lost_its_step_is_stale() -> None:
    began = [step(1, run_pb2.RUN_STATUS_RUNNING), told(1)]
    assert stale_writes(began) == 0
    assert stale_writes([*began, step(2, run_pb2.RUN_STATUS_RUNNING), told(1)]) == 1
    done = step(1, run_pb2.RUN_STATUS_SUCCEEDED)
    assert stale_writes([*began, done]) == 0
    assert stale_writes([*began, done, done]) == 1


def step(attempt: int, status: run_pb2.RunStatus.ValueType) -> event_pb2.RunEvent:
    changed = event_pb2.RunStepChanged(to_status=status, attempt=attempt)
    return event_pb2.RunEvent(step_id="s", step_changed=changed)


def told(attempt: int) -> event_pb2.RunEvent:
    event = event_pb2.RunEvent(step_id="s")
    event.custom.payload.data = b'{"attempt": %d}' % attempt
    return event

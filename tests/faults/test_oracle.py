"""The oracles of the fault suite see what they are there to see."""

from dataclasses import replace

from tests.faults.ledger import Entry, Fault, Repeats, recoveries, repeats

FIRST = Entry("r", "one", 1, "r/one", 1, "begin", 10, 1.0)
AGAIN = replace(FIRST, attempt=2, pid=11, at=3.0)
NEXT = replace(FIRST, node="two", effect_key="r/two", at=2.0)


def test_a_repeat_after_a_kill_of_its_process_is_explained() -> None:
    assert repeats([FIRST, AGAIN], [Fault(2.0, 2.0, pid=10)]) == Repeats(1, 0, 0)
    assert repeats([FIRST, AGAIN], [Fault(2.0, 2.0)]) == Repeats(1, 0, 0)


def test_a_repeat_without_a_fault_of_its_own_is_not() -> None:
    assert repeats([FIRST, AGAIN], []) == Repeats(1, 1, 0)
    assert repeats([FIRST, AGAIN], [Fault(2.0, 2.0, pid=12)]) == Repeats(1, 1, 0)
    third = replace(AGAIN, at=4.0)
    assert repeats([FIRST, AGAIN, third], [Fault(2.0, 2.0)]) == Repeats(2, 1, 0)


def test_a_step_repeated_although_the_next_one_had_begun_is_seen() -> None:
    assert repeats([FIRST, NEXT, AGAIN], [Fault(2.5, 2.5)]) == Repeats(1, 0, 1)


def test_recovery_is_from_the_fault_to_the_next_line_of_the_run() -> None:
    ended = replace(FIRST, run_id="other", phase="end", at=1.5)
    assert recoveries([FIRST, ended, AGAIN], Fault(2.0, 2.0, pid=10)) == [1.0]

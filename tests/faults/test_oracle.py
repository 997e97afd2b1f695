"""The oracles of the fault suite see what they are there to see."""

from dataclasses import replace

from tests.faults.ledger import Entry, Fault, Repeats, late_ends, recoveries, repeats

FIRST = Entry("r", "one", 1, "r/one", 1, "begin", 10, 1.0)
AGAIN = replace(FIRST, attempt=2, pid=11, at=3.0)
NEXT = replace(FIRST, node="two", effect_key="r/two", at=2.0)


def test_a_repeat_after_a_kill_of_its_process_is_explained() -> None:
    assert repeats([FIRST, AGAIN], [Fault(2.0, 2.0, pid=10)]) == Repeats(duplicates=1)
    assert repeats([FIRST, AGAIN], [Fault(2.0, 2.0)]) == Repeats(duplicates=1)


def test_a_repeat_without_a_fault_of_its_own_is_not() -> None:
    assert repeats([FIRST, AGAIN], []) == Repeats(duplicates=1, unexplained=1)
    assert repeats([FIRST, AGAIN], [Fault(2.0, 2.0, pid=12)]) == Repeats(
        duplicates=1, unexplained=1
    )
    third = replace(AGAIN, at=4.0)
    assert repeats([FIRST, AGAIN, third], [Fault(2.0, 2.0)]) == Repeats(duplicates=2, unexplained=1)


def test_a_step_repeated_although_the_next_one_had_begun_is_seen() -> None:
    assert repeats([FIRST, NEXT, AGAIN], [Fault(2.5, 2.5)]) == Repeats(duplicates=1, after_commit=1)


def test_what_a_paused_process_begins_when_it_goes_on_is_told_apart() -> None:
    other = replace(FIRST, pid=11, at=2.0)
    late = replace(FIRST, at=3.1)
    pause = Fault(0.5, 3.0, pid=10)
    assert repeats([other, late], [pause]) == Repeats(duplicates=1, late_begins=1)
    assert repeats([other, replace(late, pid=12)], [pause]) == Repeats(duplicates=1, unexplained=1)


def test_results_of_a_paused_process_that_come_late_are_counted() -> None:
    other, pause = replace(FIRST, pid=11, at=2.0), Fault(1.5, 3.0, pid=10)
    late = replace(FIRST, phase="end", at=3.1)
    assert late_ends([FIRST, other, late], pause) == 1
    assert late_ends([FIRST, late], pause) == 0


def test_recovery_is_from_the_fault_to_the_next_line_of_the_run() -> None:
    ended = replace(FIRST, run_id="other", phase="end", at=1.5)
    assert recoveries([FIRST, ended, AGAIN], Fault(2.0, 2.0, pid=10)) == [1.0]

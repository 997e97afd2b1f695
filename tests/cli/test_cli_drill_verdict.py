"""What a drill counts as broken, and what not."""

import pytest

from runwire.cli.drill_verdict import Differences, Effects, Seen, stale_writes, standstills
from runwire_client.v1 import event_pb2, run_pb2

RUNNING = run_pb2.RUN_STATUS_RUNNING
SUCCEEDED = run_pb2.RUN_STATUS_SUCCEEDED


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
    began = [step(1, RUNNING), told(1)]
    assert stale_writes(began) == 0
    assert stale_writes([*began, step(2, RUNNING), told(1)]) == 1
    done = step(1, SUCCEEDED)
    assert stale_writes([*began, done]) == 0
    assert stale_writes([*began, done, done]) == 1


@pytest.mark.parametrize(
    ("log", "duplicates", "unexplained"),
    [
        ("claim begin tell", 0, 0),
        ("claim begin tell claim begin tell", 1, 0),
        ("claim begin tell begin tell", 1, 1),
        ("claim begin tell claim begin tell tell", 2, 1),
        ("claim begin tell done claim begin tell", 1, 1),
    ],
)
def test_an_effect_may_be_repeated_once_by_each_new_attempt_at_an_open_step(
    log: str, duplicates: int, unexplained: int
) -> None:
    kinds = {
        "claim": claim(),
        "begin": step(1, RUNNING),
        "tell": told(1),
        "done": step(1, SUCCEEDED),
    }
    found = Effects()
    found.count([kinds[word] for word in log.split()])
    assert found == Effects(duplicates, unexplained)


def test_a_standstill_is_from_the_last_event_to_the_next_attempt() -> None:
    assert standstills([claim(1), told(1, 2), claim(7)]) == [5.0]
    assert standstills([claim(1), told(1, 2)]) == []


def claim(second: int = 0) -> event_pb2.RunEvent:
    event = event_pb2.RunEvent(status_changed=event_pb2.RunStatusChanged(to_status=RUNNING))
    event.event_time.FromSeconds(second)
    return event


def step(attempt: int, status: run_pb2.RunStatus.ValueType) -> event_pb2.RunEvent:
    changed = event_pb2.RunStepChanged(to_status=status, attempt=attempt)
    return event_pb2.RunEvent(step_id="s", step_changed=changed)


def told(attempt: int, second: int = 0) -> event_pb2.RunEvent:
    event = event_pb2.RunEvent(step_id="s")
    event.event_time.FromSeconds(second)
    event.custom.payload.data = b'{"attempt": %d}' % attempt
    return event

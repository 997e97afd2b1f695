"""What goes, and what goes first: by a policy alone, without any database."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runwire.domain.retention import Ended, Limits, RetentionPolicy, due
from runwire.domain.run import Run, RunId, RunStatus

NOW = datetime(2030, 1, 1, tzinfo=UTC)


def ended(graph_id: str, age: float, size: int = 10, artifacts: int = 0) -> Ended:
    at = NOW - timedelta(seconds=age)
    run_id = RunId(f"{graph_id}{age:06.1f}")
    return Ended(
        run_id=run_id,
        graph_id=graph_id,
        ended_at=at,
        stored_bytes=size,
        artifact_bytes=artifacts,
    )


def going(policy: RetentionPolicy, *runs: Ended, unfinished: int = 0) -> list[str]:
    graphs: dict[str, list[Ended]] = {}
    for run in sorted(runs, key=lambda run: run.ended_at):
        graphs.setdefault(run.graph_id, []).append(run)
    sizes = {name: sum(run.size_bytes for run in found) for name, found in graphs.items()}
    if unfinished:
        sizes["live"] = unfinished
    return [run.run_id for run in due(policy, NOW, sizes=sizes, ended=graphs)]


def test_nothing_goes_without_limits() -> None:
    assert going(RetentionPolicy(), ended("a", 1e6)) == []


def test_what_is_too_old_goes_oldest_first_over_all_graphs() -> None:
    runs = [ended("a", 50), ended("b", 40), ended("a", 30), ended("a", 9), ended("b", 10)]
    found = going(RetentionPolicy(seconds=10), *runs)
    assert found == ["a0050.0", "b0040.0", "a0030.0", "b0010.0"]


def test_a_graph_has_its_own_age_and_zero_is_for_ever() -> None:
    graphs = {"b": Limits(seconds=100), "c": Limits(seconds=0), "d": Limits(bytes=1000)}
    runs = [ended(name, 50) for name in "abcd"]
    assert going(RetentionPolicy(seconds=10, graphs=graphs), *runs) == ["a0050.0", "d0050.0"]


def test_a_graph_above_its_budget_loses_its_oldest_until_it_fits() -> None:
    policy = RetentionPolicy(graphs={"a": Limits(bytes=25)})
    runs = [ended("a", 4), ended("a", 3), ended("a", 2), ended("b", 9, size=10_000)]
    assert going(policy, *runs) == ["a0004.0"]


def test_everything_above_the_budget_loses_the_oldest_of_all() -> None:
    runs = [ended("a", 4), ended("b", 3), ended("a", 2)]
    assert going(RetentionPolicy(bytes=15), *runs) == ["a0004.0", "b0003.0"]


def test_artifacts_count_and_so_does_what_has_not_ended() -> None:
    runs = [ended("a", 4, artifacts=90), ended("a", 3)]
    assert going(RetentionPolicy(bytes=50), *runs) == ["a0004.0"]
    assert going(RetentionPolicy(bytes=50), ended("a", 4), ended("a", 3), unfinished=35) == [
        "a0004.0"
    ]


def test_age_comes_before_size_so_that_no_more_goes_than_must() -> None:
    graphs = {"kept": Limits(seconds=0)}
    runs = [ended("kept", 99), ended("a", 50), ended("a", 1)]
    assert going(RetentionPolicy(seconds=10, bytes=20, graphs=graphs), *runs) == ["a0050.0"]


def test_a_budget_that_only_the_unfinished_exceed_takes_all_that_ended_and_stops() -> None:
    assert going(RetentionPolicy(bytes=5), ended("a", 2), unfinished=1000) == ["a0002.0"]


def test_no_more_is_read_than_needed() -> None:
    read: list[str] = []

    def reading(runs: Sequence[Ended]) -> Iterator[Ended]:
        for run in runs:
            read.append(run.run_id)
            yield run

    runs = [ended("a", age) for age in range(1000, 0, -1)]
    list(due(RetentionPolicy(seconds=999), NOW, sizes={}, ended={"a": reading(runs)}))
    assert len(read) == 3


def test_a_run_that_has_ended_expires() -> None:
    run = Run(run_id=RunId("r"), graph_id="a", created_at=NOW, ready_at=NOW)
    policy = RetentionPolicy(seconds=60, graphs={"b": Limits(seconds=0)})
    assert policy.expires_at(run) is None
    done = run.but(status=RunStatus.CANCELLED, ended_at=NOW)
    assert policy.expires_at(done) == NOW + timedelta(seconds=60)
    assert policy.expires_at(done.but(graph_id="b")) is None


@pytest.mark.parametrize("graph_id", ["a", "b"])
def test_what_holds_for_one_graph_says_nothing_of_others(graph_id: str) -> None:
    policy = RetentionPolicy(seconds=10, bytes=1, graphs={"b": Limits(bytes=15)})
    runs = [ended(name, age) for name in "ab" for age in (5, 50)]
    assert going(policy.only(graph_id), *runs) == [f"{graph_id}0050.0"]


runs_of = st.lists(
    st.builds(ended, st.sampled_from("abc"), st.integers(1, 999), st.integers(0, 50)),
    unique_by=lambda run: run.run_id,
    max_size=30,
)
limits = st.builds(Limits, seconds=st.none() | st.integers(0, 500), bytes=st.integers(0, 400))
policies = st.builds(
    RetentionPolicy,
    seconds=st.integers(0, 500),
    bytes=st.integers(0, 800),
    graphs=st.dictionaries(st.sampled_from("abc"), limits),
)


@given(policies, runs_of)
def test_afterwards_every_limit_holds_and_nothing_more_goes(
    policy: RetentionPolicy, runs: list[Ended]
) -> None:
    gone = set(going(policy, *runs))
    left = [run for run in runs if run.run_id not in gone]
    assert going(policy, *left) == []
    for run in left:
        seconds = policy.seconds_of(run.graph_id)
        assert not seconds or NOW - run.ended_at < timedelta(seconds=seconds)
    for name in "abc":
        size = sum(run.size_bytes for run in left if run.graph_id == name)
        assert not policy.bytes_of(name) or size <= policy.bytes_of(name)
    assert not policy.bytes or sum(run.size_bytes for run in left) <= policy.bytes

"""A filter means the same runs in memory as in the database."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import now

from runwire.domain.errors import Invalid
from runwire.domain.matching import matches, parse_match
from runwire.domain.parse import parse_order
from runwire.domain.run import Run, RunId
from runwire.domain.work import Request, Seed
from runwire.stores.database import Database
from runwire.stores.journal import SqlJournal
from runwire.stores.runs import SqlRunStore

RUNS = [
    ("a", "", {}),
    ("a", "t", {"team": "risk"}),
    ("b", "t", {"team": "risk", "example.com/env": "prod"}),
    ("b", "u", {"team": ""}),
    ("c", "", {"team": "other", "x": "1"}),
]
FILTERS = [
    "",
    "graph_id = a",
    "graph_id != a",
    "graph_id = a OR graph_id = b",
    "-graph_id = a thread_id = t",
    "labels.team = risk",
    "labels.team != risk",
    "labels:team",
    "labels.team:*",
    "NOT labels:team",
    "thread_id:*",
    "labels.team:risk",
    'labels."example.com/env" = prod',
    "risk",
    "PRO -u",
    "run-3",
    "(graph_id = c OR labels.team = risk) AND NOT thread_id = u",
]


def a_run(number: int, graph_id: str, thread_id: str, labels: dict[str, str]) -> Run:
    return Run(
        run_id=RunId(f"run-{number}"),
        graph_id=graph_id,
        thread_id=thread_id,
        labels=labels,
        created_at=now(),
        ready_at=now(),
    )


async def test_memory_and_database_mean_the_same(database: Database) -> None:
    journal, store = SqlJournal(database.writer), SqlRunStore(database)
    made = [a_run(number, *of) for number, of in enumerate(RUNS)]
    for run in made:
        await journal.create(Seed(run=run, request=Request()))
    for text in FILTERS:
        where = parse_match(text, name="filter")
        page = await store.find(where, order=parse_order(""), page_size=100, page_token="")
        assert {run.run_id for run in page.items} == {
            run.run_id for run in made if matches(where, run)
        }, text


@pytest.mark.parametrize("text", ["status = FAILED", "priority > 1", "queue = q", "a ="])
def test_what_cannot_be_told_at_a_turn_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_match(text, name="webhook.filter")
    assert caught.value.violations[0].field == "webhook.filter"


@settings(max_examples=50)
@given(st.sampled_from(FILTERS), st.sampled_from(RUNS))
def test_a_namespace_does_not_show_in_what_a_filter_sees(
    text: str, of: tuple[str, str, dict[str, str]]
) -> None:
    where = parse_match(text, name="filter")
    graph_id, thread_id, labels = of
    whole = a_run(1, f"tenant/{graph_id}", f"tenant/{thread_id}" if thread_id else "", labels)
    assert matches(where, whole) == matches(where, a_run(1, *of))

"""Free text means the same in memory and in the database; a rare word is found bit by bit."""

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.stores.queueing import a_run, claim, create, lease_of, settle

from runwire.domain import moves
from runwire.domain.errors import Invalid
from runwire.domain.filter import And, Comparison, Filter, Not, Or, Order, Text
from runwire.domain.matching import matches, said
from runwire.domain.outcome import Failed
from runwire.domain.parse import parse_filter
from runwire.domain.quotas import Quotas
from runwire.domain.reach import Reach
from runwire.domain.run import Run, RunError
from runwire.domain.segment import Position
from runwire.domain.work import Progress
from runwire.rpc.admin import ENTRIES
from runwire.stores import feed, runs
from runwire.stores.database import Database
from runwire.stores.events import SqlEventStore
from runwire.stores.journal import SqlJournal
from runwire.stores.namespaces import SqlNamespaceStore
from runwire.stores.runs import SqlRunStore

ODD = (
    *("plain", "Late", "100%", "a_b", "aXb", r"back\slash", r"\u0000", "quo'te", 'say "so"'),
    *("ÄRGER", "ärger", "smile 🙂", "line\nbreak", "tab\there", "{}", "message", "", "İstanbul"),
)
WORDS = (
    *(
        "%",
        "_",
        "a_b",
        "A_B",
        "\\",
        "'",
        '"',
        "ä",
        "Ä",
        "r",
        "R",
        "🙂",
        "\n",
        "{",
        "message",
        "code",
    ),
    *("g", "lane", "default", "LATE", "run-1", "\ufffd", "tenant", "/", "i̇", "u0000"),
    "plain late",
)


@pytest.fixture
async def stored(database: Database) -> list[Run]:
    """Runs with odd texts in every place that is looked at; half of them have failed with one."""
    journal, store = SqlJournal(database.writer), SqlRunStore(database)
    await SqlNamespaceStore(database).add("tenant", "", Quotas())
    made = []
    for number, (text, other) in enumerate(zip(ODD, ODD[1:] + ODD[:1], strict=True)):
        prefix = "tenant/" if number % 3 == 0 else ""
        run = a_run(
            f"{prefix}run-{number}",
            graph_id=f"{prefix}g{number % 4}" if number % 2 else "Graph",
            thread_id=f"{prefix}t-{number}" if number % 2 else "",
            labels={f"key {other}": text} if number % 4 else {},
            queue="Lane" if number % 5 == 0 else "",
        )
        made.append((run, other + ("\0" if number % 3 else "")))
    for run, message in made:
        await create(journal, run)
        if int(run.run_id.rpartition("-")[2]) % 2:
            continue
        [taken] = await claim(journal, 1, graphs=(run.graph_id,), queues=(run.queue,))
        error = RunError(code=2, reason="CODE", message=message, metadata={"message": "hidden"})
        outcome = Failed(error)
        await journal.record(taken.run_id, moves.settled(lease_of(taken), Progress(), outcome))
    return [await store.get(run.run_id) for run, _ in made]


texts = st.builds(
    Text, st.sampled_from(WORDS) | st.text("abegnrÄä%_\\'\"-1", min_size=1, max_size=3)
)
others = st.one_of(
    st.builds(Comparison, st.just("graph_id"), st.sampled_from(["=", "!="]), st.just("Graph")),
    st.builds(Comparison, st.just("labels.key a_b"), st.sampled_from(["=", "!="]), st.just("100%")),
)
filters = st.recursive(
    texts | others,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(And, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(Or, st.lists(inner, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=5,
)


async def listed(database: Database, where: Filter, order: Order, page_size: int) -> list[str]:
    store, token, found = SqlRunStore(database), "", []
    while True:
        page = await store.find(where, order=order, page_size=page_size, page_token=token)
        assert len(page.items) <= page_size
        found += [run.run_id for run in page.items]
        token = page.next_page_token
        if not token:
            return found


@given(
    where=filters,
    size=st.sampled_from([1, 3, 100]),
    field=st.sampled_from(["create_time", "priority"]),
    descending=st.booleans(),
)
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_memory_and_database_mean_the_same(
    database: Database,
    stored: list[Run],
    where: Filter,
    size: int,
    field: str,
    descending: bool,
) -> None:
    found = await listed(database, where, Order(field, descending), size)
    ranked = sorted(stored, key=lambda run: (run.created_at, run.run_id), reverse=descending)
    if field == "priority":
        ranked = sorted(stored, key=lambda run: run.run_id, reverse=descending)
    assert found == [run.run_id for run in ranked if matches(where, run)]


@pytest.mark.parametrize("word", WORDS)
async def test_each_word_is_found_in_each_place(
    database: Database, stored: list[Run], word: str
) -> None:
    found = await listed(database, Text(word), Order(), 100)
    assert set(found) == {run.run_id for run in stored if said(run, word)}


async def test_what_is_found_is_what_people_mean(database: Database, stored: list[Run]) -> None:
    async def found(text: str) -> set[str]:
        return set(await listed(database, parse_filter(text), Order(), 100))

    assert await found("tenant") == set()  # the namespace is no part of an id
    assert await found("hidden") == set()  # nor are an error's facts part of its message
    assert await found('"100%" -graph_id = Graph') <= await found("100%")
    assert await found("LATE")
    assert await found("LATE") == await found("late")
    assert await found("LANE") == {run.run_id for run in stored if run.queue}
    assert await found("late") & await found("plain") == await found("late plain")
    assert await found("late OR plain") == await found("late") | await found("plain")


@pytest.mark.parametrize(
    ("field", "column"), [("start_time", "started_at"), ("end_time", "ended_at")]
)
async def test_times_that_a_run_has_not_come_to_are_compared_with_nothing(
    database: Database, stored: list[Run], field: str, column: str
) -> None:
    ats = {run.run_id: getattr(run, column) for run in stored}
    times = sorted(at for at in ats.values() if at is not None)
    middle = times[len(times) // 2]
    for sign, meant in {
        ">": [at is not None and at > middle for at in ats.values()],
        "<=": [at is not None and at <= middle for at in ats.values()],
        "=": [at == middle for at in ats.values()],
        "!=": [at != middle for at in ats.values()],
    }.items():
        expected = set(itertools.compress(ats, meant))
        where = Comparison(field, sign, middle)
        assert set(await listed(database, where, Order(), 4)) == expected
        assert set(await listed(database, Not(where), Order(), 4)) == ats.keys() - expected


async def test_a_page_may_be_short_and_go_on(
    database: Database, stored: list[Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "MAX_LOOKED", 4)
    monkeypatch.setattr(runs, "LOOKED_AT_ONCE", 2)
    store = SqlRunStore(database)
    where, sizes, token = Text("run-0"), [], ""
    for _ in itertools.count():
        page = await store.find(where, order=Order(), page_size=10, page_token=token)
        sizes.append(len(page.items))
        token = page.next_page_token
        if not token:
            break
    assert sum(sizes) == 1
    assert len(sizes) >= len(stored) // 4
    for text in ("run", "g1 OR graph", "labels.'key a_b' = '100%' run", "graph_id = Graph -late"):
        where = parse_filter(text)
        expected = {run.run_id for run in stored if matches(where, run)}
        assert set(await listed(database, where, Order(), 3)) == expected


async def test_a_feed_goes_on_behind_so_many_rows(
    database: Database, stored: list[Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "MAX_LOOKED", 5)
    events = SqlEventStore(database)
    for word in ("late", "nowhere"):
        where, position, found = Text(word), Position(0, 0), []
        reads, more = 0, True
        while more:
            read, position, more = await events.feed(where, position, 3)
            found += [segment.run_id for segment in read]
            reads += 1
        assert reads > len(stored) // 5
        assert set(found) == {run.run_id for run in stored if said(run, word)}
        whole, *_ = await events.feed(And(), Position(0, 0), 1000)
        of_them = [each.run_id for each in whole if each.run_id in set(found)]
        assert found == of_them


async def test_a_reach_holds_for_free_text(database: Database, stored: list[Run]) -> None:
    reach = Reach(namespace="tenant", graphs=("g*",))
    where = reach.within(parse_filter("r OR late OR e"))
    found = await listed(database, where, Order(), 2)
    assert found
    assert all(each.startswith("tenant/") for each in found)
    graphs = {run.graph_id for run in stored if run.run_id in found}
    assert all(graph.startswith("tenant/g") for graph in graphs)


async def test_a_status_leads_to_its_runs_first(database: Database, stored: list[Run]) -> None:
    found = await listed(database, parse_filter("status = FAILED OR status = QUEUED e"), Order(), 2)
    assert set(found) == {run.run_id for run in stored if said(run, "e")}
    journal = SqlJournal(database.writer)
    await create(journal, a_run("odd-one"))
    [taken] = [run for run in await claim(journal, 100) if run.run_id == "odd-one"]
    found = await listed(database, parse_filter("status = RUNNING odd-one"), Order(), 1)
    assert found == ["odd-one"]
    await settle(journal, taken)


def test_free_text_is_refused_where_it_is_not_looked_for() -> None:
    with pytest.raises(Invalid, match="operator"):
        parse_filter("timeout", ENTRIES)

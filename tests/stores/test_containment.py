"""SQLite finds JSON that contains JSON exactly where PostgreSQL's ``@>`` does."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    LargeBinary,
    MetaData,
    NullPool,
    Table,
    Text,
    create_engine,
    event,
    insert,
    literal_column,
    select,
    text,
)
from tests.postgres import Postgres

from runwire.domain.errors import Invalid
from runwire.domain.payload import encode
from runwire.stores.containment import INDEXED, contains, filtered, teach
from runwire.stores.database import Database

KEYS = some.sampled_from(["a", "b", "A", "", "$", "\x00", "ä\u2028", "\\u0000"])
PLAIN = (
    some.none()
    | some.booleans()
    | some.sampled_from([0, 1, 1.0, -0.0, 2**63, 2**63 + 0.0, 10**400, 0.1, 1e-9, "1", "", "a"])
    | some.floats(allow_nan=False, allow_infinity=False)
    | some.text(max_size=3).filter(lambda word: word.isprintable() or word == "\x00")
)
JSON = some.recursive(
    PLAIN,
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
RULES = JSON | some.fixed_dictionaries({"$eq": JSON}) | some.fixed_dictionaries({"$contains": JSON})

rows = Table("rows", MetaData(), Column("doc", Text), Column("raw", LargeBinary))


@some.composite
def part_of(draw: Any, value: Any) -> Any:
    """Some of a value, which it may contain: otherwise chance would seldom find any."""
    if isinstance(value, dict):
        kept = [key for key in value if draw(some.booleans())]
        return {key: draw(part_of(value[key])) for key in kept}
    if isinstance(value, list):
        kept = [each for each in value if draw(some.booleans())]
        return draw(some.permutations([draw(part_of(each)) for each in kept]))
    return draw(some.sampled_from([value, value, value, 1, None]))


PAIRS = some.tuples(JSON, JSON) | JSON.flatmap(lambda v: some.tuples(some.just(v), part_of(v)))


@pytest.fixture(scope="module")
def both(postgres: Postgres) -> Iterator[tuple[Connection, Connection]]:
    """A connection to SQLite, as the server's are, and one to PostgreSQL."""
    url = postgres.new_database("template1").replace("postgresql:", "postgresql+psycopg:")
    here, there = create_engine("sqlite://"), create_engine(url, poolclass=NullPool)
    event.listen(here, "connect", lambda connection, _: teach(connection))
    with here.connect() as sqlite, there.connect() as other:
        yield sqlite, other


def told(connection: Connection, doc: Any, *expressions: ColumnElement[bool]) -> list[bool]:
    written = encode(doc)
    connection.execute(text("CREATE TEMPORARY TABLE IF NOT EXISTS rows (doc TEXT, raw BYTEA)"))
    connection.execute(insert(rows).values(doc=written.decode(), raw=written))
    found = [
        bool(each) for each in connection.execute(select(*expressions).select_from(rows)).one()
    ]
    connection.rollback()
    return found


@settings(max_examples=400, deadline=None)
@given(PAIRS)
def test_containing_means_the_same_on_both(
    both: tuple[Connection, Connection], pair: tuple[Any, Any]
) -> None:
    doc, value = pair
    asked = [contains(column, value) for column in (rows.c.doc, rows.c.raw)]
    here, there = (told(each, doc, *asked) for each in both)
    assert here == there
    assert here[0] == here[1]


@settings(max_examples=200, deadline=None)
@given(some.dictionaries(KEYS, JSON, max_size=3), some.dictionaries(KEYS, RULES, max_size=2))
def test_filters_mean_the_same_on_both(
    both: tuple[Connection, Connection], doc: dict[str, Any], also: dict[str, Any]
) -> None:
    for wanted in (also, doc, {key: {"$eq": value} for key, value in doc.items()}):
        try:
            filters = [filtered(column, wanted) for column in (rows.c.doc, rows.c.raw)]
        except Invalid:  # a random key may look like an operator
            continue
        here, there = (told(each, doc, *filters) for each in both)
        assert here == there


@pytest.mark.parametrize(
    ("doc", "value", "held"),
    [
        ({"a": 1, "b": [1, {"c": 2, "d": 3}]}, {"b": [{"d": 3}]}, True),
        ({"a": {"b": 1}}, {"b": 1}, False),
        ([1, 2], 1, True),
        ([[1]], 1, False),
        ({"a": [1]}, {"a": 1}, False),
        ([1], [], True),
        (1, [], False),
        ([True], [1], False),
        ({"a": 5}, {"a": 5.0}, True),
        ({"a": None}, {"a": None}, True),
        ({}, {"a": None}, False),
        ([1, 2], [1, 1], True),
    ],
)
async def test_what_contains_what(database: Database, doc: Any, value: Any, held: bool) -> None:
    """On the connections of a real database, for reading and for writing."""
    column: Any = literal_column("'" + encode(doc).decode() + "'", Text)
    expression = select(contains(column, value))
    assert bool(await database.read(lambda c: c.scalar(expression))) is held
    assert bool(await database.write(lambda c: c.scalar(expression))) is held


@pytest.mark.parametrize(
    ("also", "held"),
    [
        ({"owner": "me"}, True),
        ({"owner": {"$eq": "you"}}, False),
        ({"people": {"$contains": "a"}}, True),
        ({"people": {"$contains": ["b", "a"]}}, True),
        ({"people": {"$contains": ["a", "z"]}}, False),
        ({"owner": "me", "people": {"$contains": "z"}}, False),
        ({"people": ["a"]}, False),
        ({"people": ["a", "b"]}, True),
        ({"people": {"$eq": ["b", "a"]}}, False),
        ({"within": {}}, False),
        ({}, True),
    ],
)
async def test_filters(database: Database, also: dict[str, Any], held: bool) -> None:
    doc = '{"owner": "me", "people": ["a", "b"], "within": {"a": 1}}'
    expression = select(literal_column("1")).where(filtered(literal_column(f"'{doc}'", Text), also))
    assert (await database.read(lambda c: c.scalar(expression)) == 1) is held


def test_an_unknown_operator_is_refused() -> None:
    with pytest.raises(Invalid, match=r"filter\.a.*\$like"):
        filtered(rows.c.doc, {"a": {"$like": "x"}})


def test_an_index_serves_it(both: tuple[Connection, Connection]) -> None:
    there = both[1]
    there.execute(text("CREATE TEMPORARY TABLE rows (doc TEXT, raw BYTEA)"))
    there.exec_driver_sql(INDEXED.format(name="ix_doc", table="rows", column="doc"))
    there.exec_driver_sql("SET LOCAL enable_seqscan = off")
    found = select(rows).where(contains(rows.c.doc, {"a": 1}))
    plan = found.compile(there.engine, compile_kwargs={"literal_binds": True})
    told = "\n".join(row[0] for row in there.exec_driver_sql(f"EXPLAIN {plan}"))
    there.rollback()
    assert "Bitmap Index Scan on ix_doc" in told

"""A page of one namespace costs the same, however many runs others have: it goes by an index."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from runwire.domain.filter import EVERYTHING
from runwire.domain.parse import parse_filter, parse_order
from runwire.domain.reach import Reach
from runwire.domain.retention import RetentionPolicy
from runwire.stores import retention
from runwire.stores.artifacts import _page as artifact_page
from runwire.stores.database import Database
from runwire.stores.runs import page_statement

OTHERS = 20_000
OURS = 60
QUERIES = (
    ("", ""),
    ("", "create_time"),
    ("", "priority desc"),
    ("status = SUCCEEDED", ""),
    ("status = SUCCEEDED OR status = FAILED", ""),
    ("graph_id = g", ""),
    ("graph_id = g OR graph_id = h", ""),
    ("thread_id = t", ""),
    ("queue = q", ""),
    ("labels.team = x", ""),
    ("labels.team = x AND status = SUCCEEDED", ""),
    ('create_time > "1970-01-01T00:00:00Z"', ""),
)
_MADE = """
INSERT INTO runs (run_id, namespace, graph_id, graph_version, thread_id, queue, labels, priority,
  status, attempt, epoch, output, last_sequence, storage_bytes, revision, created_at, ready_at,
  ended_at, cancel_reason, forked_from_run_id)
SELECT {prefix} || CAST(n AS TEXT), {namespace}, 'g', 0, {thread}, 'q', '{{}}', n % 5,
  'succeeded', 1, 1, {blob}, 1, 10, 1, n, n, n, '', ''
FROM (WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count})
  SELECT n FROM numbers) AS made
"""
_PARTS = (
    "INSERT INTO run_inputs (run_id, data) SELECT run_id, {blob} FROM runs",
    "INSERT INTO run_labels (run_id, key, value, created_at, namespace)"
    " SELECT run_id, 'team', 'x', created_at, namespace FROM runs",
    "INSERT INTO artifacts (artifact_id, namespace, graph_id, filename, content_type, size_bytes,"
    " sha256, status, created_at) SELECT run_id, namespace, 'g', '', '', 1,"
    " '0000000000000000000000000000000000000000000000000000000000000000', 'active', created_at"
    " FROM runs",
)


@pytest.fixture
async def crowded(database: Database) -> Database:
    """A database in which another namespace has almost everything."""

    def fill(connection: Connection) -> None:
        lite = connection.dialect.name == "sqlite"
        blob = "x'7b7d'" if lite else "'\\x7b7d'::bytea"
        for name, count in (("beta", OTHERS), ("acme", OURS)):
            values = {"namespace": f"'{name}'", "prefix": f"'{name}/'", "thread": f"'{name}/t'"}
            connection.execute(text(_MADE.format(**values, blob=blob, count=count)))
        for statement in _PARTS:
            connection.execute(text(statement.format(blob=blob)))

    await database.write(fill)
    return database


def plan_of(connection: Connection, query: Any, values: Any = None) -> tuple[str, int]:
    """Return how the database finds the rows, and how many rows it gives."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("ANALYZE runs, run_labels, artifacts")
    said: list[tuple[str, Any]] = []
    listen = lambda c, cursor, sql, given, *_: said.append((sql, given))  # noqa: E731
    event.listen(connection, "before_cursor_execute", listen)
    found = len(connection.execute(query, values or {}).all())
    event.remove(connection, "before_cursor_execute", listen)
    lite = connection.dialect.name == "sqlite"
    explain = "EXPLAIN QUERY PLAN" if lite else "EXPLAIN (ANALYZE, TIMING OFF)"
    sql, given = said[-1]
    rows = connection.exec_driver_sql(f"{explain} {sql}", given)
    return "\n".join(str(row) for row in rows), found


def check(plan: str) -> None:
    """Fail if a table is read as a whole, or what is read is far more than a page."""
    assert "Seq Scan on runs" not in plan, plan
    assert "SCAN runs" not in plan, plan
    for line in plan.splitlines():
        if "Index" in line and "actual rows=" in line:
            assert float(line.split("actual rows=")[1].split()[0]) <= 2 * OURS, plan
        if "Rows Removed by Filter:" in line:
            assert int(line.split("Filter:")[1].strip(" ',)")) <= 2 * OURS, plan


@pytest.mark.parametrize(("where", "order"), QUERIES)
async def test_a_page_of_runs(crowded: Database, where: str, order: str) -> None:
    meant = Reach(namespace="acme").within(parse_filter(where))
    statement = page_statement(meant, parse_order(order), None).limit(50)
    plan, found = await crowded.read(lambda c: plan_of(c, statement))
    assert found == 50
    check(plan)
    if "SEARCH" in plan:
        assert "namespace=?" in plan, plan


@pytest.mark.parametrize("graphs", [("g",), ("g", "h")])
async def test_a_page_within_a_scope(crowded: Database, graphs: tuple[str, ...]) -> None:
    meant = Reach(namespace="acme", graphs=graphs).within(EVERYTHING)
    statement = page_statement(meant, parse_order(""), None).limit(50)
    plan, found = await crowded.read(lambda c: plan_of(c, statement))
    assert found == 50
    check(plan)


async def test_a_page_of_artifacts(crowded: Database) -> None:
    statement = artifact_page(None, None, Reach(namespace="acme")).limit(50)
    plan, found = await crowded.read(lambda c: plan_of(c, statement))
    assert found == 50
    check(plan)
    assert "ix_artifacts_namespace_created_at_artifact_id" in plan


async def test_pruning_reads_one_namespace(crowded: Database) -> None:
    values = {"namespace": "acme", "graph_id": "g", "at": datetime(1970, 1, 1, tzinfo=UTC)}
    values |= {"run_id": "", "count": 50}
    plan, found = await crowded.read(lambda c: plan_of(c, retention._PAGE, values))
    assert found == 50
    assert "ix_runs_ended" in plan
    check(plan)
    assert RetentionPolicy().only("a", "b").graphs.keys() == {"a", "b"}

"""A new file has at once the tables that migrations lead to, with the indexes that lists go by."""

import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from runwire.domain.parse import parse_filter, parse_order
from runwire.domain.reach import HOME
from runwire.stores import schema, sqlite, upgrading
from runwire.stores.database import migrate
from runwire.stores.runs import page_statement

# Of files that came through migrations; nothing depends on it.
KNOWN = (
    ("created_at BIGINT DEFAULT '0' NOT NULL", "created_at BIGINT NOT NULL"),
    ("ck_registrations_ck_registrations_kind", "ck_registrations_kind"),
)
UNNEEDED = ("alembic", "httpx", "psycopg", "sqlalchemy.orm", "sqlalchemy.dialects.postgresql")


def tables_of(path: Path) -> dict[str, tuple[list[str], str]]:
    """Return what tables and indexes consist of, in any order, and what is said behind it."""
    with sqlite3.connect(path) as database:
        made = database.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        return {name: _parts(sql) for name, sql in made.fetchall()}


def _parts(sql: str) -> tuple[list[str], str]:
    words = re.sub(r"\s*([(),])\s*", r"\1", re.sub(r"\s+", " ", sql.replace('"', "")))
    for written, meant in KNOWN:
        words = words.replace(written, meant)
    inside, _, behind = words.partition("(")[2].rpartition(")")
    return sorted(re.split(r",(?![^()]*\))", inside)), behind.strip()


def test_a_new_file_is_like_one_that_was_migrated(tmp_path: Path) -> None:
    migrate(f"sqlite:///{tmp_path}/new.db")
    with sqlite.migrating(tmp_path / "migrated.db") as connection:
        upgrading.upgrade(connection)
    new, migrated = tables_of(tmp_path / "new.db"), tables_of(tmp_path / "migrated.db")
    assert "runs" in new
    assert new == migrated


def test_a_new_file_needs_no_migration(tmp_path: Path) -> None:
    for _ in range(2):
        migrate(f"sqlite:///{tmp_path}/new.db")
    with sqlite.migrating(tmp_path / "new.db") as connection:
        before = tables_of(tmp_path / "new.db")
        upgrading.upgrade(connection)
    assert tables_of(tmp_path / "new.db") == before


def test_the_newest_migration_is_the_one_with_the_highest_number() -> None:
    scripts = ScriptDirectory.from_config(upgrading.config())
    assert scripts.get_current_head() == max(schema.known())
    for script in scripts.walk_revisions():
        assert script.revision == Path(script.path).name.partition("_")[0]


def test_serving_on_sqlite_imports_nothing_that_only_others_need(tmp_path: Path) -> None:
    code = (
        "import asyncio, sys\n"
        "from runwire.config import Settings\n"
        "from runwire import server\n"
        "async def main():\n"
        f"    settings = Settings(data_dir={str(tmp_path)!r}, grpc_address='127.0.0.1:0',"
        "        http_address='off')\n"
        "    async with server.serve(settings):\n"
        f"        print([name for name in {UNNEEDED!r} if name in sys.modules])\n"
        "asyncio.run(main())"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("where", "index"),
    [
        ("thread_id = t", "ix_runs_thread"),
        ("thread_id = t OR thread_id = u", "ix_runs_thread"),
        ("queue = q", "ix_runs_queue"),
        ("graph_id = g", "ix_runs_namespace_graph_id_created_at_run_id"),
        ("status = FAILED", "ix_runs_status_namespace_created_at_run_id"),
        ("", "ix_runs_namespace_created_at_run_id"),
        ("labels.team = t", "ix_run_labels_namespace_key_value_created_at_run_id"),
    ],
)
def test_a_list_goes_by_the_index_of_its_filter(tmp_path: Path, where: str, index: str) -> None:
    migrate(f"sqlite:///{tmp_path}/new.db")
    where_of_all = HOME.within(parse_filter(where))
    statement = page_statement(where_of_all, parse_order(""), None).limit(50)
    engine = sqlite.engine_of(tmp_path / "new.db")
    compiled = statement.compile(engine, compile_kwargs={"render_postcompile": True})
    values = [compiled.params[name] for name in compiled.positiontup]
    with engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", tuple(values)).all()
    engine.dispose()
    steps = " ".join(str(step[3]) for step in plan)
    assert f"INDEX {index} " in f"{steps} "
    assert "TEMP B-TREE" not in steps

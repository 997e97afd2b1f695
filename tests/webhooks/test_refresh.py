"""What a server does that cannot read its webhooks for a while."""

import logging
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from tests.conftest import ROOT, eventually, settings_in

from runwire.server import serve
from runwire_client import AsyncClient, RunStatus


async def test_a_table_that_cannot_be_read_ends_no_server(
    tmp_path: Path,
    postgres_url: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.chdir(ROOT)
    engine = create_engine(postgres_url.replace("postgresql://", "postgresql+psycopg://"))

    def say(statement: str) -> None:
        with engine.begin() as connection:
            connection.execute(text(statement))

    with caplog.at_level(logging.ERROR):
        async with (
            serve(settings_in(tmp_path, database_url=postgres_url)) as server,
            AsyncClient(server.grpc_address) as client,
        ):
            say("ALTER TABLE webhooks RENAME TO hidden")
            await eventually(lambda: "webhooks cannot be read" in caplog.text)
            say("ALTER TABLE hidden RENAME TO webhooks")
            run = await client.runs.create("three_nodes", {"n": 1})
            ended = await client.runs.wait(run.run_id, timeout_seconds=20)
    engine.dispose()
    assert ended.status is RunStatus.SUCCEEDED

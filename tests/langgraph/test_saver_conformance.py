"""LangGraph's own conformance suite, whole, on both databases."""

from collections.abc import AsyncGenerator

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.conformance.capabilities import ALL_CAPABILITIES
from langgraph.checkpoint.conformance.initializer import checkpointer_test
from langgraph.checkpoint.conformance.validate import validate
from tests.conftest import now

from runwire.langgraph.saver import JournalSaver
from runwire.stores.database import Database
from runwire.stores.thread_checkpoints import SqlThreadCheckpoints


async def test_the_saver_conforms_in_every_capability(database: Database) -> None:
    @checkpointer_test(name="JournalSaver")
    async def savers() -> AsyncGenerator[BaseCheckpointSaver[str], None]:
        yield JournalSaver(SqlThreadCheckpoints(database), now=now)

    report = await validate(savers)
    failures = [failure for result in report.results.values() for failure in result.failures or ()]
    assert failures == []
    assert {name for name, result in report.results.items() if result.passed} == {
        capability.value for capability in ALL_CAPABILITIES
    }
    assert report.passed_all()

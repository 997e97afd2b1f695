"""Empties a database that is open, so that many schedules need not open one each."""

from sqlalchemy import delete, select

from runwire.domain.run import RunId
from runwire.stores import tables
from runwire.stores.batch import Batch
from runwire.stores.sizes import totals


def wipe(batch: Batch) -> None:
    """Delete every run and graph, and forget what is kept in memory of them."""
    for row in batch.connection.execute(select(tables.runs.c.run_id)).all():
        batch.forget(RunId(row.run_id))
    batch.connection.execute(delete(tables.runs))
    batch.connection.execute(delete(tables.graphs))
    batch.connection.execute(delete(totals))
    batch.left_queued = True  # it is not known any more to be empty

"""Whether a transaction was committed although the driver has told of an error."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from runwire.domain.run import Run, RunId
from runwire.stores import tables
from runwire.stores.link import InDoubt

logger = logging.getLogger("runwire.stores")


def look_for(
    connection: Connection,
    changed: Mapping[RunId, Run],
    deleted: Sequence[RunId],
    error: Exception,
) -> None:
    """Return if a transaction is on disk; else raise its commit's error, or InDoubt.

    Only where no other process writes: a run's revision grows with each change, so it tells. A
    transaction that has touched no run is taken for lost: such work (renewals, graphs) may be done
    again.
    """
    driver: Any = connection.connection.dbapi_connection
    touched = next(iter((*changed, *deleted)), None)
    if driver.in_transaction or touched is None:
        raise error
    connection.rollback()  # SQLAlchemy's idea of the transaction; the driver's is over
    query = select(tables.runs.c.revision).where(tables.runs.c.run_id == touched)
    try:
        revision = connection.execute(query).scalar()
    except Exception as other:
        raise InDoubt from other
    finally:
        connection.rollback()
    run = changed.get(touched)
    if revision != (None if run is None else run.revision):
        raise error
    logger.warning("a commit was told as failed, but was made", exc_info=error)

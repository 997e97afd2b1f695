"""What a recorder counts as recorded."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from runwire.domain.event import LogEntry, NewEvent
from runwire.domain.run import RunId
from runwire.domain.work import Lease, Progress
from runwire.engine.recorder import Recorder


class Slow:
    """Takes a record at once and answers when it is let."""

    def __init__(self) -> None:
        self.taken: list[Progress] = []
        self.arrived = asyncio.Event()
        self.answer = asyncio.Event()

    async def record(self, lease: Lease, progress: Progress) -> None:
        self.taken.append(progress)
        self.arrived.set()
        await self.answer.wait()


def now() -> datetime:
    return datetime.now(UTC)


async def test_a_record_whose_caller_is_cancelled_counts_as_made() -> None:
    leases: Any = Slow()
    lease = Lease(run_id=RunId("r"), epoch=1, worker_id="w")
    event = NewEvent(at=now(), detail=LogEntry(severity=6, message="x"))
    async with Recorder(lease, leases, now) as recorder:
        committing = asyncio.create_task(recorder.commit(Progress(events=(event,))))
        await leases.arrived.wait()
        committing.cancel()
        await asyncio.wait([committing])
        rest = recorder.rest(Progress(events=(event,)))
    assert [each.number for each in leases.taken] == [1]
    assert rest.number == 2

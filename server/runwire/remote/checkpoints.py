"""Checkpoints of threads for a worker that lives elsewhere: it reads those of the runs it executes.

What it writes goes with the records of its runs; nothing else of a thread is its to change.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, Final, NoReturn

from grpc import aio

from runwire.domain.errors import Error, NotAllowed, Unavailable
from runwire.domain.payload import encode
from runwire.domain.run import RunId
from runwire.domain.thread_checkpoint import CheckpointRead, Saved
from runwire.domain.work import Lease
from runwire.remote.asking import (
    AGAIN_SECONDS,
    PASSING,
    PATIENCE_SECONDS,
    Way,
    answers,
    status_of,
)
from runwire.remote.pending import error_of
from runwire.rpc.convert_saved import read_from_wire
from runwire.rpc.convert_steps import lease_fields
from runwire.v1 import work_pb2, work_thread_pb2
from runwire.v1 import worker_service_pb2 as wire

PATH: Final = "/runwire.v1.WorkerService/ReadThread"
READ_SECONDS: Final = 60.0
PAGE: Final = 20


class RemoteCheckpoints:
    """Implements the port `ThreadCheckpoints`; used on the loop of the link."""

    def __init__(
        self, way: Callable[[], Way | None], lease_of: Callable[[str], Lease | None]
    ) -> None:
        self._way = way
        self._lease_of = lease_of

    async def read(
        self, thread_id: str, checkpoint_ns: str, checkpoint_id: str = ""
    ) -> CheckpointRead | None:
        point = work_thread_pb2.WorkThreadPoint(
            checkpoint_ns=checkpoint_ns, checkpoint_id=checkpoint_id
        )
        found = await self._reads(thread_id, wire.ReadThreadRequest(point=point))
        return found[0] if found else None

    async def newest_of_run(self, thread_id: str, run_id: RunId) -> str:
        if self._lease(thread_id).run_id != run_id:
            raise not_here(thread_id)
        found = await self._ask(thread_id, wire.ReadThreadRequest(newest_of_run=True))
        return found[0].read.checkpoint.checkpoint_id if found else ""

    async def list(
        self,
        thread_id: str | None,
        *,
        checkpoint_ns: str | None = None,
        checkpoint_id: str = "",
        before: str = "",
        metadata: Mapping[str, Any] | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointRead]:
        if thread_id is None:
            raise not_here("of others")
        asked = work_thread_pb2.WorkThreadList(
            checkpoint_ns=checkpoint_ns,
            checkpoint_id=checkpoint_id,
            metadata=encode(dict(metadata), name="metadata") if metadata else b"",
        )
        left, cursor = limit, before
        # Page by page: nobody has to hold more, and a break is mended.
        while left is None or left > 0:
            size = PAGE if left is None else min(PAGE, left)
            asked.limit, asked.before = size, cursor
            page = await self._reads(thread_id, wire.ReadThreadRequest(list=asked))
            for read in page:
                yield read
            if len(page) < size:
                return
            left = None if left is None else left - size
            cursor = page[-1].checkpoint.checkpoint_id

    async def ancestors(
        self,
        thread_id: str,
        checkpoint_ns: str,
        checkpoint_id: str,
        *,
        channels: Sequence[str],
        limit: int,
    ) -> Sequence[CheckpointRead]:
        line = work_thread_pb2.WorkThreadLine(
            checkpoint_ns=checkpoint_ns, checkpoint_id=checkpoint_id, channels=channels, limit=limit
        )
        return await self._reads(thread_id, wire.ReadThreadRequest(line=line))

    async def write(self, saved: Sequence[Saved]) -> None:  # noqa: ARG002 - refused
        _refuse()

    async def delete_thread(self, thread_id: str) -> None:  # noqa: ARG002 - refused
        _refuse()

    async def delete_runs(self, run_ids: Sequence[str]) -> None:  # noqa: ARG002 - refused
        _refuse()

    async def copy_thread(self, thread_id: str, new_id: str) -> None:  # noqa: ARG002 - refused
        _refuse()

    async def prune(self, thread_ids: Sequence[str], *, keep_latest: bool) -> None:  # noqa: ARG002 - refused
        _refuse()

    async def _reads(
        self, thread_id: str, request: wire.ReadThreadRequest
    ) -> Sequence[CheckpointRead]:
        found = await self._ask(thread_id, request)
        return [read_from_wire(response.read, thread_id) for response in found]

    async def _ask(
        self, thread_id: str, request: wire.ReadThreadRequest
    ) -> Sequence[wire.ReadThreadResponse]:
        """Ask until there is an answer; while there is no stream, for a while."""
        lease = self._lease(thread_id)
        request.worker_id = lease.worker_id
        request.lease.CopyFrom(work_pb2.WorkLease(**lease_fields(lease)))
        until = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        while True:
            way = self._way()
            try:
                if way is not None:
                    return await answers(
                        way, PATH, request, wire.ReadThreadResponse, seconds=READ_SECONDS
                    )
            except aio.AioRpcError as error:
                # Another stream may have begun meanwhile, whose server knows of the lease.
                if error.code() not in PASSING and self._way() is way:
                    raise _as_ours(error) from None
            if asyncio.get_running_loop().time() > until:
                raise Unavailable("no server answers for the thread", reason="STORE_UNAVAILABLE")
            await asyncio.sleep(AGAIN_SECONDS)

    def _lease(self, thread_id: str) -> Lease:
        lease = self._lease_of(thread_id)
        if lease is None:
            raise not_here(thread_id)
        return lease


def _as_ours(error: aio.AioRpcError) -> Error:
    status = status_of(error)
    if status is None:
        return Unavailable(f"the thread cannot be read: {error.details() or error.code().name}")
    return error_of(status)


def not_here(thread_id: str) -> NotAllowed:
    """Return the error for a thread that is of no run that this worker executes."""
    return NotAllowed(
        f"thread {thread_id} is not to be had here: a worker outside of the server has the threads"
        " of the runs that it executes, and no others",
        reason="THREAD_ELSEWHERE",
        thread_id=thread_id,
    )


def _refuse() -> NoReturn:
    raise NotAllowed(
        "a worker outside of the server changes threads by its runs only: call the server's"
        " ThreadService for anything else",
        reason="THREAD_ELSEWHERE",
    )

"""Random walks of what callers and workers do with one thread, against a model of it."""

import random
from dataclasses import dataclass, field

import pytest
from tests.conftest import now
from tests.stores.queueing import lease_of
from tests.stores.threading_runs import Threads, a_thread

from runwire.domain import moves
from runwire.domain.errors import Conflict, Error, NotFound
from runwire.domain.outcome import Failed, Interrupted, Outcome, Succeeded
from runwire.domain.run import Interrupt, OnEnd, Run, RunError, RunId, RunStatus
from runwire.domain.thread import Multitask, ThreadChange, ThreadId, ThreadStatus
from runwire.stores.database import Database

S, M, T = RunStatus, Multitask, ThreadStatus
GOING = (S.QUEUED, S.RUNNING, S.CANCELLING)


@dataclass
class Model:
    """What a thread should be."""

    there: bool = False
    left: ThreadStatus = T.IDLE
    values: bytes | None = None
    runs: dict[str, RunStatus] = field(default_factory=dict)
    unwanted: dict[str, OnEnd] = field(default_factory=dict)

    @property
    def busy(self) -> bool:
        return any(status in GOING for status in self.runs.values())

    def end(self, name: str, on_end: OnEnd = OnEnd.KEEP) -> None:
        """A run is asked to end."""
        status = self.runs[name]
        order = [OnEnd.KEEP, OnEnd.DELETE, OnEnd.ROLL_BACK]
        most = max(on_end, self.unwanted.get(name, OnEnd.KEEP), key=order.index)
        self.unwanted[name] = most
        if status is S.RUNNING:
            self.runs[name] = S.CANCELLING
        elif status in (S.QUEUED, S.INTERRUPTED):
            if status is S.INTERRUPTED and most is OnEnd.ROLL_BACK:
                self.left = T.IDLE
            self.ended(name, S.CANCELLED)

    def ended(self, name: str, status: RunStatus) -> None:
        self.runs[name] = status
        if self.unwanted.pop(name, OnEnd.KEEP) is not OnEnd.KEEP:
            del self.runs[name]

    def create(self, name: str, how: Multitask) -> bool:
        if how is M.REJECT and self.busy:
            return False
        for other, status in list(self.runs.items()):
            if status.final or (
                how not in (M.INTERRUPT, M.ROLLBACK) and status is not S.INTERRUPTED
            ):
                continue
            self.end(other, OnEnd.ROLL_BACK if how is M.ROLLBACK else OnEnd.KEEP)
        self.runs[name] = S.QUEUED
        self.there = True
        return True


class Walk:
    """One walk."""

    def __init__(self, threads: Threads, seed: int) -> None:
        self.threads = threads
        self.name = a_thread()
        self.model = Model()
        self.random = random.Random(seed)
        self.held: dict[str, Run] = {}
        self.count = 0

    async def step(self) -> str:
        does = self.random.choice(
            [self.create] * 4 + [self.claim] * 4 + [self.settle] * 4 + [self.let_go] * 2
            + [self.cancel] * 2 + [self.change, self.delete, self.release]
        )  # fmt: skip
        await does()
        return does.__name__

    async def create(self) -> None:
        how = self.random.choice(list(M))
        self.count += 1
        run_id = f"{self.name}-{self.count:03}"
        if self.model.create(run_id, how):
            await self.threads.create(run_id, self.name, how)
            return
        with pytest.raises(Conflict) as refused:
            await self.threads.create(run_id, self.name, how)
        assert refused.value.reason == "THREAD_BUSY"

    async def claim(self) -> None:
        waiting = [name for name, status in self.model.runs.items() if status is S.QUEUED]
        held = any(status in (S.RUNNING, S.CANCELLING) for status in self.model.runs.values())
        found = await self.threads.claim(wait_seconds=0)
        assert [run.run_id for run in found] == ([] if held else waiting[:1])
        for run in found:
            self.held[run.run_id] = run
            self.model.runs[run.run_id] = S.RUNNING

    async def settle(self) -> None:
        """A worker comes to an end by itself."""
        for name, run in list(self.held.items()):
            if self.model.runs.get(name) is not S.RUNNING:
                continue
            outcome, left = self.outcome(name)
            values = b'"%d"' % self.count
            await self.threads.settle(run, outcome, ThreadChange(status=left, values=values))
            self.model.left, self.model.values = left, values
            status = {Succeeded: S.SUCCEEDED, Failed: S.FAILED, Interrupted: S.INTERRUPTED}
            self.model.runs[name] = status[type(outcome)]
            del self.held[name]

    def outcome(self, name: str) -> tuple[Outcome, ThreadStatus]:
        asked = Interrupt(
            interrupt_id=name, node="n", step_id="s", index=0, value=b"1", created_at=now()
        )
        error = RunError(code=2, reason="BROKEN", message="no")
        return self.random.choice(
            [
                (Succeeded(b"{}"), T.IDLE),
                (Succeeded(b"{}"), T.INTERRUPTED),
                (Failed(error), T.ERROR),
                (Interrupted((asked,)), T.INTERRUPTED),
            ]
        )

    async def let_go(self) -> None:
        """A worker lets go of what it was told to cancel; what has gone says nothing any more."""
        for name, run in list(self.held.items()):
            if self.model.runs.get(name) is S.CANCELLING:
                await self.threads.let_go(run)
                if self.model.unwanted.get(name) is not OnEnd.ROLL_BACK:
                    self.model.left = T.INTERRUPTED
                self.model.ended(name, S.CANCELLED)
                del self.held[name]
            elif name not in self.model.runs:
                with pytest.raises(NotFound):
                    await self.threads.let_go(run)
                del self.held[name]

    async def cancel(self) -> None:
        on_end = self.random.choice(list(OnEnd))
        going = [name for name, status in self.model.runs.items() if not status.final]
        if going:
            name = self.random.choice(going)
            self.model.end(name, on_end)
            try:
                await self.threads.cancel(name, on_end=on_end)
            except NotFound:  # somebody wanted as much before
                assert self.model.unwanted.get(name, OnEnd.KEEP) is not OnEnd.KEEP

    async def change(self) -> None:
        change = ThreadChange(status=T.IDLE, values=b'"changed"')
        try:
            await self.threads.store.change(self.name, change, ())
            assert self.model.there
            assert not self.model.busy
            self.model.left, self.model.values = T.IDLE, b'"changed"'
        except Error:
            assert self.model.busy or not self.model.there

    async def delete(self) -> None:
        if self.random.random() < 0.5:
            return
        there, self.model = self.model.there, Model()
        try:
            await self.threads.admin.delete(self.name)
            assert there
        except NotFound:
            assert not there

    async def release(self) -> None:
        """A worker stops; nothing that its run did counts for the thread, but that it began."""
        for name, run in list(self.held.items()):
            if self.model.runs.get(name) is S.RUNNING and self.random.random() < 0.3:
                move = moves.released(lease_of(run), "stopping")
                await self.threads.journal.record(RunId(name), move)
                # It is executed at once again, so that the order of the queue stays told.
                [again] = await self.threads.claim()
                assert again.run_id == name
                self.held[name] = again

    async def check(self) -> None:
        model = self.model
        if not model.there:
            with pytest.raises(NotFound):
                await self.threads.store.get(ThreadId(self.name))
            assert await self.threads.statuses(self.name) == {}
            return
        found = await self.threads.store.get(self.name)
        assert (found.status, found.values) == (T.BUSY if model.busy else model.left, model.values)
        shown = {
            name: status.value
            for name, status in model.runs.items()
            if model.unwanted.get(name, OnEnd.KEEP) is OnEnd.KEEP
        }
        assert await self.threads.statuses(self.name) == shown

    async def check_gone(self) -> None:
        """What nobody wants any more is not there."""
        for number in range(1, self.count + 1):
            run_id = RunId(f"{self.name}-{number:03}")
            if run_id in self.model.runs:
                assert (await self.threads.runs.get(run_id)).status is self.model.runs[run_id]
            else:
                with pytest.raises(NotFound):
                    await self.threads.runs.get(run_id)


@pytest.mark.parametrize("seed", range(12))
async def test_a_thread_is_always_what_it_should_be(database: Database, seed: int) -> None:
    walk = Walk(Threads(database), seed)
    done = []
    for _ in range(60):
        done.append(await walk.step())
        try:
            await walk.check()
        except AssertionError as error:
            raise AssertionError(f"after {done}") from error
    await walk.check_gone()

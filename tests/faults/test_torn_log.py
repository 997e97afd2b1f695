"""T8: SQLite's files as a power cut leaves them: copied between commits, the log's tail torn off.

The real journal writes; what a copy opens to must be what the first so many operations made, and
all that were answered before the copy was taken, unless the copy's log was torn on purpose.
"""

import asyncio
import shutil
import sqlite3
import struct
from collections import Counter
from contextlib import AbstractAsyncContextManager, closing
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from tests.faults.reporting import report, scaled

from runwire.bus.memory import MemoryBus
from runwire.domain import moves
from runwire.domain.event import LogEntry, NewEvent
from runwire.domain.run import Run, RunId
from runwire.domain.work import Lease, Progress, Seed
from runwire.rpc.convert_events import encode_events
from runwire.stores.database import Database, open_database
from runwire.stores.journal import SqlJournal
from runwire.stores.packing import unpacked
from runwire.v1.event_pb2 import RunEventBatch

NAME = "runwire.db"
RUNS = 8


def now() -> datetime:
    return datetime.now(UTC)


def open_in(directory: Path) -> AbstractAsyncContextManager[Database]:
    return open_database(
        f"sqlite:///{directory}/{NAME}",
        now=now,
        encode=encode_events,
        wake_all=MemoryBus().wake_all,
    )


class Writer:
    """Records numbered operations, several at a time, and knows which were answered."""

    def __init__(self, database: Database, chance: Random) -> None:
        self.journal = SqlJournal(database.writer)
        self.chance = chance
        self.leases: dict[RunId, Lease] = {}
        self.answered = 0

    async def begin(self) -> None:
        for number in range(RUNS):
            run = Run(run_id=RunId(f"r{number}"), graph_id="g", created_at=now(), ready_at=now())
            await self.journal.create(Seed(run=run))
        for run in await self.journal.claim("w", RUNS, graphs=["g"], lease_seconds=3600):
            self.leases[run.run_id] = Lease(run_id=run.run_id, epoch=run.epoch, worker_id="w")

    async def write(self) -> None:
        """Record one to eight operations at once."""
        count = self.chance.randint(1, 8)
        async with asyncio.TaskGroup() as tasks:
            for number in range(self.answered, self.answered + count):
                tasks.create_task(self._record(number))
        self.answered += count

    async def _record(self, number: int) -> None:
        lease = self.chance.choice(list(self.leases.values()))
        padding = "x" * self.chance.choice((0, 0, 100, 5000))
        said = LogEntry(severity=6, message=f"{number} {padding}")
        progress = Progress(events=(NewEvent(at=now(), detail=said),))
        await self.journal.record(lease.run_id, moves.progressed(lease, progress), in_hand=True)


def end_of_log(log: bytes) -> int:
    """Return where the frames of the log's present round end (the rest is left from earlier)."""
    if len(log) < 32:
        return 0
    size, salts, position = struct.unpack(">I", log[8:12])[0], log[16:24], 32
    while log[position + 8 : position + 16] == salts:
        position += 24 + size
    return position


def found_in(directory: Path) -> int:
    """Return how many operations the files hold, having checked that they are the first ones."""
    with closing(sqlite3.connect(directory / NAME)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        rows = connection.execute("SELECT run_id, body FROM segments ORDER BY position").fetchall()
        last = dict(connection.execute("SELECT run_id, last_sequence FROM runs").fetchall())
    operations, sequences = [], Counter[str]()
    for run_id, body in rows:
        for event in RunEventBatch.FromString(unpacked(run_id, body)).events:
            sequences[run_id] += 1
            assert event.sequence == sequences[run_id], "a run's sequences have a gap"
            if event.HasField("log_entry"):
                operations.append(int(event.log_entry.message.split()[0]))
    assert sequences == last, "runs and events disagree"
    assert sorted(operations) == list(range(len(operations))), "not the first operations"
    return len(operations)


def copy(source: Path, to: Path, log: bytes) -> None:
    """Put a copy of the database and some bytes as its log into an empty directory."""
    shutil.rmtree(to, ignore_errors=True)
    to.mkdir()
    shutil.copyfile(source / NAME, to / NAME)
    (to / f"{NAME}-wal").write_bytes(log)


def torn(directory: Path, log: bytes, chance: Random) -> bytes:
    """Return a log without its end: cut off at some byte, or what is behind it not yet written.

    What was already copied into the database is not torn: it was on the disk before.
    """
    end = end_of_log(log)
    index = (directory / f"{NAME}-shm").read_bytes()
    copied = struct.unpack("=I", index[96:100])[0]  # frames; behind two headers of 48 bytes
    size = struct.unpack(">I", log[8:12])[0]
    at = chance.randint(min(max(end - 60_000, 32 + copied * (24 + size)), end), end)
    kind = chance.choice(("cut", "zeros", "rubbish"))
    if kind == "cut":
        return log[:at]
    rest = bytes(end - at) if kind == "zeros" else chance.randbytes(end - at)
    return log[:at] + rest + log[end:]


async def test_a_power_cut_leaves_the_first_so_many_answers(tmp_path: Path) -> None:
    chance, copied = Random(8), tmp_path / "copy"
    missing = whole = cut = torn_off = rounds = 0
    async with open_in(tmp_path) as database:
        writer = Writer(database, chance)
        await writer.begin()
        for _ in range(scaled(15, 120)):
            for _ in range(chance.randint(1, 6)):
                await writer.write()
            if chance.random() < 0.2:
                rounds += await asyncio.to_thread(_restart_log, tmp_path / NAME)
            log = (tmp_path / f"{NAME}-wal").read_bytes()
            copy(tmp_path, copied, log)
            whole += 1
            missing += writer.answered - found_in(copied)
            for _ in range(3):
                copy(tmp_path, copied, torn(tmp_path, log, chance))
                cut += 1
                torn_off += writer.answered - found_in(copied)
    report(
        "T8",
        variant="SQLite, synchronous=FULL",
        failures=missing,
        answered_changes=writer.answered,
        answered_changes_missing=missing,
        copies_between_commits=whole,
        copies_with_torn_log=cut,
        changes_torn_off=torn_off,
        rounds_of_the_log=rounds,
    )
    assert missing == 0
    assert torn_off > 0, "tearing the log has torn nothing off"


async def test_a_torn_checkpoint_loses_nothing_since_the_log_is_whole(tmp_path: Path) -> None:
    """Pages of the database are old or new at random, as when power goes while they are written."""
    chance, copied = Random(9), tmp_path / "copy"
    missing = copies = 0
    async with open_in(tmp_path) as database:
        writer = Writer(database, chance)
        await writer.begin()
        for _ in range(scaled(4, 60)):
            for _ in range(10):
                await writer.write()
            log, before = (tmp_path / f"{NAME}-wal").read_bytes(), (tmp_path / NAME).read_bytes()
            await asyncio.to_thread(_write_pages, tmp_path / NAME)
            after = (tmp_path / NAME).read_bytes()
            for _ in range(3):
                copy(tmp_path, copied, log)
                (copied / NAME).write_bytes(_mixed(before, after, chance))
                copies += 1
                missing += writer.answered - found_in(copied)
    report("T8", variant="torn checkpoint", failures=missing, copies=copies)
    assert missing == 0


async def test_a_server_goes_on_from_what_a_torn_log_left(tmp_path: Path) -> None:
    chance, copied = Random(10), tmp_path / "copy"
    async with open_in(tmp_path) as database:
        writer = Writer(database, chance)
        await writer.begin()
        for _ in range(20):
            await writer.write()
        log = (tmp_path / f"{NAME}-wal").read_bytes()
        copy(tmp_path, copied, torn(tmp_path, log, chance))
    kept = found_in(copied)
    async with open_in(copied) as database:
        again = Writer(database, chance)
        again.leases, again.answered = writer.leases, kept
        await again.write()
    assert found_in(copied) == again.answered


def _restart_log(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        busy, *_ = connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()
    return int(not busy)


def _write_pages(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()


def _mixed(before: bytes, after: bytes, chance: Random) -> bytes:
    size = struct.unpack(">H", after[16:18])[0]
    pages = range(0, len(after), size)
    before = before.ljust(len(after), b"\0")  # the file was made longer, its end not yet written
    return b"".join((before if chance.random() < 0.5 else after)[at : at + size] for at in pages)

"""The tables of what LangGraph's saver leaves of threads.

Bodies may be large, so checkpoints and blobs rest beside their keys on SQLite; writes are many and
mostly short, so they rest with theirs. Nothing refers to a thread's own row: checkpoints may come
before it, and threads that are their run's alone have none.
"""

from sqlalchemy import Column, Integer, LargeBinary, Table, Text

from runwire.stores.columns import metadata, partial_index
from runwire.stores.times import Micros

thread_checkpoints = Table(
    "thread_checkpoints",
    metadata,
    Column("thread_id", Text, primary_key=True),
    Column("checkpoint_ns", Text, primary_key=True),
    Column("checkpoint_id", Text, primary_key=True),
    Column("parent_id", Text, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("metadata", Text, nullable=False),
    # The versions of the channels whose values rest in blobs: a JSON object.
    Column("versions", Text, nullable=False),
    Column("created_at", Micros, nullable=False),
    partial_index("ix_thread_checkpoints_run", "run_id", where="run_id <> ''"),
)

thread_blobs = Table(
    "thread_blobs",
    metadata,
    Column("thread_id", Text, primary_key=True),
    Column("checkpoint_ns", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("version", Text, primary_key=True),
    # What the body goes on from; "" if it is whole.
    Column("base_version", Text, nullable=False),
    Column("weight", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

thread_writes = Table(
    "thread_writes",
    metadata,
    Column("thread_id", Text, primary_key=True),
    Column("checkpoint_ns", Text, primary_key=True),
    Column("checkpoint_id", Text, primary_key=True),
    Column("task_id", Text, primary_key=True),
    Column("idx", Integer, primary_key=True, autoincrement=False),
    Column("channel", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("task_path", Text, nullable=False),
    # Of the run that wrote it, where that may be another than the checkpoint's.
    Column("run_id", Text, nullable=False),
    sqlite_with_rowid=False,
)

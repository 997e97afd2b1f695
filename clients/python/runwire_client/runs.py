"""A run as its callers see it: where it stands, what went in, what came out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

from google.rpc import status_pb2
from grpc import StatusCode

from runwire_client._payloads import decoded, seconds_of, time_of
from runwire_client._status import CODES, error_from_status
from runwire_client.options import RunOptions, options_from_message
from runwire_client.v1 import run_pb2


class RunStatus(StrEnum):
    """Where a run or a step is in its life."""

    UNKNOWN = "unknown"
    QUEUED = "queued"
    RUNNING = "running"
    INTERRUPTED = "interrupted"
    CANCELLING = "cancelling"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        """Whether the run has ended and stays so."""
        return self in FINAL


FINAL: Final = frozenset({RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.CANCELLED})
STATUSES: Final[Mapping[int, RunStatus]] = {
    run_pb2.RUN_STATUS_QUEUED: RunStatus.QUEUED,
    run_pb2.RUN_STATUS_RUNNING: RunStatus.RUNNING,
    run_pb2.RUN_STATUS_INTERRUPTED: RunStatus.INTERRUPTED,
    run_pb2.RUN_STATUS_CANCELLING: RunStatus.CANCELLING,
    run_pb2.RUN_STATUS_SUCCEEDED: RunStatus.SUCCEEDED,
    run_pb2.RUN_STATUS_FAILED: RunStatus.FAILED,
    run_pb2.RUN_STATUS_CANCELLED: RunStatus.CANCELLED,
}


@dataclass(frozen=True, slots=True)
class RunError:
    """Why a run failed: `message` for people, `code`, `reason` and `metadata` for programs."""

    code: StatusCode
    message: str
    reason: str
    metadata: Mapping[str, str] = field(hash=False)


@dataclass(frozen=True)
class Interrupt:
    """A question that a node asked and that `runs.resume` answers.

    `value` is what it asked, `answer_schema` the JSON Schema of the answer, or None if any
    answer will do.
    """

    interrupt_id: str
    node: str
    created_at: datetime | None
    message: run_pb2.Interrupt = field(repr=False, hash=False)

    @cached_property
    def value(self) -> Any:
        return decoded(self.message.value)

    @cached_property
    def answer_schema(self) -> Any:
        return decoded(self.message.answer_schema)


@dataclass(frozen=True)
class Crash:
    """The end of a worker that held a run, when it was noticed, and the nodes under way then."""

    worker_id: str
    at: datetime | None
    nodes: tuple[str, ...]


@dataclass(frozen=True)
class Run:
    """One execution of a graph, as it was when the server answered.

    `input` and `output` are decoded when first looked at; both are None in lists and watches,
    which leave them out. `error` is set once the run FAILED. Times are aware UTC, None until
    they come. `run_timeout_seconds` is the time limit of its execution, None if it has none.
    `attempt` counts how often a worker has taken the run. `replayed` says that a create was sent
    before and made nothing new.

    The run is taken by workers of `queue` ("" is the default one), not before `ready_at`, which
    `start_delay_seconds` has put off; of the runs with its `concurrency_key`, if it has one, no
    more than `concurrency_limit` are executed then. `crashes` are the workers that ended while
    they held it, since it last made progress. `assistant_id` and `options` are those of runs of
    LangGraph graphs; lists and watches leave out options. `trace_parent` is the W3C trace context
    in which it was created, if any. `message` is the message as the server sent it.
    """

    run_id: str
    graph_id: str
    status: RunStatus
    error: RunError | None
    labels: Mapping[str, str] = field(hash=False)
    interrupts: tuple[Interrupt, ...]
    created_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    expires_at: datetime | None
    last_sequence: int
    etag: str
    attempt: int
    graph_version: int
    thread_id: str
    priority: int
    run_timeout_seconds: float | None
    queue: str
    start_delay_seconds: float | None
    concurrency_key: str
    concurrency_limit: int
    ready_at: datetime | None
    crashes: tuple[Crash, ...]
    forked_from_run_id: str
    forked_from_checkpoint_id: str
    trace_parent: str
    assistant_id: str
    replayed: bool
    message: run_pb2.Run = field(repr=False, hash=False)

    @cached_property
    def input(self) -> Any:
        return decoded(self.message.spec.input)

    @cached_property
    def output(self) -> Any:
        return decoded(self.message.output)

    @cached_property
    def options(self) -> RunOptions | None:
        spec = self.message.spec
        return options_from_message(spec.options) if spec.HasField("options") else None


def run_from_message(message: run_pb2.Run, *, replayed: bool = False) -> Run:
    """Return the run that a message describes."""
    spec = message.spec
    timed = spec.HasField("timeout")
    return Run(
        run_id=message.run_id,
        graph_id=spec.graph_id,
        status=status_from_number(message.status),
        error=run_error(message.error) if message.HasField("error") else None,
        labels=dict(spec.labels),
        interrupts=tuple(interrupt_from_message(each) for each in message.interrupts),
        created_at=time_of(message.create_time) if message.HasField("create_time") else None,
        started_at=time_of(message.start_time) if message.HasField("start_time") else None,
        ended_at=time_of(message.end_time) if message.HasField("end_time") else None,
        expires_at=time_of(message.expire_time) if message.HasField("expire_time") else None,
        last_sequence=message.last_sequence,
        etag=message.etag,
        attempt=message.attempt,
        graph_version=message.graph_version,
        thread_id=spec.thread_id,
        priority=spec.priority,
        run_timeout_seconds=seconds_of(spec.timeout) if timed else None,
        queue=spec.queue,
        start_delay_seconds=seconds_of(spec.start_delay) if spec.HasField("start_delay") else None,
        concurrency_key=spec.concurrency.key,
        concurrency_limit=spec.concurrency.limit,
        ready_at=time_of(message.ready_time) if message.HasField("ready_time") else None,
        crashes=tuple(crash_from_message(each) for each in message.crashes),
        forked_from_run_id=message.forked_from_run_id,
        forked_from_checkpoint_id=message.forked_from_checkpoint_id,
        trace_parent=message.trace_parent,
        assistant_id=spec.assistant_id,
        replayed=replayed,
        message=message,
    )


def crash_from_message(message: run_pb2.WorkerCrash) -> Crash:
    """Return the crash that a message describes."""
    return Crash(
        worker_id=message.worker_id,
        at=time_of(message.event_time) if message.HasField("event_time") else None,
        nodes=tuple(message.nodes),
    )


def status_from_number(number: int) -> RunStatus:
    """Return the status with a number on the wire; UNKNOWN if this client is older than it."""
    return STATUSES.get(number, RunStatus.UNKNOWN)


def status_to_number(status: RunStatus) -> run_pb2.RunStatus.ValueType:
    """Return the number of a status on the wire."""
    return run_pb2.RunStatus.Value(f"RUN_STATUS_{status.name}")


def run_error(status: status_pb2.Status) -> RunError:
    """Return the error of a run."""
    error = error_from_status(status)
    code = CODES.get(status.code, StatusCode.UNKNOWN)
    return RunError(code, error.message, error.reason, error.metadata)


def interrupt_from_message(message: run_pb2.Interrupt) -> Interrupt:
    """Return the interrupt that a message describes."""
    return Interrupt(
        interrupt_id=message.interrupt_id,
        node=message.node,
        created_at=time_of(message.create_time) if message.HasField("create_time") else None,
        message=message,
    )

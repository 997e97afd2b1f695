"""Rows from domain values and back: one pair of functions per table."""

import base64
import json
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from runwire.domain.checkpoint import Checkpoint, NextNode
from runwire.domain.namespace import namespace_of
from runwire.domain.payload import JSON_TYPE, Payload
from runwire.domain.run import Crash, Interrupt, OnEnd, Run, RunError, RunId, RunStatus
from runwire.domain.run_options import RunOptions
from runwire.domain.segment import Segment
from runwire.domain.step import Step
from runwire.stores.packing import packed, unpacked

Values = dict[str, Any]

_SAME_IN_ROW = (
    "run_id", "graph_id", "graph_version", "thread_id", "timeout_seconds", "priority", "queue",
    "start_delay_seconds", "concurrency_key", "concurrency_limit", "attempt", "epoch", "recorded",
    "checkpoint", "last_sequence", "storage_bytes", "event_bytes", "checkpoint_bytes", "revision",
    "created_at", "ready_at", "started_at", "ended_at", "cancel_reason", "cancel_by",
    "forked_from_run_id", "forked_from_checkpoint", "trace_parent", "trace_state",
)  # fmt: skip


def row_of_run(run: Run) -> Values:
    """Return the row of a run, without its input."""
    row: Values = {name: getattr(run, name) for name in _SAME_IN_ROW}
    row["namespace"] = namespace_of(run.run_id)
    row["status"] = run.status.value
    row["on_end"] = run.on_end.value
    row["labels"] = _dumps(dict(run.labels)) if run.labels else "{}"
    row["output"] = None if run.output is None else run.output.data
    row["error"] = None if run.error is None else _row_of_error(run.error)
    row["interrupts"] = _dumps([_row_of(i) for i in run.interrupts]) if run.interrupts else None
    row["crashes"] = _dumps([_row_of_crash(c) for c in run.crashes]) if run.crashes else None
    return row


def run_from(row: Row[Any]) -> Run:
    """Return the run of a row joined with its input."""
    values: Values = {name: getattr(row, name) for name in _SAME_IN_ROW}
    return Run(
        **values,
        status=RunStatus(row.status),
        labels={} if row.labels == "{}" else json.loads(row.labels),
        input=payload_from(row.data, row.form),
        output=None if row.output is None else Payload(row.output),
        error=None if row.error is None else RunError(**json.loads(row.error)),
        interrupts=tuple(_interrupt_from(i) for i in json.loads(row.interrupts or "[]")),
        crashes=tuple(_crash_from(c) for c in json.loads(row.crashes or "[]")),
        options=None if row.options is None else RunOptions.load(row.options),
        on_end=OnEnd(row.on_end),
    )


def row_of_input(run: Run) -> Values:
    """Return the row of a run's input."""
    given = run.input
    return {
        "run_id": run.run_id,
        "data": given.data,
        "form": form_of(given),
        "options": None if run.options is None else run.options.dump(),
    }


def form_of(given: Payload) -> str | None:
    """Return what else is known of a payload than its bytes; None for the usual."""
    if given.content_type == JSON_TYPE and not given.artifact_id and not given.metadata:
        return None
    return _dumps({"t": given.content_type, "a": given.artifact_id, "m": dict(given.metadata)})


def payload_from(data: bytes, form: str | None) -> Payload:
    """Return a payload from its bytes and what else is known of it."""
    if form is None:
        return Payload(data)
    known = json.loads(form)
    return Payload(data, content_type=known["t"], artifact_id=known["a"], metadata=known["m"])


def row_of_segment(segment: Segment) -> Values:
    """Return the row of a segment."""
    return {
        "run_id": segment.run_id,
        "first_sequence": segment.first_sequence,
        "last_sequence": segment.last_sequence,
        "delta": segment.delta,
        "final": segment.final,
        "body": packed(segment),
    }


def segment_from(row: Row[Any]) -> Segment:
    """Return the segment of a row."""
    return Segment(
        run_id=RunId(row.run_id),
        first_sequence=row.first_sequence,
        last_sequence=row.last_sequence,
        delta=row.delta,
        final=row.final,
        body=unpacked(row.run_id, row.body),
    )


def row_of_step(step: Step) -> Values:
    """Return the row of a step."""
    row = {name: getattr(step, name) for name in Step.__slots__}
    row["status"] = step.status.value
    return row


def step_from(row: Row[Any]) -> Step:
    """Return the step of a row."""
    return Step(**{**row._mapping, "status": RunStatus(row.status)})


def row_of_checkpoint(checkpoint: Checkpoint) -> Values:
    """Return the row of a checkpoint."""
    return {
        "run_id": checkpoint.run_id,
        "number": checkpoint.number,
        "superstep": checkpoint.superstep,
        "nodes": _dumps(checkpoint.nodes),
        "next": _dumps([_next_row(item) for item in checkpoint.next]),
        "visits": _dumps(dict(checkpoint.visits)),
        "full": checkpoint.full,
        "body": checkpoint.body,
        "created_at": checkpoint.created_at,
    }


def checkpoint_from(row: Any) -> Checkpoint:
    """Return the checkpoint of a row."""
    return Checkpoint(
        run_id=RunId(row.run_id),
        number=row.number,
        superstep=row.superstep,
        nodes=tuple(json.loads(row.nodes)),
        next=tuple(_next_from(item) for item in json.loads(row.next)),
        visits=json.loads(row.visits),
        full=row.full,
        body=row.body,
        created_at=row.created_at,
        size_bytes=row.size_bytes,
    )


def _next_row(item: NextNode) -> Any:
    return item.node if item.argument is None else [item.node, item.argument.decode()]


def _next_from(item: Any) -> NextNode:
    if isinstance(item, str):
        return NextNode(node=item)
    return NextNode(node=item[0], argument=item[1].encode())


def _row_of_error(error: RunError) -> str:
    return _dumps(
        {
            "code": error.code,
            "reason": error.reason,
            "message": error.message,
            "metadata": dict(error.metadata),
        }
    )


def _row_of(asked: Interrupt) -> Values:
    return {
        "interrupt_id": asked.interrupt_id,
        "node": asked.node,
        "step_id": asked.step_id,
        "index": asked.index,
        "value": _text(asked.value),
        "answer_schema": _text(asked.answer_schema),
        "created_at": asked.created_at.isoformat(),
        "answer": None if asked.answer is None else _text(asked.answer),
    }


def _interrupt_from(found: Values) -> Interrupt:
    return Interrupt(
        **{
            **found,
            "value": _bytes(found["value"]),
            "answer_schema": _bytes(found["answer_schema"]),
            "created_at": datetime.fromisoformat(found["created_at"]),
            "answer": None if found["answer"] is None else _bytes(found["answer"]),
        }
    )


def _row_of_crash(crash: Crash) -> Values:
    return {"worker_id": crash.worker_id, "at": crash.at.isoformat(), "nodes": crash.nodes}


def _crash_from(found: Values) -> Crash:
    return Crash(
        worker_id=found["worker_id"],
        at=datetime.fromisoformat(found["at"]),
        nodes=tuple(found["nodes"]),
    )


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(word: str) -> bytes:
    return base64.b64decode(word)


# `json.dumps` with options makes an encoder at each call.
_dumps = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode

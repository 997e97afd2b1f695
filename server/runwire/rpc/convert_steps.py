"""Steps, checkpoints and questions as workers and the server exchange them, domain ↔ wire."""

from typing import Any, Final

from runwire.domain.checkpoint import Checkpoint, NextNode
from runwire.domain.errors import invalid
from runwire.domain.run import Interrupt, RunId, RunStatus
from runwire.domain.step import Step
from runwire.rpc.convert_runs import STATUS_FROM_WIRE, STATUS_TO_WIRE
from runwire.rpc.convert_times import fill_time, time_from_wire
from runwire.v1 import work_pb2 as wire

_OF_STEPS: Final = frozenset(
    {
        RunStatus.RUNNING,
        RunStatus.INTERRUPTED,
        RunStatus.SUCCEEDED,
        RunStatus.FAILED,
        RunStatus.CANCELLED,
    }
)


def fill_step(target: wire.WorkStep, step: Step) -> None:
    """Set a wire step."""
    target.step_id = step.step_id
    target.superstep = step.superstep
    target.node = step.node
    target.visit = step.visit
    target.attempt = step.attempt
    target.status = STATUS_TO_WIRE[step.status]
    fill_time(target.start_time, step.started_at)
    if step.ended_at is not None:
        fill_time(target.end_time, step.ended_at)
    target.tool = step.tool
    target.message = whole(step.message)
    if step.checkpoint is not None:
        target.checkpoint = step.checkpoint
    if step.update is not None:
        target.update = step.update
    if step.goto is not None:
        target.goto = step.goto


def step_from_wire(message: wire.WorkStep, run_id: RunId) -> Step:
    """Return a step of a run; raise Invalid if it cannot be one."""
    status = STATUS_FROM_WIRE.get(message.status)
    if status not in _OF_STEPS:
        raise invalid("steps.status", "must be RUNNING or a status in which a step ends")
    if not message.step_id or min(message.superstep, message.visit, message.attempt) < 1:
        raise invalid("steps", "need a step_id; superstep, visit and attempt count from 1")
    return Step(
        run_id=run_id,
        step_id=message.step_id,
        superstep=message.superstep,
        node=message.node,
        visit=message.visit,
        attempt=message.attempt,
        status=status,
        started_at=time_from_wire(message.start_time),
        ended_at=time_from_wire(message.end_time) if message.HasField("end_time") else None,
        tool=message.tool,
        message=message.message,
        checkpoint=message.checkpoint if message.HasField("checkpoint") else None,
        update=message.update if message.HasField("update") else None,
        goto=message.goto if message.HasField("goto") else None,
    )


def fill_checkpoint(
    target: wire.WorkCheckpoint, checkpoint: Checkpoint, *, body: bool = True
) -> None:
    """Set a wire checkpoint; without its body if the whole state goes beside it."""
    target.number = checkpoint.number
    target.superstep = checkpoint.superstep
    target.nodes[:] = checkpoint.nodes
    for item in checkpoint.next:
        told = target.next.add(node=item.node)
        if item.argument is not None:
            told.argument = item.argument
    target.visits.update(checkpoint.visits)
    target.full = checkpoint.full
    if body:
        target.body = checkpoint.body
    fill_time(target.create_time, checkpoint.created_at)


def checkpoint_from_wire(message: wire.WorkCheckpoint, run_id: RunId) -> Checkpoint:
    """Return a checkpoint of a run; raise Invalid if it cannot be one."""
    if min(message.number, message.superstep) < 0:
        raise invalid("checkpoints", "number and superstep must not be negative")
    return Checkpoint(
        run_id=run_id,
        number=message.number,
        superstep=message.superstep,
        nodes=tuple(message.nodes),
        next=tuple(
            NextNode(node=item.node, argument=item.argument if item.HasField("argument") else None)
            for item in message.next
        ),
        visits=dict(message.visits),
        full=message.full,
        body=message.body,
        created_at=time_from_wire(message.create_time),
    )


def fill_question(target: wire.WorkInterrupt, asked: Interrupt) -> None:
    """Set a wire question, with its answer if there is one."""
    target.interrupt_id = asked.interrupt_id
    target.node = asked.node
    target.step_id = asked.step_id
    target.index = asked.index
    target.value = asked.value
    target.answer_schema = asked.answer_schema
    fill_time(target.create_time, asked.created_at)
    if asked.answer is not None:
        target.answer = asked.answer


def question_from_wire(message: wire.WorkInterrupt) -> Interrupt:
    """Return a question."""
    return Interrupt(
        interrupt_id=message.interrupt_id,
        node=message.node,
        step_id=message.step_id,
        index=message.index,
        value=message.value,
        answer_schema=message.answer_schema,
        created_at=time_from_wire(message.create_time),
        answer=message.answer if message.HasField("answer") else None,
    )


def whole(text: str) -> str:
    """Return text without halves of surrogate pairs, which UTF-8 cannot write."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode(errors="replace").decode()
    return text


def lease_fields(lease: Any) -> dict[str, Any]:
    """Return the fields of a wire lease."""
    return {"run_id": lease.run_id, "epoch": lease.epoch}

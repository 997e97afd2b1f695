"""How an execution ends: what becomes of the run, and what of its thread."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from langgraph.errors import GraphRecursionError

from runwire.domain.event import InterruptRaised, NewEvent
from runwire.domain.outcome import Failed, Interrupted, Outcome, Succeeded
from runwire.domain.run import Interrupt, Run, RunError
from runwire.domain.run_options import RunOptions
from runwire.domain.thread import ThreadChange, ThreadStatus
from runwire.domain.work import Progress
from runwire.engine.faults import (
    DEADLINE_EXCEEDED,
    FAILED_PRECONDITION,
    RESOURCE_EXHAUSTED,
    UNKNOWN,
    Fault,
    cut,
)
from runwire.langgraph.following import INTERRUPT, Following
from runwire.langgraph.jsonable import dump, plain

MAX_OUTPUT_BYTES: Final = 16 * 1024 * 1024
"""Clients take messages of 64 MiB, and a record of a run's end has it twice."""

Stop = tuple[Outcome, Progress]


def ended(run: Run, options: RunOptions, following: Following, now: datetime) -> Stop:
    """Return what a graph that has said everything makes of its run and its thread."""
    values = following.output()
    if len(values) > MAX_OUTPUT_BYTES:
        return failed(run, following, _too_large(len(values)))
    questions = {
        task_id: [_question(each) for each in asked]
        for task_id, asked in following.questions.items()
    }
    if not questions and not following.stopped:
        change = ThreadChange(status=ThreadStatus.IDLE, values=values)
        return Succeeded(values), _for_thread(run, change)
    change = ThreadChange(status=ThreadStatus.INTERRUPTED, values=values, interrupts=questions)
    asked = _interrupts(following, questions, now)
    raised = tuple(
        NewEvent(at=now, detail=InterruptRaised(interrupt=each), step_id=each.step_id)
        for each in asked
    )
    if options.ends_at_interrupt:
        output = _with_questions(values, [each for of in questions.values() for each in of])
        return Succeeded(output), _for_thread(run, change, events=raised)
    return Interrupted(asked), _for_thread(run, change, events=raised)


def failed(run: Run, following: Following, error: RunError) -> Stop:
    """Return what a failure makes of a run and its thread."""
    told = {"error": error.metadata.get("error", error.reason), "message": error.message}
    values = None if following.values is None else following.output()
    if values is not None and len(values) > MAX_OUTPUT_BYTES:
        values = None  # the thread shows what it has had before
    change = ThreadChange(status=ThreadStatus.ERROR, values=values, error=told)
    return Failed(error), _for_thread(run, change)


def error_of(error: BaseException, node: str = "") -> RunError:
    """Return the error of a run whose graph raised something."""
    if isinstance(error, Fault):
        return error.error
    code, reason = UNKNOWN, "NODE_FAILED" if node else "GRAPH_FAILED"
    if isinstance(error, GraphRecursionError):
        code, reason = FAILED_PRECONDITION, "MAX_STEPS_EXCEEDED"
    facts = {"error": type(error).__name__, "node": node, "exception": type(error).__qualname__}
    return RunError(
        code=code,
        reason=reason,
        message=cut(_text(error)),
        metadata={key: value for key, value in facts.items() if value},
    )


def late(run: Run) -> RunError:
    """Return the error of a run that took too long."""
    return RunError(
        code=DEADLINE_EXCEEDED,
        reason="RUN_TIMEOUT",
        message=f"the run took longer than {run.timeout_seconds:g} s",
        metadata={"error": TimeoutError.__name__},
    )


def _too_large(size_bytes: int) -> RunError:
    return RunError(
        code=RESOURCE_EXHAUSTED,
        reason="STATE_TOO_LARGE",
        message=f"the state is {size_bytes} bytes, the limit is {MAX_OUTPUT_BYTES}:"
        " keep large things in artifacts, and their ids in the state",
        metadata={"error": "StateTooLarge"},
    )


def _for_thread(run: Run, change: ThreadChange, *, events: Sequence[NewEvent] = ()) -> Progress:
    """Return what is recorded with the end; a run on a thread of its own changes no other."""
    return Progress(events=tuple(events), thread=change if run.thread_id else None)


def _question(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return a question as threads show it."""
    question = {"value": plain(asked["value"]), "id": asked["id"]}
    if asked.get("response_schema") is not None:
        question["response_schema"] = plain(asked["response_schema"])
    return question


def _with_questions(values: bytes, questions: Sequence[Mapping[str, Any]]) -> bytes:
    """Return the values with the questions among them, as far as they are an object."""
    found = b"%s:%s" % (dump(INTERRUPT), dump(questions))
    if not values.startswith(b"{"):
        return b"{" + found + b"}"
    return values[:-1] + (b"" if values == b"{}" else b",") + found + b"}"


def _interrupts(
    following: Following, questions: Mapping[str, Sequence[Mapping[str, Any]]], now: datetime
) -> tuple[Interrupt, ...]:
    """Return the questions as those of any run; one that stopped at a node asks for a nod."""
    found = []
    for task_id, asked in questions.items():
        step = following.askers[task_id][1] if task_id in following.askers else None
        for index, each in enumerate(asked):
            schema = each.get("response_schema")
            found.append(
                Interrupt(
                    interrupt_id=each["id"],
                    node=step.node if step else "",
                    step_id=step.step_id if step else "",
                    index=index,
                    value=dump(each["value"]),
                    answer_schema=dump(schema) if isinstance(schema, dict) else b"",
                    created_at=now,
                )
            )
    if not found:
        found.append(
            Interrupt(
                interrupt_id="stop", node="", step_id="", index=0, value=b"null", created_at=now
            )
        )
    return tuple(found)


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - an author's exception may fail at that, too
        return type(error).__name__


def is_cancelled() -> bool:
    """Whether somebody asked the current task to end, and not a node itself."""
    current = asyncio.current_task()
    return current is not None and bool(current.cancelling())

"""One attempt at a step, as its node and the engine share it."""

import asyncio
import threading
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from runwire import trail
from runwire.domain.event import Detail, NewEvent
from runwire.domain.payload import check_size, encode
from runwire.domain.ports import Artifacts
from runwire.domain.run import Interrupt, Run
from runwire.domain.step import Step
from runwire.engine.annotations import readable
from runwire.engine.faults import Fault, InterruptSignal, StepOver
from runwire.engine.recorder import Recorder
from runwire.engine.schemas import compiled_schema
from runwire.engine.shapes import free, unpack

CURRENT: Final[ContextVar["Scope | None"]] = ContextVar("runwire_scope", default=None)


class Scope:
    """What one attempt at a step is about, and how it stands.

    ``raised`` is the question that stops the step; ``over`` means that nothing its node says counts
    any more; ``cancelled`` that it should end.
    """

    def __init__(self, run: Run, step: Step, *, recorder: Recorder, artifacts: Artifacts) -> None:
        self.run = run
        self.step = step
        self.recorder = recorder
        self.artifacts = artifacts
        self.loop = asyncio.get_running_loop()
        self.raised: Interrupt | None = None
        self.over = False
        self.cancelled = False
        self.trace_parent = trail.current().trace_parent or run.trace_parent
        self._thread = threading.get_ident()
        self._asked = 0

    @property
    def elsewhere(self) -> bool:
        """Whether the caller is on another thread than the attempt's loop."""
        return threading.get_ident() != self._thread

    def tell(self, detail: Detail, *, size_bytes: int = 0) -> bool:
        """Take an event to record; return whether there is room for more."""
        if self.over:
            raise StepOver(f"step {self.step.step_id} has ended: nothing more is recorded of it")
        event = NewEvent(at=self.recorder.now(), detail=detail, step_id=self.step.step_id)
        return self.recorder.put(event, size_bytes=size_bytes)

    def ask(self, value: Any, schema: Any) -> Any:
        """Return the answer to the step's next question, or leave the node with the question."""
        if self.raised is not None:
            raise InterruptSignal(self.raised)
        index = self._asked
        self._asked += 1
        answer = self._answer(index)
        if answer is not None:
            return _read(answer, schema)
        data = free.dump(value)
        check_size(data, name="the value of an interrupt")
        self.raised = Interrupt(
            interrupt_id=f"{self.step.step_id}:{index}",
            node=self.step.node,
            step_id=self.step.step_id,
            index=index,
            value=data,
            answer_schema=_schema(schema),
            created_at=self.recorder.now(),
        )
        raise InterruptSignal(self.raised)

    def _answer(self, index: int) -> bytes | None:
        for item in self.run.interrupts:
            if item.step_id == self.step.step_id and item.index == index:
                return item.answer
        return None


def _schema(schema: Any) -> bytes:
    """Return the JSON Schema that an answer must satisfy; empty if any will do."""
    if schema is None:
        return b""
    if isinstance(schema, Mapping):
        compiled_schema(schema)
        return encode(dict(schema))
    return encode(TypeAdapter(readable(schema)).json_schema())


def _read(answer: bytes, schema: Any) -> Any:
    if schema is None or isinstance(schema, Mapping):
        return unpack(answer)
    try:
        return TypeAdapter(readable(schema)).validate_json(answer)
    except ValidationError as error:
        text = f"the answer does not fit what was asked: {error.errors()[0]['msg']}"
        raise Fault("INVALID_ANSWER", text) from None

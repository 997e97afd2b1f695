"""The questions that a run waits for, and what becomes of their answers."""

from collections.abc import Sequence
from dataclasses import replace

from runwire.domain.errors import NotFound, invalid
from runwire.domain.run import Interrupt, Run


def question(run: Run, interrupt_id: str) -> Interrupt:
    """Return the open question with an id, or the only one if the id is empty."""
    asked = run.open_interrupts
    if not interrupt_id and len(asked) == 1:
        return asked[0]
    if not interrupt_id:
        ids = ", ".join(item.interrupt_id for item in asked)
        raise invalid("interrupt_id", f"several questions are open, name one of: {ids}")
    for item in asked:
        if item.interrupt_id == interrupt_id:
            return item
    raise NotFound(
        f"run {run.run_id} has no open interrupt {interrupt_id}",
        reason="INTERRUPT_NOT_FOUND",
        run_id=run.run_id,
        interrupt_id=interrupt_id,
    )


def answered(run: Run, asked: Interrupt, answer: bytes) -> Run:
    """Return the run with a question answered."""
    if asked.step_id:
        told = replace(asked, answer=answer)
        return run.but(interrupts=tuple(told if item is asked else item for item in run.interrupts))
    # It was parked: no node waits for the answer, and workers get as many tries again.
    kept = tuple(item for item in run.interrupts if item is not asked)
    return run.but(interrupts=kept, crashes=())


def answers_for(run: Run, asked: Sequence[Interrupt]) -> Sequence[Interrupt]:
    """Return earlier answers of the steps that ask again: they run anew and need them all."""
    steps, ids = {item.step_id for item in asked}, {item.interrupt_id for item in asked}
    return [
        item
        for item in run.interrupts
        if item.answer is not None and item.step_id in steps and item.interrupt_id not in ids
    ]

"""Where an attempt begins: at what the run was given, or where another attempt broke off."""

from dataclasses import dataclass
from typing import Any, Final

from langchain_core.runnables import RunnableConfig
from langgraph.pregel import Pregel
from langgraph.types import Command

from runwire.domain.payload import decode
from runwire.domain.run import Run
from runwire.domain.run_options import RunOptions
from runwire.domain.thread_checkpoint import CheckpointRead
from runwire.domain.thread_ports import ThreadCheckpoints
from runwire.domain.work import Claim
from runwire.langgraph.configuring import from_newest
from runwire.langgraph.given import given_of

FIRST_EVENTS: Final = 2
"""A run that was queued and is RUNNING has these; one that broke off has more."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """What to execute a graph with; ``again`` if another attempt of the run broke off before."""

    given: Any
    config: RunnableConfig
    again: bool = False


def is_first(run: Run) -> bool:
    """Whether it is certain that nobody has executed anything of a run."""
    return run.attempt == 1 and run.last_sequence == FIRST_EVENTS


async def beginning(
    claim: Claim,
    graph: Pregel[Any, Any, Any, Any],
    config: RunnableConfig,
    *,
    options: RunOptions,
    checkpoints: ThreadCheckpoints,
) -> Beginning:
    """Return where an attempt begins; ``graph`` has the run's checkpointer."""
    run = claim.run
    if not is_first(run):
        newest = await checkpoints.read(run.own_thread, "")
        left = newest is not None and _is_by(newest, run.run_id)
        if left or await checkpoints.newest_of_run(run.own_thread, run.run_id):
            config = from_newest(config)
            given = await _to_go_on(graph, config, _answers(run, options))
            return Beginning(given, config, again=True)
    return Beginning(given_of(claim.input, options), config)


def _is_by(newest: CheckpointRead, run_id: str) -> bool:
    """Whether a run has left a thread's newest checkpoint, or anything on top of it."""
    return newest.checkpoint.run_id == run_id or any(
        writes.run_id == run_id for writes in newest.writes
    )


def _answers(run: Run, options: RunOptions) -> dict[str, Any]:
    """Return all answers to questions by the questions' ids."""
    answers = {}
    resume = (options.command or {}).get("resume")
    if isinstance(resume, dict):
        answers.update(resume)
    for asked in run.interrupts:
        if asked.answer is not None:
            answers[asked.interrupt_id] = decode(asked.answer, name="answer")
    return answers


async def _to_go_on(
    graph: Pregel[Any, Any, Any, Any], config: RunnableConfig, answers: dict[str, Any]
) -> "Command[Any] | None":
    """Return what leads on: the answers to what is still asked, or nothing.

    An answer that was taken already would be taken for that to the node's next question.
    """
    if not answers:
        return None
    snapshot = await graph.aget_state(config)
    asked = {interrupt.id for interrupt in snapshot.interrupts}
    wanted = {key: answer for key, answer in answers.items() if key in asked}
    return Command(resume=wanted) if wanted else None

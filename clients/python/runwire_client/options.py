"""How runs of LangGraph graphs are executed, beyond their input."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from runwire_client._payloads import decoded, encoded
from runwire_client.v1 import run_options_pb2 as wire


class Durability(StrEnum):
    """When the checkpoints of a thread are written."""

    SYNC = "sync"
    ASYNC = "async"
    EXIT = "exit"


class MultitaskStrategy(StrEnum):
    """What becomes of a new run of a thread, and of the others, while one has not ended."""

    REJECT = "reject"
    ENQUEUE = "enqueue"
    INTERRUPT = "interrupt"
    ROLLBACK = "rollback"


class OnCompletion(StrEnum):
    """What becomes of the thread that is made for a run which names none."""

    DELETE = "delete"
    KEEP = "keep"


DURABILITIES: Final[Mapping[Durability, wire.Durability.ValueType]] = {
    Durability.SYNC: wire.DURABILITY_SYNC,
    Durability.ASYNC: wire.DURABILITY_ASYNC,
    Durability.EXIT: wire.DURABILITY_EXIT,
}
STRATEGIES: Final[Mapping[MultitaskStrategy, wire.MultitaskStrategy.ValueType]] = {
    MultitaskStrategy.REJECT: wire.MULTITASK_STRATEGY_REJECT,
    MultitaskStrategy.ENQUEUE: wire.MULTITASK_STRATEGY_ENQUEUE,
    MultitaskStrategy.INTERRUPT: wire.MULTITASK_STRATEGY_INTERRUPT,
    MultitaskStrategy.ROLLBACK: wire.MULTITASK_STRATEGY_ROLLBACK,
}
COMPLETIONS: Final[Mapping[OnCompletion, wire.OnCompletion.ValueType]] = {
    OnCompletion.DELETE: wire.ON_COMPLETION_DELETE,
    OnCompletion.KEEP: wire.ON_COMPLETION_KEEP,
}
NOTHING: Final[Any] = object()
"""Stands for what is left out where None is a value."""


@dataclass(frozen=True, slots=True)
class Command:
    """What a graph is told in place of an input: an answer, changes of the state, where to go on.

    `resume` is the answer to the question that the graph waits with, or a mapping of answers by the
    ids of questions; leave it out for none, since None is an answer, too.
    """

    resume: Any = NOTHING
    update: Mapping[str, Any] | None = None
    goto: Any = None

    def to_message(self, name: str = "spec.options.command") -> wire.RunCommand:
        """Return it as it is sent; raise Invalid if something of it is not JSON."""
        message = wire.RunCommand()
        if self.resume is not NOTHING:
            message.resume.CopyFrom(encoded(self.resume, field=f"{name}.resume"))
        if self.update is not None:
            message.update.CopyFrom(encoded(self.update, field=f"{name}.update"))
        if self.goto is not None:
            message.goto.CopyFrom(encoded(self.goto, field=f"{name}.goto"))
        return message


@dataclass(frozen=True, slots=True)
class ThreadCheckpoint:
    """A point in a thread's history; the newest one for an empty id."""

    checkpoint_id: str = ""
    checkpoint_ns: str = ""
    checkpoint_map: Mapping[str, str] = field(default_factory=dict, hash=False)

    def to_message(self) -> wire.ThreadCheckpoint:
        """Return it as it is sent."""
        return wire.ThreadCheckpoint(
            checkpoint_id=self.checkpoint_id,
            checkpoint_ns=self.checkpoint_ns,
            checkpoint_map=dict(self.checkpoint_map),
        )


@dataclass(frozen=True, slots=True)
class RunOptions:
    """LangGraph's words for how a run is executed; what is None is as the server has it.

    `stream_modes` say what is recorded as events: values, updates, messages, messages-tuple,
    custom, debug, tasks, checkpoints, events. `create_thread` is False to refuse a run whose thread
    is not there. A run that `ends_at_interrupt` SUCCEEDED when the graph asks a question; any other
    is INTERRUPTED, and `runs.resume` answers it.
    """

    command: Command | None = None
    config: Mapping[str, Any] | None = None
    context: Any = None
    metadata: Mapping[str, Any] | None = None
    checkpoint: ThreadCheckpoint | None = None
    stream_modes: Sequence[str] = ()
    stream_subgraphs: bool = False
    interrupt_before: Sequence[str] = ()
    interrupt_after: Sequence[str] = ()
    durability: Durability | None = None
    multitask: MultitaskStrategy | None = None
    create_thread: bool = True
    on_completion: OnCompletion | None = None
    ends_at_interrupt: bool = False
    strict_resume: bool = False
    webhook: str = ""

    def to_message(self) -> wire.ThreadRunOptions:
        """Return them as they are sent; raise Invalid if something of them is not JSON."""
        message = wire.ThreadRunOptions(
            stream_modes=self.stream_modes,
            stream_subgraphs=self.stream_subgraphs,
            interrupt_before=self.interrupt_before,
            interrupt_after=self.interrupt_after,
            ends_at_interrupt=self.ends_at_interrupt,
            strict_resume=self.strict_resume,
            webhook=self.webhook,
        )
        for name in ("config", "context", "metadata"):
            value = getattr(self, name)
            if value is not None:
                getattr(message, name).CopyFrom(encoded(value, field=f"spec.options.{name}"))
        if self.command is not None:
            message.command.CopyFrom(self.command.to_message())
        if self.checkpoint is not None:
            message.checkpoint.CopyFrom(self.checkpoint.to_message())
        _choose(message, self)
        return message


def _choose(message: wire.ThreadRunOptions, options: RunOptions) -> None:
    if options.durability is not None:
        message.durability = DURABILITIES[options.durability]
    if options.multitask is not None:
        message.multitask_strategy = STRATEGIES[options.multitask]
    if options.on_completion is not None:
        message.on_completion = COMPLETIONS[options.on_completion]
    if not options.create_thread:
        message.missing_thread = wire.MISSING_THREAD_REJECT


def checkpoint_from_message(message: wire.ThreadCheckpoint) -> ThreadCheckpoint:
    """Return the checkpoint that a message names."""
    return ThreadCheckpoint(
        message.checkpoint_id, message.checkpoint_ns, dict(message.checkpoint_map)
    )


def options_from_message(message: wire.ThreadRunOptions) -> RunOptions:
    """Return the options that a message has."""
    durabilities = {number: each for each, number in DURABILITIES.items()}
    strategies = {number: each for each, number in STRATEGIES.items()}
    completions = {number: each for each, number in COMPLETIONS.items()}
    has = message.HasField
    return RunOptions(
        command=_command(message.command) if has("command") else None,
        config=decoded(message.config),
        context=decoded(message.context),
        metadata=decoded(message.metadata),
        checkpoint=checkpoint_from_message(message.checkpoint) if has("checkpoint") else None,
        stream_modes=tuple(message.stream_modes),
        stream_subgraphs=message.stream_subgraphs,
        interrupt_before=tuple(message.interrupt_before),
        interrupt_after=tuple(message.interrupt_after),
        durability=durabilities.get(message.durability),
        multitask=strategies.get(message.multitask_strategy),
        create_thread=message.missing_thread != wire.MISSING_THREAD_REJECT,
        on_completion=completions.get(message.on_completion),
        ends_at_interrupt=message.ends_at_interrupt,
        strict_resume=message.strict_resume,
        webhook=message.webhook,
    )


def _command(message: wire.RunCommand) -> Command:
    return Command(
        resume=decoded(message.resume) if message.HasField("resume") else NOTHING,
        update=decoded(message.update),
        goto=decoded(message.goto),
    )

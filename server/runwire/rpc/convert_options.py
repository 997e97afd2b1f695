"""How runs of LangGraph graphs are executed, domain ↔ wire."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from runwire.domain.run_options import Durability, RunOptions
from runwire.domain.thread import Multitask
from runwire.rpc.checks import MAX_TEXT_CHARACTERS, Faults, chosen
from runwire.rpc.convert_objects import Objects, fill_object, fill_value
from runwire.v1 import run_options_pb2 as wire

MAX_NODES: Final = 1000
MAX_NS_CHARACTERS: Final = 4096
MAX_MAP: Final = 64
STREAM_MODES: Final = (
    *("values", "updates", "messages", "messages-tuple", "custom", "debug", "tasks"),
    *("checkpoints", "events"),
)
"""LangGraph's words for what a run can tell of itself."""

DURABILITY_TO_WIRE: Final[Mapping[Durability, wire.Durability.ValueType]] = {
    each: wire.Durability.Value(f"DURABILITY_{each.name}") for each in Durability
}
DURABILITY_FROM_WIRE: Final[Mapping[int, Durability]] = {
    wire.DURABILITY_UNSPECIFIED: Durability.ASYNC,
    **{number: each for each, number in DURABILITY_TO_WIRE.items()},
}
MULTITASK_TO_WIRE: Final[Mapping[Multitask, wire.MultitaskStrategy.ValueType]] = {
    each: wire.MultitaskStrategy.Value(f"MULTITASK_STRATEGY_{each.name}") for each in Multitask
}
MULTITASK_FROM_WIRE: Final[Mapping[int, Multitask]] = {
    wire.MULTITASK_STRATEGY_UNSPECIFIED: Multitask.ENQUEUE,
    **{number: each for each, number in MULTITASK_TO_WIRE.items()},
}


def options_from_wire(message: wire.ThreadRunOptions, *, name: str, faults: Faults) -> RunOptions:
    """Return how a run is to be executed; note what is wrong."""
    _check(faults, message, name)
    read = Objects(faults)
    config = read.object(message.config, name=f"{name}.config") or {}
    _check_config(faults, config, f"{name}.config")
    context = read.value(message.context, name=f"{name}.context")
    if context and config.get("configurable"):
        faults.add(f"{name}.context", "is config.configurable by another name: give one of them")
    return RunOptions(
        command=_command(read, message, f"{name}.command"),
        config=config,
        context=context,
        metadata=read.object(message.metadata, name=f"{name}.metadata") or {},
        checkpoint=checkpoint_from_wire(message, "checkpoint", name=name, faults=faults),
        stream_modes=tuple(message.stream_modes) or ("values",),
        stream_subgraphs=message.stream_subgraphs,
        interrupt_before=tuple(message.interrupt_before),
        interrupt_after=tuple(message.interrupt_after),
        durability=DURABILITY_FROM_WIRE.get(message.durability, Durability.ASYNC),
        multitask=MULTITASK_FROM_WIRE.get(message.multitask_strategy, Multitask.ENQUEUE),
        ends_at_interrupt=message.ends_at_interrupt,
        strict_resume=message.strict_resume,
        temporary=message.on_completion == wire.ON_COMPLETION_DELETE,
        webhook=message.webhook,
    )


def fill_options(target: wire.ThreadRunOptions, options: RunOptions) -> None:
    """Set wire options to those of a run, without what is as usual."""
    if options.command is not None:
        fill_command(target.command, options.command)
    for field in ("config", "metadata"):
        if getattr(options, field):
            fill_object(getattr(target, field), getattr(options, field))
    fill_value(target.context, options.context)
    if options.checkpoint is not None:
        fill_checkpoint(target.checkpoint, options.checkpoint)
    target.stream_modes.extend(options.stream_modes)
    target.stream_subgraphs = options.stream_subgraphs
    target.interrupt_before.extend(options.interrupt_before)
    target.interrupt_after.extend(options.interrupt_after)
    target.durability = DURABILITY_TO_WIRE[options.durability]
    target.multitask_strategy = MULTITASK_TO_WIRE[options.multitask]
    target.ends_at_interrupt = options.ends_at_interrupt
    target.strict_resume = options.strict_resume
    if options.temporary:
        target.on_completion = wire.ON_COMPLETION_DELETE
    target.webhook = options.webhook


def command_from_wire(read: Objects, message: wire.RunCommand, name: str) -> dict[str, Any]:
    """Return a command in LangGraph's words."""
    found: dict[str, Any] = {}
    if chosen(message, "resume"):
        found["resume"] = read.value(message.resume, name=f"{name}.resume")
    if chosen(message, "update"):
        found["update"] = read.object(message.update, name=f"{name}.update")
    if chosen(message, "goto"):
        found["goto"] = read.value(message.goto, name=f"{name}.goto")
    return found


def fill_command(target: wire.RunCommand, command: Mapping[str, Any]) -> None:
    """Set a wire command to one in LangGraph's words."""
    for field in ("resume", "update", "goto"):
        if command.get(field) is not None:
            fill_value(getattr(target, field), command[field])


def checkpoint_from_wire(
    message: Any, field: str, *, faults: Faults, name: str = ""
) -> dict[str, Any] | None:
    """Return the checkpoint that a field names in LangGraph's words, None if it names none."""
    if not chosen(message, field):
        return None
    found: wire.ThreadCheckpoint = getattr(message, field)
    path = f"{name}.{field}" if name else field
    faults.text(f"{path}.checkpoint_id", found.checkpoint_id)
    faults.text(f"{path}.checkpoint_ns", found.checkpoint_ns, max_characters=MAX_NS_CHARACTERS)
    if len(found.checkpoint_map) > MAX_MAP:
        faults.add(f"{path}.checkpoint_map", f"has more than {MAX_MAP} entries")
    else:
        for key, value in found.checkpoint_map.items():
            faults.text(f"{path}.checkpoint_map", key, max_characters=MAX_NS_CHARACTERS)
            faults.text(f"{path}.checkpoint_map", value)
    named: dict[str, Any] = {}
    if found.checkpoint_id:
        named["checkpoint_id"] = found.checkpoint_id
    if found.checkpoint_ns:
        named["checkpoint_ns"] = found.checkpoint_ns
    if found.checkpoint_map:
        named["checkpoint_map"] = dict(found.checkpoint_map)
    return named or None


def fill_checkpoint(target: wire.ThreadCheckpoint, found: Mapping[str, Any]) -> None:
    """Set a wire checkpoint to one in LangGraph's words."""
    target.checkpoint_id = found.get("checkpoint_id") or ""
    target.checkpoint_ns = found.get("checkpoint_ns") or ""
    if found.get("checkpoint_map"):
        target.checkpoint_map.update(found["checkpoint_map"])


def _command(read: Objects, message: wire.ThreadRunOptions, name: str) -> Mapping[str, Any] | None:
    if not chosen(message, "command"):
        return None
    return command_from_wire(read, message.command, name) or None


def _check(faults: Faults, message: wire.ThreadRunOptions, name: str) -> None:
    faults.choice(f"{name}.durability", message.durability, wire.Durability.DESCRIPTOR)
    faults.choice(
        f"{name}.multitask_strategy",
        message.multitask_strategy,
        wire.MultitaskStrategy.DESCRIPTOR,
    )
    faults.choice(f"{name}.missing_thread", message.missing_thread, wire.MissingThread.DESCRIPTOR)
    faults.choice(f"{name}.on_completion", message.on_completion, wire.OnCompletion.DESCRIPTOR)
    faults.text(f"{name}.webhook", message.webhook, max_characters=2 * MAX_TEXT_CHARACTERS)
    _check_modes(faults, f"{name}.stream_modes", message.stream_modes)
    for field in ("interrupt_before", "interrupt_after"):
        nodes: Sequence[str] = getattr(message, field)
        if len(nodes) > MAX_NODES:
            faults.add(f"{name}.{field}", f"has more than {MAX_NODES} entries")
            continue
        for index, node in enumerate(nodes):
            faults.text(f"{name}.{field}[{index}]", node, required=True)


def _check_config(faults: Faults, config: Mapping[str, Any], name: str) -> None:
    tags, limit = config.get("tags") or [], config.get("recursion_limit")
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        faults.add(f"{name}.tags", "must be a list of texts")
    if limit is not None and (not isinstance(limit, int) or isinstance(limit, bool) or limit < 1):
        faults.add(f"{name}.recursion_limit", "must be a whole number from 1")
    for key in ("configurable", "metadata"):
        if not isinstance(config.get(key) or {}, dict):
            faults.add(f"{name}.{key}", "must be a JSON object")


def _check_modes(faults: Faults, field: str, modes: Sequence[str]) -> None:
    for index, mode in enumerate(modes[: len(STREAM_MODES) + 1]):
        if mode not in STREAM_MODES:
            faults.add(f"{field}[{index}]", f"must be one of {', '.join(STREAM_MODES)}")
    if len(modes) > len(STREAM_MODES):
        faults.add(field, f"has more than {len(STREAM_MODES)} entries")

"""Threads and their states, domain ↔ wire."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from runwire.domain.namespace import local_id, namespace_of
from runwire.domain.thread import Thread, ThreadStatus, Ttl, TtlStrategy
from runwire.rpc.checks import Faults, chosen, seconds_of
from runwire.rpc.convert_objects import fill_object, fill_value
from runwire.rpc.convert_options import fill_checkpoint
from runwire.rpc.convert_payloads import fill_json
from runwire.rpc.convert_times import fill_duration, fill_time
from runwire.v1 import thread_pb2 as wire

STATUS_TO_WIRE: Final[Mapping[ThreadStatus, wire.ThreadStatus.ValueType]] = {
    status: wire.ThreadStatus.Value(f"THREAD_STATUS_{status.name}") for status in ThreadStatus
}
STATUS_FROM_WIRE: Final[Mapping[int, ThreadStatus]] = {
    number: status for status, number in STATUS_TO_WIRE.items()
}
STRATEGY_TO_WIRE: Final[Mapping[TtlStrategy, wire.TtlStrategy.ValueType]] = {
    each: wire.TtlStrategy.Value(f"TTL_STRATEGY_{each.name}") for each in TtlStrategy
}
STRATEGY_FROM_WIRE: Final[Mapping[int, TtlStrategy]] = {
    wire.TTL_STRATEGY_UNSPECIFIED: TtlStrategy.DELETE,
    **{number: each for each, number in STRATEGY_TO_WIRE.items()},
}


def thread_to_wire(thread: Thread, *, full: bool = True) -> wire.Thread:
    """Return a thread; without its values unless `full`."""
    message = wire.Thread(
        thread_id=local_id(thread.thread_id),
        namespace=namespace_of(thread.thread_id),
        status=STATUS_TO_WIRE[thread.status],
        graph_id=thread.graph_id,
        interrupts=list(_interrupts(thread.interrupts)),
    )
    fill_object(message.metadata, thread.metadata)
    if thread.config:
        fill_object(message.config, thread.config)
    if full and thread.values is not None:
        fill_json(message.values, thread.values)
    if thread.error is not None:
        message.error.kind = str(thread.error.get("error", ""))
        message.error.message = str(thread.error.get("message", ""))
    if thread.ttl is not None:
        fill_duration(message.ttl.duration, thread.ttl.minutes * 60)
        message.ttl.strategy = STRATEGY_TO_WIRE[thread.ttl.strategy]
    fill_time(message.expire_time, thread.expires_at)
    fill_time(message.create_time, thread.created_at)
    fill_time(message.update_time, thread.updated_at)
    fill_time(message.state_update_time, thread.state_updated_at)
    return message


def ttl_from_wire(message: Any, *, faults: Faults) -> Ttl | None:
    """Return the time to live of a request, None if it says nothing; note what is wrong."""
    if not chosen(message, "ttl"):
        return None
    ttl: wire.ThreadTtl = message.ttl
    faults.choice("ttl.strategy", ttl.strategy, wire.TtlStrategy.DESCRIPTOR)
    faults.duration("ttl.duration", ttl.duration)
    seconds = seconds_of(ttl.duration)
    if not seconds:
        faults.add("ttl.duration", "must not be zero; leave ttl out for no limit")
    strategy = STRATEGY_FROM_WIRE.get(ttl.strategy, TtlStrategy.DELETE)
    return Ttl(minutes=seconds / 60, strategy=strategy)


def state_to_wire(state: Mapping[str, Any]) -> wire.ThreadState:
    """Return a ThreadState of LangGraph's words."""
    message = wire.ThreadState()
    fill_state(message, state)
    return message


def fill_state(target: wire.ThreadState, state: Mapping[str, Any]) -> None:
    """Set a wire state to one in LangGraph's words."""
    fill_value(target.values, state.get("values"))
    target.next_nodes.extend(state.get("next") or ())
    for task in state.get("tasks") or ():
        _fill_task(target.tasks.add(), task)
    fill_value(target.metadata, state.get("metadata"))
    fill_time(target.create_time, _time(state.get("created_at")))
    for field, name in (("checkpoint", "checkpoint"), ("parent_checkpoint", "parent_checkpoint")):
        if state.get(name):
            fill_checkpoint(getattr(target, field), state[name])
    target.interrupts.extend(_asked(state.get("interrupts") or (), ""))


def _fill_task(target: wire.ThreadTask, task: Mapping[str, Any]) -> None:
    target.task_id = str(task.get("id") or "")
    target.node = str(task.get("name") or "")
    fill_value(target.path, task.get("path"))
    target.error_message = str(task.get("error") or "")
    target.interrupts.extend(_asked(task.get("interrupts") or (), target.task_id))
    if task.get("checkpoint"):
        fill_checkpoint(target.checkpoint, task["checkpoint"])
    if task.get("state"):
        fill_state(target.state, task["state"])
    fill_value(target.result, task.get("result"))


def _interrupts(found: Mapping[str, Any]) -> Sequence[wire.ThreadInterrupt]:
    return [each for task_id, asked in found.items() for each in _asked(asked, task_id)]


def _asked(found: Sequence[Mapping[str, Any]], task_id: str) -> Sequence[wire.ThreadInterrupt]:
    messages = []
    for each in found:
        message = wire.ThreadInterrupt(interrupt_id=str(each.get("id") or ""), task_id=task_id)
        fill_value(message.value, each.get("value"))
        messages.append(message)
    return messages


def _time(text: Any) -> datetime | None:
    if not text:
        return None
    return text if isinstance(text, datetime) else datetime.fromisoformat(str(text))

"""How a run of a LangGraph graph is to be executed, beyond its input.

The words are LangGraph's. Options never change once the run exists; they rest beside its input.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any, Final

from runwire.domain.thread import Multitask

EVERY_NODE: Final = ("*",)


class Durability(StrEnum):
    """When checkpoints are written."""

    SYNC = "sync"
    ASYNC = "async"
    EXIT = "exit"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What LangGraph calls the kwargs of a run, but for its input.

    ``command`` has any of ``resume``, ``update``, ``goto``; ``config`` any of ``tags``,
    ``recursion_limit``, ``configurable``, ``metadata``; ``checkpoint`` any of ``checkpoint_id``,
    ``checkpoint_ns``, ``checkpoint_map`` of where to begin. A run that ``ends_at_interrupt`` leaves
    its questions to the thread and SUCCEEDED; any other is INTERRUPTED until it is resumed.
    ``temporary`` says that the checkpoints of a run without
    a thread go when it ends. ``protocol`` is the version of the
    event streaming protocol whose events the run records: 1 (``stream_modes`` count) or 2.
    ``user`` is who a custom authentication handler says the caller is.
    """

    assistant_id: str = ""
    command: Mapping[str, Any] | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    context: Any = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    checkpoint: Mapping[str, Any] | None = None
    stream_modes: tuple[str, ...] = ("values",)
    stream_subgraphs: bool = False
    stream_resumable: bool = False
    interrupt_before: tuple[str, ...] = ()
    interrupt_after: tuple[str, ...] = ()
    durability: Durability = Durability.ASYNC
    multitask: Multitask = Multitask.ENQUEUE
    ends_at_interrupt: bool = False
    strict_resume: bool = False
    temporary: bool = False
    webhook: str = ""
    feedback_keys: tuple[str, ...] = ()
    protocol: int = 1
    user: Mapping[str, Any] | None = None

    def dump(self) -> bytes:
        """Return these as JSON, without what is as usual."""
        found = {
            each.name: value
            for each in fields(self)
            if (value := getattr(self, each.name)) != getattr(USUAL, each.name)
        }
        return json.dumps(found, separators=(",", ":"), ensure_ascii=False).encode()

    @classmethod
    def load(cls, data: bytes) -> "RunOptions":
        """Return what `dump` has written."""
        found = json.loads(data)
        for name in ("stream_modes", "interrupt_before", "interrupt_after", "feedback_keys"):
            if name in found:
                found[name] = tuple(found[name])
        if "durability" in found:
            found["durability"] = Durability(found["durability"])
        if "multitask" in found:
            found["multitask"] = Multitask(found["multitask"])
        return cls(**found)


USUAL: Final = RunOptions()

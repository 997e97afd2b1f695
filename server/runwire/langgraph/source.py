"""Where a graph comes from each time it is used: always the same object, or made by a factory."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from langchain_core.runnables import RunnableConfig
from langgraph.pregel import Pregel
from langgraph.store.base import BaseStore


class Access(StrEnum):
    """What a graph is opened for; the words are those that factories are told."""

    RUN = "threads.create_run"
    UPDATE = "threads.update"
    READ = "threads.read"
    ASSISTANT = "assistants.read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What a graph is opened for, and by whom; a factory may ask for any of it."""

    access: Access
    config: RunnableConfig = field(default_factory=RunnableConfig)
    store: BaseStore | None = None
    user: Mapping[str, Any] | None = None
    context: Any = None


class Source(Protocol):
    """A graph of LangGraph, to be opened for each use."""

    @property
    def graph_id(self) -> str:
        """The id that callers name."""

    @property
    def description(self) -> str:
        """What its owner says of it; may be empty."""

    @property
    def fixed(self) -> Pregel[Any, Any, Any, Any] | None:
        """The graph, where every use gets the same one; None if a factory makes it anew."""

    def open(self, use: Use) -> AbstractAsyncContextManager[Pregel[Any, Any, Any, Any]]:
        """Make the graph for one use, which lasts as long as the block.

        Whatever checkpointer and store it was compiled with: the user of it sets others on a copy.
        """

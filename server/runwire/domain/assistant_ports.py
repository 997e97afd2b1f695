"""What is needed of assistants and of the store's items at rest."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from runwire.domain.assistant import Assistant, AssistantId
from runwire.domain.item import Item, Path
from runwire.domain.thread_ports import Found


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistantFilter:
    """Which assistants are meant; as `ThreadFilter`. ``name`` is a part of it, in any case."""

    namespace: str
    metadata: Mapping[str, Any] = field(default_factory=dict)
    graph_id: str = ""
    name: str = ""
    also: Mapping[str, Any] = field(default_factory=dict)
    graphs: tuple[str, ...] = ()


class AssistantStore(Protocol):
    """Assistants at rest."""

    async def add(self, assistant: Assistant, *, if_exists: str) -> Assistant:
        """Store a new assistant; one that is there raises AlreadyExists or is returned."""

    async def get(self, assistant_id: AssistantId) -> Assistant:
        """Return the current version, or raise NotFound with reason ASSISTANT_NOT_FOUND."""

    async def change(
        self, assistant_id: AssistantId, edit: Callable[[Assistant], Assistant]
    ) -> Assistant:
        """Store what an edit makes of the current version as the next one, and make it current."""

    async def find(
        self, where: AssistantFilter, *, sort_by: str, descending: bool, limit: int, offset: int
    ) -> Found[Assistant]:
        """Return assistants that match."""

    async def versions(
        self, assistant_id: AssistantId, *, metadata: Mapping[str, Any], limit: int, offset: int
    ) -> Sequence[Assistant]:
        """Return versions, newest first; raise NotFound."""

    async def choose(self, assistant_id: AssistantId, version: int) -> Assistant:
        """Make a version the current one; raise NotFound."""

    async def delete(self, assistant_id: AssistantId) -> None:
        """Delete an assistant with all its versions; raise NotFound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemQuery:
    """Which items of a namespace are meant.

    ``filter`` holds, by top-level key, a value that is equal, or ``{"$eq"|"$ne"|"$gt"|…: value}``.
    ``query`` is a text to be near to; without an index it does not count.
    """

    namespace: str
    prefix: Path = ()
    filter: Mapping[str, Any] = field(default_factory=dict)
    query: str = ""
    limit: int = 10
    offset: int = 0
    refresh_ttl: bool = True


class ItemStore(Protocol):
    """The store's items at rest; expired ones are never shown."""

    async def put(
        self,
        namespace: str,
        path: Path,
        key: str,
        value: Mapping[str, Any],
        *,
        index: bool | Sequence[str] | None = None,
        ttl_minutes: float | None = None,
    ) -> None:
        """Store an item, in the place of one with the same path and key."""

    async def get(self, namespace: str, path: Path, key: str, *, refresh_ttl: bool) -> Item | None:
        """Return an item, None if there is none."""

    async def delete(self, namespace: str, path: Path, key: str) -> None:
        """Delete an item, if there is one."""

    async def find(self, query: ItemQuery) -> Sequence[Item]:
        """Return items that match; the nearest first, or the newest."""

    async def paths(
        self,
        namespace: str,
        *,
        prefix: Path,
        suffix: Path,
        max_depth: int | None,
        limit: int,
        offset: int,
    ) -> Sequence[Path]:
        """Return the paths that hold items; `*` in prefix or suffix stands for any part."""

    async def sweep(self, now: datetime, limit: int) -> int:
        """Delete what has expired; return how much that was."""

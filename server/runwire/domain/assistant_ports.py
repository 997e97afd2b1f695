"""What is needed of assistants and of the store's items at rest."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from runwire.domain.assistant import Assistant, AssistantId
from runwire.domain.item import Item, ItemChange, ItemRow, Path
from runwire.domain.thread_ports import Found


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistantFilter:
    """Which assistants are meant; as `ThreadFilter`. ``name`` is a part of theirs, in any case."""

    namespace: str
    ids: tuple[AssistantId, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    graph_id: str = ""
    name: str = ""
    also: Mapping[str, Any] = field(default_factory=dict)
    graphs: tuple[str, ...] = ()


class AssistantStore(Protocol):
    """Assistants at rest."""

    async def add(self, assistant: Assistant, *, if_exists: str) -> Assistant:
        """Store a new assistant; one that is there raises AlreadyExists or is returned."""

    async def provide(self, own: Sequence[Assistant]) -> None:
        """Store graphs' own assistants that are not there yet, and were never deleted."""

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
        """Delete an assistant with all its versions; raise NotFound. It is not provided again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemQuery:
    """Which items of a namespace are meant.

    ``filter`` holds, by top-level key, a value that is equal, or ``{"$eq"|"$ne"|"$gt"|…: value}``.
    ``query`` is a text to be near to; without an index it does not count. ``refresh_ttl`` lets
    what is found live longer; None: as the server is set to.
    """

    namespace: str
    prefix: Path = ()
    filter: Mapping[str, Any] = field(default_factory=dict)
    query: str = ""
    limit: int = 10
    offset: int = 0
    refresh_ttl: bool | None = None


class ItemStore(Protocol):
    """The store's items; expired ones are never shown."""

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

    async def get(
        self, namespace: str, path: Path, key: str, *, refresh_ttl: bool | None = None
    ) -> Item | None:
        """Return an item, None if there is none; let it live longer unless told otherwise."""

    async def delete(self, namespace: str, path: Path, key: str) -> None:
        """Delete an item, if there is one."""

    async def change(self, namespace: str, changes: Sequence[ItemChange]) -> None:
        """Store and delete items, all or none; of several for one place the last counts."""

    async def find(self, query: ItemQuery) -> Sequence[Item]:
        """Return items that match; the nearest first, or the newest."""

    async def paths(
        self,
        namespace: str,
        *,
        prefix: Path = (),
        suffix: Path = (),
        max_depth: int | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> Sequence[Path]:
        """Return the paths that hold items; `*` in prefix or suffix stands for any part."""


class ItemIndex(Protocol):
    """What makes items found by what they mean: numbers for texts."""

    def texts(self, value: Mapping[str, Any], fields: Sequence[str] | None) -> Mapping[str, str]:
        """Return the texts by which a value is found, by where they are in it.

        For None those of the fields that the index is set to; raises Invalid for no path.
        """

    async def vectors(self, texts: Sequence[str]) -> Sequence[bytes]:
        """Return what each text means, as float32; raise Unavailable if nobody can say."""

    async def near(self, query: str) -> bytes:
        """Return what somebody means who searches."""


class ItemRows(Protocol):
    """Items at rest."""

    async def write(self, namespace: str, rows: Sequence[ItemRow]) -> None:
        """Store and delete items in one transaction."""

    async def get(self, namespace: str, path: Path, key: str) -> Item | None:
        """Return an item that has not expired."""

    async def find(self, query: ItemQuery, near: bytes | None) -> Sequence[Item]:
        """Return items that match; those with the nearest vectors first, if one is given."""

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
        """Return the paths that hold items, sorted."""

    async def refresh(self, namespace: str, found: Sequence[Item]) -> None:
        """Let items that expire live as long again, from now on."""

    async def sweep(self, limit: int) -> int:
        """Delete what has expired; return how much that was."""

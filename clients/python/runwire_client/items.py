"""Items of the store, as their callers see them."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from runwire_client._payloads import decoded, time_of
from runwire_client.v1 import item_pb2


@dataclass(frozen=True)
class Item:
    """A JSON object under a path and a key; `score` says how near it is to what was searched."""

    path: tuple[str, ...]
    key: str
    created_at: datetime | None
    updated_at: datetime | None
    expires_at: datetime | None
    score: float | None
    message: item_pb2.Item = field(repr=False, hash=False)

    @cached_property
    def value(self) -> Any:
        return decoded(self.message.value)


def item_from_message(message: item_pb2.Item) -> Item:
    """Return the item that a message describes."""
    has = message.HasField
    return Item(
        path=tuple(message.path),
        key=message.key,
        created_at=time_of(message.create_time) if has("create_time") else None,
        updated_at=time_of(message.update_time) if has("update_time") else None,
        expires_at=time_of(message.expire_time) if has("expire_time") else None,
        score=message.score if has("score") else None,
        message=message,
    )

"""The stream mode `messages` in its older form: what a model has said so far, again and again."""

from collections.abc import Iterator
from typing import Any

from langchain_core.messages import BaseMessage, BaseMessageChunk, message_chunk_to_message

from runwire.langgraph.parts import Told


class Accumulated:
    """The messages of one run, as far as they have come."""

    def __init__(self) -> None:
        self._so_far: dict[str, BaseMessage] = {}

    def tell(self, payload: tuple[BaseMessage, dict[str, Any]]) -> Iterator[Told]:
        """Yield what is told of one more piece of a message, or of a whole one."""
        message, metadata = payload
        key = message.id or ""
        before = self._so_far.get(key)
        if before is None:
            yield Told("messages/metadata", {key: {"metadata": metadata}})
        if not isinstance(message, BaseMessageChunk):
            self._so_far[key] = message
            yield Told("messages/complete", [message])
            return
        joined: Any = before + message if isinstance(before, BaseMessageChunk) else message
        self._so_far[key] = joined
        yield Told("messages/partial", [message_chunk_to_message(joined)])

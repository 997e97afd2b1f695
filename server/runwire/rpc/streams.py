"""Streams that end when the block that reads them ends."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager, aclosing
from typing import TypeVar, cast

T = TypeVar("T")


def closing(stream: AsyncIterator[T]) -> AbstractAsyncContextManager[AsyncIterator[T]]:
    """Close a generator with the block: what it cleans up must not wait to be collected."""
    return aclosing(cast("AsyncGenerator[T, None]", stream))

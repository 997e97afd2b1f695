"""Waiting on asyncio. Written by hand, as is its twin `_wait_sync`: here both stacks differ."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from typing import Any, Final, Generic, ParamSpec, TypeVar, cast

import grpc
from grpc import aio

from runwire_client._channel import Metadata
from runwire_client._status import error_from_call
from runwire_client.errors import Cancelled, Unavailable

WRITE_FAILED: Final = "Internal error from Core"

Request = TypeVar("Request")
Response = TypeVar("Response")
Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer", covariant=True)


class Pause:
    """A sleep that can be ended early, for good."""

    def __init__(self) -> None:
        self._ended = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        """Sleep, or return at once if `end` was called."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._ended.wait()

    def end(self) -> None:
        """Wake who sleeps, now and later."""
        self._ended.set()


class Stream(Generic[Answer]):
    """The answers of one server-streaming call."""

    def __init__(self, call: aio.UnaryStreamCall[Any, Answer]) -> None:
        self._call = call

    async def read(self, silence_seconds: float | None) -> Answer | None:
        """Return the next message, or None if the stream ended OK.

        Raises Unavailable if nothing arrives for `silence_seconds`, and what the call fails with.
        """
        try:
            async with asyncio.timeout(silence_seconds):
                message = await self._call.read()
        except TimeoutError:
            self._call.cancel()
            raise Unavailable(f"no message for {silence_seconds:g} s") from None
        except grpc.RpcError as failure:
            raise error_from_call(failure) from failure
        except asyncio.CancelledError:
            self._call.cancel()  # a reader cancelled before its request went out does not do so
            raise_if_asked_to_stop()
            raise Cancelled("the call was closed") from None
        return None if message is aio.EOF else cast("Answer", message)

    def cancel(self) -> None:
        """Tell the server that nobody reads on."""
        self._call.cancel()


async def sleep(seconds: float) -> None:
    """Sleep."""
    await asyncio.sleep(seconds)


async def in_thread(
    work: Callable[Arguments, Response], *args: Arguments.args, **kwargs: Arguments.kwargs
) -> Response:
    """Do work that blocks, such as reading a file, without stopping the loop."""
    return await asyncio.to_thread(work, *args, **kwargs)


def raise_if_asked_to_stop() -> None:
    """Raise CancelledError if this task is cancelled: grpc.aio raises it for calls as well."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def ask(
    method: aio.UnaryUnaryMultiCallable[Request, Response],
    request: Request,
    *,
    timeout_seconds: float,
    metadata: Metadata,
) -> Response:
    """Return the answer to a request."""
    try:
        return await method(request, timeout=timeout_seconds, metadata=metadata)
    except grpc.RpcError as failure:
        raise error_from_call(failure) from failure
    except asyncio.CancelledError:
        raise_if_asked_to_stop()
        raise Cancelled("the call was closed") from None


async def send(
    method: aio.StreamUnaryMultiCallable[Request, Response],
    requests: AsyncIterator[Request],
    *,
    timeout_seconds: float,
    metadata: Metadata,
) -> Response:
    """Return the answer to a stream of requests; what making them raises is raised."""
    call = method(timeout=timeout_seconds, metadata=metadata)
    ends: list[aio.AioRpcError] = []
    call.add_done_callback(lambda _: ends.extend(_end_of(call)))
    try:
        async for request in requests:
            if not await _written(call.write(request)):
                break
        await _written(call.done_writing())
        try:
            return await call
        except grpc.RpcError as failure:
            overwritten = failure.details() == WRITE_FAILED and ends
            raise error_from_call(ends[0] if overwritten else failure) from failure
        except asyncio.CancelledError:
            raise_if_asked_to_stop()
            raise Cancelled("the call was closed") from None
    finally:
        call.cancel()


async def _written(writing: Awaitable[None]) -> bool:
    """Write, and return whether the call is still on; its answer says why if it is not."""
    try:
        await writing
    except (grpc.RpcError, asyncio.InvalidStateError):
        return False
    return True


def _end_of(call: aio.StreamUnaryCall[Any, Any]) -> Iterator[aio.AioRpcError]:
    """Yield how a call that is done ended, as it is known now.

    A write that fails because the server has ended the call overwrites the server's status
    (grpc/grpc#36066). So it is read when the call ends, where nothing of this has to wait.
    """
    reading = _read_end(call)
    try:
        reading.send(None)
    except StopIteration as result:
        yield result.value
    finally:
        reading.close()


async def _read_end(call: aio.StreamUnaryCall[Any, Any]) -> aio.AioRpcError:
    return aio.AioRpcError(
        await call.code(),
        initial_metadata=aio.Metadata(),
        trailing_metadata=await call.trailing_metadata(),
        details=await call.details(),
    )

"""Waiting on threads. Written by hand, as is its twin `_wait_async`: here both stacks differ."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable, Iterator
from typing import Any, Generic, ParamSpec, Protocol, TypeVar

import grpc

from runwire_client._channel import Metadata
from runwire_client._status import error_from_call
from runwire_client.errors import Unavailable

Request = TypeVar("Request")
Response = TypeVar("Response")
Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer", covariant=True)


class Answers(Protocol[Answer]):
    """A server-streaming call of gRPC's."""

    def __next__(self) -> Answer: ...

    def cancel(self) -> bool: ...

    def add_callback(self, callback: Callable[[], None]) -> bool: ...


class Pause:
    """A sleep that can be ended early, for good, from any thread."""

    def __init__(self) -> None:
        self._ended = threading.Event()

    def sleep(self, seconds: float) -> None:
        """Sleep, or return at once if `end` was called."""
        self._ended.wait(seconds)

    def end(self) -> None:
        """Wake who sleeps, now and later."""
        self._ended.set()


class Stream(Generic[Answer]):
    """The answers of one server-streaming call."""

    def __init__(self, call: Answers[Answer]) -> None:
        self._call = call
        self._silence: Silence | None = None

    def read(self, silence_seconds: float | None) -> Answer | None:
        """Return the next message, or None if the stream ended OK.

        Raises Unavailable if nothing arrives for `silence_seconds`, and what the call fails with.
        """
        if silence_seconds is not None:
            self._silent_for(silence_seconds)
        try:
            return next(self._call)
        except StopIteration:
            return None
        except grpc.RpcError as failure:
            if self._silence is not None and self._silence.broken:
                raise Unavailable(f"no message for {silence_seconds:g} s") from None
            raise error_from_call(failure) from failure
        finally:
            if self._silence is not None:
                self._silence.end()

    def _silent_for(self, seconds: float) -> None:
        if self._silence is None:
            self._silence = Silence(self._call, seconds)
            self._silence.start()
        self._silence.begin(seconds)

    def cancel(self) -> None:
        """Tell the server that nobody reads on."""
        self._call.cancel()


class Silence(threading.Thread):
    """Cancels a call that is silent for too long while somebody reads: gRPC has no such limit.

    One thread for each stream. Reading only writes a time down, so messages cost nothing more;
    the thread looks at it when it could have run out. It ends with the call, or when nobody
    holds the call any more.
    """

    def __init__(self, call: Answers[Any], seconds: float) -> None:
        super().__init__(name="runwire-silence", daemon=True)
        self.broken = False
        self._call = weakref.ref(call)
        self._seconds = seconds
        self._deadline: float | None = None
        self._look = threading.Event()
        self._over = threading.Event()
        if not call.add_callback(self.stop):
            self.stop()

    def begin(self, seconds: float) -> None:
        """Somebody begins to wait for a message, for so long at most."""
        self._deadline = time.monotonic() + seconds
        if seconds < self._seconds:
            self._seconds = seconds
            self._look.set()

    def end(self) -> None:
        """Nobody waits for a message."""
        self._deadline = None

    def stop(self) -> None:
        """Stop looking: the call is over."""
        self._over.set()
        self._look.set()

    def run(self) -> None:
        """Look at the clock until stopped."""
        left = self._seconds
        while left > 0 and not self._over.is_set():
            self._look.wait(left)
            self._look.clear()
            call, deadline = self._call(), self._deadline
            if self._over.is_set() or call is None:
                return
            left = self._seconds if deadline is None else deadline - time.monotonic()
            del call
        call = self._call()
        if call is not None and not self._over.is_set():
            self.broken = True
            call.cancel()


def sleep(seconds: float) -> None:
    """Sleep."""
    time.sleep(seconds)


def in_thread(
    work: Callable[Arguments, Response], *args: Arguments.args, **kwargs: Arguments.kwargs
) -> Response:
    """Do work that blocks; so does everything here."""
    return work(*args, **kwargs)


def ask(
    method: grpc.UnaryUnaryMultiCallable[Request, Response],
    request: Request,
    *,
    timeout_seconds: float,
    metadata: Metadata,
) -> Response:
    """Return the answer to a request."""
    try:
        return method(request, timeout=timeout_seconds, metadata=metadata)
    except grpc.RpcError as failure:
        raise error_from_call(failure) from failure


def send(
    method: grpc.StreamUnaryMultiCallable[Request, Response],
    requests: Iterator[Request],
    *,
    timeout_seconds: float,
    metadata: Metadata,
) -> Response:
    """Return the answer to a stream of requests; what making them raises is raised."""
    failures: list[Exception] = []

    def guarded() -> Iterator[Request]:
        try:
            yield from requests
        except Exception as failure:
            failures.append(failure)  # gRPC would only say that iterating failed
            raise

    try:
        return method(guarded(), timeout=timeout_seconds, metadata=metadata)
    except grpc.RpcError as failure:
        if failures:
            raise failures[0] from None
        raise error_from_call(failure) from failure

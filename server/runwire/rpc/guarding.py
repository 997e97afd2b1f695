"""Who is asked about every call before it is answered, and who is told afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from grpc import StatusCode

from runwire.domain.caller import Caller
from runwire.domain.errors import Denied
from runwire.rpc.credentials import NAMESPACE, namespace_in
from runwire.rpc.methods import Method


class Asked(Protocol):
    """What somebody wants: a method, or what is had beside them."""

    @property
    def path(self) -> str: ...


class Showing(Protocol):
    """What a call shows of who makes it."""

    def invocation_metadata(self) -> Any: ...
    def peer(self) -> str: ...
    def auth_context(self) -> Mapping[str, Sequence[bytes]]: ...


class Context(Showing, Protocol):
    """What we use of grpc.aio's ServicerContext."""

    def set_trailing_metadata(self, trailing_metadata: Any) -> None: ...
    def time_remaining(self) -> float | None: ...
    async def write(self, message: Any) -> None: ...
    async def abort(self, code: Any, details: str, trailing_metadata: Any) -> Any: ...


class Guard(Protocol):
    """Who may do what."""

    async def admit(self, asked: Asked, context: Showing, request_id: str) -> Caller:
        """Return who calls; raise Unauthenticated if that cannot be said."""

    async def recognize(self, asked: Asked, context: Showing, request_id: str) -> None:
        """Raise Unauthenticated for strangers, before much of what they send is read."""

    async def allow(self, caller: Caller, method: Method, request: Any) -> None:
        """Raise an Error if the caller may not make this request; of a stream, its first one."""


def placed(caller: Caller, context: Showing) -> Caller:
    """Return the caller in the namespace that the call names; raise Denied if it is not theirs."""
    named = namespace_in(context.invocation_metadata() or ())
    if not named:
        return caller
    if not caller.everywhere and named != caller.namespace:
        raise Denied(
            f"{NAMESPACE} names another namespace than the caller's own: leave it out",
            reason="NAMESPACE_FORBIDDEN",
        )
    return replace(caller, namespace=named, named_namespace=True)


class Open:
    """The guard of a server that asks nobody who they are: whoever reaches it may do everything."""

    async def admit(self, _asked: Asked, context: Showing, request_id: str) -> Caller:
        return placed(Caller(peer=context.peer(), request_id=request_id), context)

    async def recognize(self, asked: Asked, context: Showing, request_id: str) -> None:
        """Nobody is a stranger here."""

    async def allow(self, caller: Caller, method: Method, request: Any) -> None:
        """Allow it."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A call of somebody who was admitted, and what became of it."""

    caller: Caller
    method: Method
    request: Any
    """What was asked for, of a stream the first message; None if it could not be read."""
    response: Any
    """The answer, of a stream its first message; None if there was none."""
    code: StatusCode
    reason: str
    subject: Mapping[str, str] = field(default_factory=dict)
    """What it was about, where neither of them is a message that says it."""


class Recorder(Protocol):
    """Who is told of every call of somebody who was admitted."""

    def __call__(self, answered: Answered) -> None:
        """Take note of a call that has ended, or whose stream has begun."""

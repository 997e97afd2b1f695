"""Calls that come as no message: routes of other APIs, each of which stands for a method.

They have the same surroundings as any call: a request id, a line in the log, figures, a span, the
guard, the audit log, and an end when the server drains.
"""

from collections.abc import Mapping
from functools import cache
from types import TracebackType
from typing import Any, ClassVar

from google.protobuf.empty_pb2 import Empty
from grpc import StatusCode

from httprule.backend import Certificate, Metadata
from runwire import trail
from runwire.domain.caller import Caller
from runwire.domain.errors import Error
from runwire.domain.namespace import DEFAULT_NAMESPACE, speak
from runwire.rpc.calls import Surroundings
from runwire.rpc.draining import Stream
from runwire.rpc.errors import STATUS
from runwire.rpc.guarding import Answered
from runwire.rpc.inside import Shown
from runwire.rpc.methods import DEADLINE_SECONDS, Method
from runwire.rpc.sight import Seen


class Beside:
    """Surrounds the routes of other APIs."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings

    def begin(
        self, path: str, *, metadata: Metadata, peer: str, certificate: Certificate
    ) -> "BesideCall":
        """Return the call that a request makes, in the name of a method: ``/service/method``."""
        shown = Shown(metadata, peer, certificate)
        return BesideCall(self._surroundings, _standing_for(path), _Context(shown))


class BesideCall(Seen):
    """One call: entered when it arrives, left when it is answered, or its stream has ended."""

    __slots__ = ("_caller", "_code", "_reason", "_subject", "_surroundings")

    def __init__(self, surroundings: Surroundings, method: Method, context: "_Context") -> None:
        super().__init__(surroundings.observer, method, context)
        self._surroundings = surroundings
        self._caller: Caller | None = None
        self._code, self._reason = StatusCode.OK, ""
        self._subject: dict[str, str] = {}

    async def __aenter__(self) -> "BesideCall":
        self._arrive()
        self._surroundings.draining.enter()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._surroundings.draining.leave()
        if error is not None and not isinstance(error, Exception):
            self._code, self._reason = StatusCode.CANCELLED, ""
        self._record()
        self._tell(self._code, self._reason)

    @property
    def request_id(self) -> str:
        """The name of the call: the caller's own, or a new one."""
        return self._request_id

    async def admit(self) -> Caller:
        """Return who calls, if they may; raise an Error of the guard's."""
        guard = self._surroundings.guard
        self._caller = await guard.admit(self._method, self._context, self._request_id)
        return self._caller

    def admitted(self, caller: Caller) -> None:
        """Note who calls, where another than the guard has said so."""
        self._caller = caller

    def about(self, **subject: str) -> None:
        """Note what it is about: ids, as the log and the audit log keep them."""
        self._subject |= subject
        if run_id := subject.get("run_id"):
            trail.about(run_id)

    def failed(self, error: Exception) -> None:
        """Note how it fails, and say an error in the words of the caller's namespace."""
        if isinstance(error, Error):
            namespace = DEFAULT_NAMESPACE if self._caller is None else self._caller.namespace
            speak(error, namespace)
            self._code, self._reason = STATUS.get(type(error), StatusCode.INTERNAL), error.reason
        else:
            self._code, self._reason = StatusCode.INTERNAL, ""

    def stream(self) -> Stream:
        """Interrupt the block, by raising Unavailable, once the server drains."""
        return self._surroundings.draining.stream()

    def _record(self) -> None:
        record, caller = self._surroundings.record, self._caller
        if record is None or caller is None:
            return
        self._caller = None
        record(Answered(caller, self._method, None, None, self._code, self._reason, self._subject))


class _Context:
    """What such a call shows, in place of grpc.aio's ServicerContext."""

    transport: ClassVar[str] = "http"

    def __init__(self, shown: Shown) -> None:
        self._shown = shown
        self.trailers: Any = ()

    def invocation_metadata(self) -> Any:
        return self._shown.metadata

    def peer(self) -> str:
        return self._shown.sender

    def auth_context(self) -> Mapping[str, Any]:
        return self._shown.certificate

    def set_trailing_metadata(self, trailing_metadata: Any) -> None:
        self.trailers = trailing_metadata


@cache
def _standing_for(path: str) -> Method:
    return Method(
        path=path,
        request=Empty,
        response=Empty,
        answer=lambda *_: None,
        deadline_seconds=lambda _: DEADLINE_SECONDS,
    )

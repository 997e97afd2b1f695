"""Calls that come as no message: routes of other APIs, each of which stands for a method.

They have the same surroundings as any call: a request id, a line in the log, figures, a span, the
guard, the audit log, and an end when the server drains.
"""

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
from runwire.rpc.calls import Surrounded, Surroundings
from runwire.rpc.draining import Stream
from runwire.rpc.errors import STATUS
from runwire.rpc.guarding import Answered
from runwire.rpc.inside import Shown
from runwire.rpc.methods import DEADLINE_SECONDS, Method


class Beside:
    """Surrounds the routes of other APIs."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings

    def begin(
        self, path: str, *, metadata: Metadata, peer: str, certificate: Certificate
    ) -> "BesideCall":
        """Return the call that a request makes, in the name of a method: ``/service/method``."""
        context = _Context(metadata, peer, certificate)
        return BesideCall(self._surroundings, _standing_for(path), context)


class BesideCall(Surrounded):
    """One call: entered when it arrives, left when it is answered, or its stream has ended."""

    __slots__ = ("_code", "_reason", "_subject")

    def __init__(self, shared: Surroundings, method: Method, context: "_Context") -> None:
        super().__init__(shared, method, context)
        self._code, self._reason = StatusCode.OK, ""
        self._subject: dict[str, str] = {}

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._shared.draining.leave()
        if error is not None and not isinstance(error, Exception):
            self._code, self._reason = StatusCode.CANCELLED, ""
        self._record()
        self._tell(self._code, self._reason)

    @property
    def request_id(self) -> str:
        """The name of the call: the caller's own, or a new one."""
        return self._request_id

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
        return self._shared.draining.stream()

    def _record(self) -> None:
        record, caller = self._shared.record, self._caller
        if record is None or caller is None:
            return
        self._caller = None
        record(Answered(caller, self._method, None, None, self._code, self._reason, self._subject))


class _Context(Shown):
    """What such a call shows, in place of grpc.aio's ServicerContext."""

    __slots__ = ()
    transport: ClassVar[str] = "http"

    def set_trailing_metadata(self, _: Any) -> None:
        """Do nothing: whoever answers says the request id in a header."""


@cache
def _standing_for(path: str) -> Method:
    return Method(
        path=path,
        request=Empty,
        response=Empty,
        answer=lambda *_: None,
        deadline_seconds=lambda _: DEADLINE_SECONDS,
    )

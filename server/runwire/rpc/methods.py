"""The methods of services: where they are found, what they take, and who answers them."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from runwire.domain.errors import Invalid

DEADLINE_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One method of a service: where it is found, what it takes, and who answers it.

    `answer` takes a request, or an iterator of them, and a context; it returns a message or yields
    messages, spelled out or as bytes. `deadline_seconds` tells how long a unary request may take.
    """

    path: str
    request: type[Message]
    response: type[Message]
    answer: Callable[[Any, Any], Any]
    client_streaming: bool = False
    server_streaming: bool = False
    deadline_seconds: Callable[[Any], float]
    waits: bool = False
    """Whether a unary request may wait for something, and so ends when the server drains."""
    lasts: bool = False
    """Whether a stream ends by itself when the server drains, after what is in hand."""
    names_run: bool = False
    """Whether its requests have a field `run_id`."""

    def decode(self, data: Any) -> Any:
        """Return a request, bytes or spelled out already; raise Invalid if the bytes are none."""
        if isinstance(data, Message):
            return data
        try:
            return self.request.FromString(data)
        except DecodeError:
            raise Invalid(
                f"not a {self.request.DESCRIPTOR.full_name}: the request's bytes do not decode",
                reason="REQUEST_UNDECODABLE",
            ) from None


def methods_of(
    service: ServiceDescriptor,
    servicer: Any,
    *,
    name: str = "",
    deadlines: Mapping[str, Callable[[Any], float]] | None = None,
    lasting: Collection[str] = (),
) -> list[Method]:
    """Return every method of a service, answered by a servicer.

    `name` registers the service under another name. `deadlines` tells, by method, how long a unary
    request may take that came without a deadline; 30 s where it says nothing.
    `lasting` names streams that end by themselves when the server drains.
    """
    found = deadlines or {}
    return [
        _method(
            method,
            path=f"/{name or service.full_name}/{method.name}",
            answer=getattr(servicer, method.name),
            deadline_seconds=found.get(method.name, _usual),
            waits=method.name in found,
            lasts=method.name in lasting,
        )
        for method in service.methods
    ]


def _method(
    method: MethodDescriptor,
    *,
    path: str,
    answer: Callable[[Any, Any], Any],
    deadline_seconds: Callable[[Any], float],
    waits: bool,
    lasts: bool,
) -> Method:
    return Method(
        path=path,
        request=GetMessageClass(method.input_type),
        response=GetMessageClass(method.output_type),
        answer=answer,
        client_streaming=method.client_streaming,
        server_streaming=method.server_streaming,
        waits=waits,
        lasts=lasts,
        names_run="run_id" in method.input_type.fields_by_name,
        deadline_seconds=deadline_seconds,
    )


def _usual(_: Any) -> float:
    return DEADLINE_SECONDS

"""Who answers the calls: in this process, or behind a gRPC channel (`httprule.channel`)."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message

Metadata: TypeAlias = Sequence[tuple[str, str | bytes]]
Certificate: TypeAlias = Mapping[str, Sequence[bytes]]
"""What TLS says of a caller, by the names that gRPC has for it: `x509_common_name` and so on."""
Write: TypeAlias = Callable[[Message], Awaitable[None]]
"""Takes one response; returns once the caller can be given another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a method, as its headers say; `peer` is where it comes from."""

    method: MethodDescriptor
    metadata: Metadata
    timeout_seconds: float | None
    peer: str
    certificate: Certificate = field(default_factory=dict)

    @property
    def path(self) -> str:
        """The method's path in gRPC."""
        return f"/{self.method.containing_service.full_name}/{self.method.name}"


class Backend(Protocol):
    """Answers calls."""

    async def call(
        self, call: Call, requests: Message | AsyncIterator[Message], write: Write
    ) -> Metadata:
        """Answer a call and return its trailing metadata, or raise Failure.

        `requests` is a message, or an iterator where the method takes a stream of them. Responses
        are written one by one, each after the one before was taken; of a unary method, one.
        Cancelling this cancels the call.
        """

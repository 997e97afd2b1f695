"""Errors as documents describe them: google.rpc.Status, and the details that it may carry."""

from collections.abc import Iterator, Mapping
from typing import Final

from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.descriptor import Descriptor
from google.rpc import status_pb2

from httprule.openapi.options import Failing
from httprule.openapi.schemas import PREFIX, Schemas
from httprule.openapi.wellknown import Schema

_STATUS: Final = status_pb2.Status.DESCRIPTOR
ERROR: Final[Schema] = {"$ref": PREFIX + _STATUS.full_name}
_DETAILS: Final[Mapping[str, str]] = {
    "BadRequest": "Which fields of the request are wrong, and why.",
    "ErrorInfo": "Why the call failed, for programs: `reason` in `domain`, and what it is about.",
    "Help": "Where there is more to read.",
    "PreconditionFailure": "What would have to be true first.",
    "QuotaFailure": "Which quota is used up.",
    "RequestInfo": "The id under which the server's log has the call.",
    "ResourceInfo": "Which thing the error is about.",
    "RetryInfo": "How long to wait before another try.",
}
"""Messages of google.rpc that errors carry, in words shorter than theirs."""
_TYPES: Final = "type.googleapis.com/"


class Failures:
    """The parts of a document that are about errors."""

    def __init__(self, schemas: Schemas, descriptors: bytes) -> None:
        """Details are spelled out whose proto, google/rpc/error_details.proto, is there."""
        self._schemas = schemas
        schemas.of(_STATUS)
        status = schemas.components[_STATUS.full_name]
        status["description"] = "How a call ends that is not OK."
        status["properties"]["code"]["description"] = (
            "One of google.rpc.Code, which gRPC has, too: 5 is NOT_FOUND."
        )
        other = {"type": "object", "properties": {"@type": {"type": "string"}}}
        known = [self._detail(detail) for detail in _details_in(descriptors)]
        status["properties"]["details"]["items"] = {"anyOf": [*known, other]}

    def answer(self, failing: Failing) -> Schema:
        """Return the description of one way to fail."""
        described: Schema = {
            "description": failing.description,
            "content": {"application/json": {"schema": ERROR}},
        }
        if failing.headers:
            described["headers"] = {
                name: {"description": text, "schema": {"type": "string"}}
                for name, text in failing.headers.items()
            }
        return described

    def _detail(self, detail: Descriptor) -> Schema:
        reference = self._schemas.of(detail)
        component = self._schemas.components[detail.full_name]
        component["description"] = _DETAILS[detail.name]
        kind = {"@type": {"const": _TYPES + detail.full_name}}
        component["properties"] = {**kind, **component["properties"]}
        component["required"] = ["@type"]
        return reference


def _details_in(descriptors: bytes) -> Iterator[Descriptor]:
    # A pool of its own: what is installed here may be newer, and the document another one then.
    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(descriptors).file:
        pool.AddSerializedFile(file.SerializeToString())
    for name in sorted(_DETAILS):
        try:
            yield pool.FindMessageTypeByName(f"google.rpc.{name}")
        except KeyError:
            continue

"""Wrong requests to the services around runs: made from their descriptors, so none is left out."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from grpc import StatusCode
from tests.rpc.wrong_input_rows import Row, bad_token, faulty, other, undecodable, unknown

from runwire.v1 import (
    admin_service_pb2,
    key_service_pb2,
    namespace_service_pb2,
    schedule_service_pb2,
    webhook_service_pb2,
)

WRONG_IDS: Final = {"no id": "", "a malformed id": "a b", "a long id": "x" * 999}
SERVICES: Final = (
    admin_service_pb2,
    key_service_pb2,
    namespace_service_pb2,
    schedule_service_pb2,
    webhook_service_pb2,
)
METHODS: Final[Mapping[str, MethodDescriptor]] = {
    method.name: method
    for module in SERVICES
    for service in module.DESCRIPTOR.services_by_name.values()
    for method in service.methods
}
NOUNS: Final = {"key_id": "KEY", "namespace": "NAMESPACE", "schedule_id": "SCHEDULE"}
NOUNS_OF_WEBHOOKS: Final = {"webhook_id": "WEBHOOK"}
NEVER: Final = {"key_id": "000000000000", "namespace": "nowhere"}
"""Ids that are well-formed and name nothing; elsewhere it is `nothing`."""


def service_rows() -> Iterator[Row]:
    """Rows of every RPC of these services."""
    for rpc, method in METHODS.items():
        yield undecodable(rpc)
        if rpc.startswith("List"):
            yield from _lists(rpc, method)
        if rpc.startswith("Create"):
            yield from _creations(rpc, method)
        elif rpc.startswith("Update"):
            yield from _updates(rpc, method)
        else:
            yield from _ids(rpc, method)
    yield faulty(
        "Prune", "a negative age", lambda w: _prune(older_than={"seconds": -1}), "older_than"
    )
    yield other(
        *("ListAuditEntries", "a filter that is none"),
        lambda w: admin_service_pb2.ListAuditEntriesRequest(filter="caller ="),
        *(StatusCode.INVALID_ARGUMENT, "INVALID_FIELD", "field"),
        fields=["filter"],
    )


def _prune(**fields: Any) -> Message:
    return admin_service_pb2.PruneRequest(validate_only=True, **fields)


def _made(method: MethodDescriptor, **fields: Any) -> Message:
    made: Message = GetMessageClass(method.input_type)(**fields)
    return made


def _ids(rpc: str, method: MethodDescriptor) -> Iterator[Row]:
    nouns = {**NOUNS, **NOUNS_OF_WEBHOOKS}
    for field in method.input_type.fields:
        if field.name not in nouns or rpc == "ListKeys":
            continue
        for name, value in WRONG_IDS.items():
            if field.name == "key_id" and value == "a b":
                continue  # what is no id of a key is the id of no key
            request = _made(method, **{**_others(method), field.name: value})
            # A schedule's id must be shorter than others: it is part of those of its runs.
            twice = field.name == "schedule_id" and len(value) > 128
            fields = [field.name] * (2 if twice else 1)
            yield faulty(rpc, f"{name}: {field.name}", lambda w, r=request: r, *fields)
        request = _made(method, **_others(method))
        yield unknown(
            *(rpc, f"an unknown {field.name}", lambda w, r=request: r),
            *(f"{nouns[field.name]}_NOT_FOUND", field.name),
        )


def _others(method: MethodDescriptor) -> dict[str, str]:
    return {
        field.name: NEVER.get(field.name, "nothing")
        for field in method.input_type.fields
        if field.name.endswith("_id") or field.name == "namespace"
    }


def _lists(rpc: str, method: MethodDescriptor) -> Iterator[Row]:
    given = _others(method)
    for name, fields in (("a negative page size", {"page_size": -1}),):
        request = _made(method, **given, **fields)
        yield faulty(rpc, name, lambda w, r=request: r, "page_size")
    if not given:
        yield bad_token(rpc, "a made-up token", lambda w: _made(method, page_token="x"))  # noqa: S106 - no secret


def _creations(rpc: str, method: MethodDescriptor) -> Iterator[Row]:
    first = {
        "CreateKey": ["display_name"],
        "CreateNamespace": ["namespace"],
        "CreateSchedule": [f"schedule.{name}" for name in ("schedule_id", "cron", "spec.graph_id")],
        "CreateWebhook": ["webhook", "webhook.url"],
    }
    yield faulty(rpc, "nothing at all", lambda w: _made(method), *first[rpc])


def _updates(rpc: str, method: MethodDescriptor) -> Iterator[Row]:
    faults = {
        "UpdateNamespace": ["namespace.namespace"],
        "UpdateSchedule": ["schedule.schedule_id", "update_mask"],
        "UpdateWebhook": ["webhook.webhook_id", "update_mask"],
    }
    yield faulty(rpc, "nothing at all", lambda w: _made(method), *faults[rpc])

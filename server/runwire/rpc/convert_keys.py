"""Keys, identities and entries of the audit log on the wire."""

from collections.abc import Iterable, Mapping
from typing import Final

from runwire.app.keys import NewKey
from runwire.domain.audit import AuditEntry
from runwire.domain.caller import Caller, Role
from runwire.domain.errors import Invalid
from runwire.domain.key import EVERYWHERE, Key
from runwire.domain.namespace import check_namespace
from runwire.rpc.checks import Faults, chosen, seconds_of
from runwire.rpc.convert_times import fill_time
from runwire.v1 import audit_pb2, key_pb2, key_service_pb2

MAX_GRAPHS: Final = 100
MAX_CALLS_PER_SECOND: Final = 1_000_000

ROLE_TO_WIRE: Final[Mapping[Role, "key_pb2.Role.ValueType"]] = {
    Role.READER: key_pb2.ROLE_READER,
    Role.RUNNER: key_pb2.ROLE_RUNNER,
    Role.ADMIN: key_pb2.ROLE_ADMIN,
    Role.WORKER: key_pb2.ROLE_WORKER,
}
ROLE_FROM_WIRE: Final = {number: role for role, number in ROLE_TO_WIRE.items()}


def new_key_from_wire(request: key_service_pb2.CreateKeyRequest) -> NewKey:
    """Return what a key shall be; raise Invalid for what cannot be."""
    faults = Faults()
    faults.text("display_name", request.display_name, required=True)
    if not request.display_name.isprintable():
        faults.add("display_name", "must not hold control characters")
    faults.choice("role", request.role, key_pb2.Role.DESCRIPTOR)
    _check_namespace(faults, request.namespace)
    _check_graphs(faults, request.graphs)
    if chosen(request, "lifetime"):
        faults.duration("lifetime", request.lifetime)
        if seconds_of(request.lifetime) <= 0:
            faults.add("lifetime", "must be longer than nothing")
    if not 0 <= request.calls_per_second <= MAX_CALLS_PER_SECOND:
        faults.add("calls_per_second", f"must be from 0 to {MAX_CALLS_PER_SECOND}")
    faults.not_negative("burst_calls", request.burst_calls)
    faults.done()
    return NewKey(
        display_name=request.display_name,
        role=ROLE_FROM_WIRE.get(request.role, Role.READER),
        namespace=request.namespace,
        graphs=tuple(request.graphs),
        lifetime_seconds=seconds_of(request.lifetime) if chosen(request, "lifetime") else None,
        calls_per_second=request.calls_per_second,
        burst_calls=request.burst_calls,
    )


def key_to_wire(key: Key) -> key_pb2.Key:
    """Return a key as callers see it."""
    message = key_pb2.Key(
        key_id=key.key_id,
        display_name=key.display_name,
        role=ROLE_TO_WIRE[key.role],
        namespace=key.namespace,
        graphs=key.graphs,
        calls_per_second=key.calls_per_second,
        burst_calls=key.burst_calls,
    )
    fill_time(message.create_time, key.created_at)
    fill_time(message.expire_time, key.expires_at)
    fill_time(message.revoke_time, key.revoked_at)
    fill_time(message.last_use_time, key.last_used_at)
    return message


def identity_to_wire(caller: Caller, *, authenticated: bool) -> key_pb2.Identity:
    """Return who a caller is, as the caller sees it."""
    return key_pb2.Identity(
        name=caller.name,
        role=ROLE_TO_WIRE[caller.role],
        namespace=caller.namespace,
        graphs=caller.graphs,
        everywhere=caller.everywhere,
        authenticated=authenticated,
    )


def entry_to_wire(entry: AuditEntry) -> audit_pb2.AuditEntry:
    """Return an entry of the audit log as callers see it."""
    message = audit_pb2.AuditEntry(
        number=entry.number,
        caller=entry.caller,
        peer=entry.peer,
        namespace=entry.namespace,
        method=entry.method,
        subject=entry.subject,
        code=entry.code,
        reason=entry.reason,
        request_id=entry.request_id,
    )
    fill_time(message.event_time, entry.at)
    return message


def _check_namespace(faults: Faults, text: str) -> None:
    if text in ("", EVERYWHERE):
        return
    try:
        check_namespace(text)
    except Invalid as error:
        faults.take(error)


def _check_graphs(faults: Faults, graphs: Iterable[str]) -> None:
    found = list(graphs)
    if len(found) > MAX_GRAPHS:
        faults.add("graphs", f"has {len(found)} entries, more than {MAX_GRAPHS}")
        return
    for index, graph in enumerate(found):
        faults.text(f"graphs[{index}]", graph, required=True)
        if "*" in graph[:-1]:
            faults.add(f"graphs[{index}]", "may hold a * at its end only")

"""Who may call what: credentials, rates, roles, and the record of what was changed.

1. Who calls, whether they call too often, and whether their role allows the method: that is known
   before anything of the request is read, so nobody learns by a refusal what exists.
2. A caller who is everywhere chooses a namespace by `x-runwire-namespace`; from all others it must
   be their own.
3. Whether that namespace exists, and what is within a caller's graphs, is asked by `Scoped`.
"""

from typing import Any, Final

from grpc import StatusCode

from runwire.app.audit import AuditLog
from runwire.app.authenticator import Authenticator, address_of
from runwire.app.rates import Rate, Rates
from runwire.domain.audit import AuditEntry
from runwire.domain.caller import Caller, Role
from runwire.domain.errors import Denied, Error, Exhausted, Unauthenticated
from runwire.domain.key import Grant
from runwire.domain.ports import Clock
from runwire.rpc.access import access_to, changes
from runwire.rpc.credentials import credentials_of
from runwire.rpc.errors import STATUS
from runwire.rpc.guarding import Answered, Asked, Showing, placed
from runwire.rpc.methods import Method
from runwire.rpc.subjects import subject_of

NOBODY: Final = "nobody"


class Auditor:
    """Turns calls into entries of the audit log."""

    def __init__(self, log: AuditLog, now: Clock) -> None:
        self.log = log
        self._now = now

    def __call__(self, answered: Answered) -> None:
        """Record a change that was made, or tried."""
        if not changes(answered.method.path):
            return
        caller = answered.caller
        subject = {**answered.subject, **subject_of(answered.request, answered.response)}
        if caller.key_id:
            subject = {**subject, "caller_key_id": caller.key_id}
        self.log.add(
            AuditEntry(
                at=self._now(),
                caller=caller.name,
                peer=caller.peer,
                namespace=caller.namespace,
                method=answered.method.path,
                subject=subject,
                code=_number(answered.code),
                reason=answered.reason,
                request_id=caller.request_id,
            )
        )

    def refused(self, caller: Caller, asked: Asked, error: Error) -> None:
        """Record that somebody was turned away: a denial by itself, others with their like."""
        entry = AuditEntry(
            at=self._now(),
            caller=caller.name,
            peer=caller.peer,
            namespace="" if caller.name == NOBODY else caller.namespace,
            method=asked.path,
            subject={"caller_key_id": caller.key_id} if caller.key_id else {},
            code=_number(STATUS[type(error)]),
            reason=error.reason,
            request_id=caller.request_id,
        )
        if isinstance(error, Denied):
            self.log.add(entry)
        else:
            self.log.refused(f"{address_of(caller.peer)} {caller.name}", entry)


class Gate:
    """The guard of a server that asks callers who they are."""

    def __init__(
        self,
        *,
        authenticator: Authenticator,
        rates: Rates,
        rate: Rate,
        auditor: Auditor | None = None,
    ) -> None:
        self._authenticator = authenticator
        self._rates = rates
        self._rate = rate
        self._auditor = auditor

    async def admit(self, asked: Asked, context: Showing, request_id: str) -> Caller:
        access, peer = access_to(asked.path), context.peer()
        if access is None:
            return _nobody(peer, request_id)
        grant = await self._identified(asked, context, request_id)
        caller = grant.caller(peer=peer, request_id=request_id)
        try:
            self._limit(grant)
            caller = placed(caller, context)
            if not access.allows(caller):
                raise _forbidden(asked)
            if self._auditor is not None and changes(asked.path):
                self._auditor.log.check_room()
        except (Denied, Exhausted) as error:
            self._refused(caller, asked, error)
            raise
        return caller

    async def recognize(self, asked: Asked, context: Showing, request_id: str) -> None:
        if access_to(asked.path) is not None:
            await self._identified(asked, context, request_id)

    async def allow(self, caller: Caller, method: Method, request: Any) -> None:
        """Allow it: the role was asked for in `admit`, and what the request names is `Scoped`'s."""

    async def _identified(self, asked: Asked, context: Showing, request_id: str) -> Grant:
        peer, metadata = context.peer(), context.invocation_metadata()
        try:
            shown = credentials_of(metadata or (), peer=peer, certificate=context.auth_context())
            return await self._authenticator.identify(shown)
        except (Unauthenticated, Exhausted) as error:
            self._refused(_nobody(peer, request_id), asked, error)
            raise

    def _limit(self, grant: Grant) -> None:
        rate = Rate(
            grant.calls_per_second or self._rate.per_second,
            grant.burst_calls or (0 if grant.calls_per_second else self._rate.burst),
        )
        self._rates.check(f"caller {grant.key_id or grant.name}", rate, who=grant.name)

    def _refused(self, caller: Caller, asked: Asked, error: Error) -> None:
        if self._auditor is not None:
            self._auditor.refused(caller, asked, error)


def _nobody(peer: str, request_id: str) -> Caller:
    return Grant(name=NOBODY, role=Role.READER).caller(peer=peer, request_id=request_id)


def _forbidden(asked: Asked) -> Denied:
    return Denied(
        f"the caller's role does not allow {asked.path.strip('/')}:"
        " KeyService.GetIdentity tells which it is",
        reason="ROLE_FORBIDDEN",
        method=asked.path,
    )


def _number(code: StatusCode) -> int:
    return int(code.value[0])

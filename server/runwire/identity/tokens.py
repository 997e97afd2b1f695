"""JSON Web Tokens: what they grant, if their signature, issuer, audience and times are right.

1. Only algorithms of the settings count, all of them asymmetric. What a token's header says of keys
   is not followed: no `jku`, no `x5u`, no key inside it.
2. A claim that the settings name must be there: a token without it could otherwise do more.
3. A token found right is believed for ten seconds at most, and never beyond its end.
"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

import jwt

from runwire.domain.caller import Role
from runwire.domain.errors import Invalid, Unauthenticated
from runwire.domain.key import EVERYWHERE, Grant
from runwire.domain.namespace import DEFAULT_NAMESPACE, check_namespace
from runwire.identity.jwks import Jwks

BELIEVED_SECONDS: Final = 10.0
MAX_BELIEVED: Final = 10_000
MAX_CHARACTERS: Final = 8192
MAX_SUBJECT: Final = 128
MAX_GRAPHS: Final = 100
_STRENGTH: Final = (Role.ADMIN, Role.RUNNER, Role.READER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a token must say. An empty name of a claim: every token has the default."""

    issuer: str
    audiences: tuple[str, ...]
    algorithms: tuple[str, ...]
    skew_seconds: float
    role_claim: str
    namespace_claim: str = ""
    graphs_claim: str = ""


class JwtTokens:
    """Implements Tokens."""

    def __init__(
        self,
        rules: Rules,
        jwks: Jwks,
        *,
        clock: Callable[[], float] = monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._rules = rules
        self._jwks = jwks
        self._clock = clock
        self._wall = wall
        self._believed: OrderedDict[bytes, tuple[Grant, float]] = OrderedDict()

    def known(self, token: str) -> Grant | None:
        found = self._believed.get(_digest(token))
        return found[0] if found is not None and found[1] > self._clock() else None

    async def grant_of(self, token: str) -> Grant:
        algorithm, key_id = self._header(token)
        key = await self._jwks.key_for(key_id, algorithm)
        if key is None:
            raise _wrong("its key is not among the issuer's")
        claims = self._claims(token, key)
        grant = grant_from(claims, self._rules)
        self._believe(token, grant, claims["exp"])
        return grant

    def _header(self, token: str) -> tuple[str, str | None]:
        """Return the algorithm and the id of the key that a token's header names."""
        if len(token) > MAX_CHARACTERS:
            raise _wrong(f"longer than {MAX_CHARACTERS} characters")
        try:
            header = jwt.get_unverified_header(token)
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
            raise _wrong("it cannot be read") from None
        algorithm, key_id = header.get("alg"), header.get("kid")
        if algorithm not in self._rules.algorithms:
            raise _wrong("its algorithm is not among jwt_algorithms")
        if "crit" in header or not (key_id is None or isinstance(key_id, str)):
            raise _wrong("its header asks for what this server does not do")
        return str(algorithm), key_id

    def _claims(self, token: str, key: jwt.PyJWK) -> Mapping[str, Any]:
        """Return what a token says, its signature, issuer, audience and times being right."""
        rules = self._rules
        try:
            found: Mapping[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[key.algorithm_name],
                issuer=rules.issuer,
                audience=list(rules.audiences),
                leeway=rules.skew_seconds,
                options={"require": ["exp", "sub", "iss", "aud"]},
            )
        except jwt.ExpiredSignatureError:
            raise _wrong("it has expired") from None
        except jwt.ImmatureSignatureError:
            raise _wrong("it is not valid yet") from None
        except jwt.MissingRequiredClaimError as error:
            raise _wrong(f"it has no {error.claim}") from None
        except (jwt.InvalidIssuerError, jwt.InvalidAudienceError):
            raise _wrong("it was not issued for this server") from None
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError):
            raise _wrong("its signature or form is wrong") from None
        return found

    def _believe(self, token: str, grant: Grant, expires: float) -> None:
        left = float(expires) + self._rules.skew_seconds - self._wall()
        self._believed[_digest(token)] = (grant, self._clock() + min(left, BELIEVED_SECONDS))
        while len(self._believed) > MAX_BELIEVED:
            self._believed.popitem(last=False)


def grant_from(claims: Mapping[str, Any], rules: Rules) -> Grant:
    """Return what the claims of a token grant; raise Unauthenticated where they are wrong."""
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= MAX_SUBJECT:
        raise _wrong(f"sub must be 1 to {MAX_SUBJECT} characters")
    if not subject.isprintable():
        raise _wrong("sub must not hold control characters")
    return Grant(
        name=f"jwt:{subject}",
        role=_role(claims.get(rules.role_claim), rules.role_claim),
        namespace=_namespace(claims, rules.namespace_claim),
        graphs=_graphs(claims, rules.graphs_claim),
    )


def _role(value: Any, claim: str) -> Role:
    """Return the role that a claim names; of several the strongest."""
    names = _texts(value)
    found = [role for role in _STRENGTH if role.value in names]
    if Role.WORKER.value in names and not found:
        return Role.WORKER
    if not found:
        raise _wrong(f"{claim} names no role: one of {', '.join(Role)} is expected")
    return found[0]


def _namespace(claims: Mapping[str, Any], claim: str) -> str:
    if not claim:
        return DEFAULT_NAMESPACE
    value = claims.get(claim)
    if value == EVERYWHERE:
        return EVERYWHERE
    try:
        return check_namespace(value if isinstance(value, str) else "", name=claim)
    except Invalid:
        raise _wrong(f"{claim} names no namespace") from None


def _graphs(claims: Mapping[str, Any], claim: str) -> tuple[str, ...]:
    """Return the graphs that a claim names. None at all would mean every one, so it is refused."""
    if not claim:
        return ()
    found = _texts(claims.get(claim))
    if not 0 < len(found) <= MAX_GRAPHS or "" in found:
        raise _wrong(f"{claim} must name 1 to {MAX_GRAPHS} graphs; `*` is all")
    return () if "*" in found else tuple(found)


def _texts(value: Any) -> Sequence[str]:
    values: Collection[Any] = value if isinstance(value, list) else (value,)
    return [each for each in values if isinstance(each, str)]


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _wrong(why: str) -> Unauthenticated:
    return Unauthenticated(f"the token does not count: {why}", reason="TOKEN_INVALID")

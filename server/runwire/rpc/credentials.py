"""What a call's metadata say about who makes it.

1. Credentials are in `authorization: Bearer …` or in `x-api-key`; in both only if they are equal.
2. A header that comes twice is refused, since two programs on the way might each take another.
3. Everything else is ignored: nobody can say in a header who they are.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from runwire.app.authenticator import Credentials
from runwire.domain.errors import Unauthenticated, invalid
from runwire.domain.namespace import check_namespace

AUTHORIZATION: Final = "authorization"
API_KEY: Final = "x-api-key"
NAMESPACE: Final = "x-runwire-namespace"
MAX_CHARACTERS: Final = 8192

_BEARER: Final = re.compile(r"(?i:bearer) +([A-Za-z0-9._~+/-]+=*)")
_SECRET: Final = re.compile(r"[A-Za-z0-9._~+/-]+=*")
_NAMES: Final = ("x509_common_name", "x509_subject_alternative_name")


def credentials_of(
    metadata: Iterable[tuple[str, Any]],
    *,
    peer: str,
    certificate: Mapping[str, Sequence[bytes]],
) -> Credentials:
    """Return what a call shows; raise Unauthenticated if that is malformed or contradicts itself.

    `certificate` is what the transport knows of the client's certificate.
    """
    pairs = list(metadata)
    bearer = _matched(_BEARER, _only(pairs, AUTHORIZATION), AUTHORIZATION, group=1)
    key = _matched(_SECRET, _only(pairs, API_KEY), API_KEY)
    if bearer and key and bearer != key:
        raise _malformed(f"{AUTHORIZATION} and {API_KEY} hold different ones: send one of them")
    names = {
        value.decode(errors="replace") for name in _NAMES for value in certificate.get(name, ())
    }
    return Credentials(secret=bearer or key, names=tuple(sorted(names)), peer=peer)


def namespace_in(metadata: Iterable[tuple[str, Any]]) -> str:
    """Return the namespace that a call names, "" if none; raise Invalid if it is malformed."""
    found = [value for name, value in metadata if name == NAMESPACE]
    if not found:
        return ""
    if len(found) > 1:
        raise invalid(NAMESPACE, "comes more than once")
    return check_namespace(str(found[0]), name=NAMESPACE)


def _only(pairs: Iterable[tuple[str, Any]], name: str) -> str | None:
    """Return the value of a header, None if there is none; raise Unauthenticated for several."""
    found = [value for key, value in pairs if key.lower() == name]
    if len(found) > 1:
        raise Unauthenticated(f"{name} comes more than once", reason="CREDENTIALS_REPEATED")
    if not found:
        return None
    return found[0] if isinstance(found[0], str) else ""


def _matched(form: re.Pattern[str], value: str | None, name: str, *, group: int = 0) -> str:
    if value is None:
        return ""
    found = form.fullmatch(value) if len(value) <= MAX_CHARACTERS else None
    if found is None:
        wanted = "`Bearer` and a key or token" if name == AUTHORIZATION else "a key or token"
        raise _malformed(f"{name} must hold {wanted}, at most {MAX_CHARACTERS} characters")
    return found[group]


def _malformed(why: str) -> Unauthenticated:
    return Unauthenticated(f"malformed credentials: {why}", reason="CREDENTIALS_MALFORMED")

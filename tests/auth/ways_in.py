"""Everything that is no way in: one table for every transport."""

import json
import time
from collections.abc import Iterator
from typing import Any

import jwt
from tests.auth.doors import Door, Shown, claims_of, jwks_of, new_rsa, public_pem

from runwire.domain.secret import new_secret

INVALID, MALFORMED = "CREDENTIALS_INVALID", "CREDENTIALS_MALFORMED"
MISSING, REPEATED = "CREDENTIALS_MISSING", "CREDENTIALS_REPEATED"
TOKEN = "TOKEN_INVALID"  # noqa: S105 - a reason
UNKNOWN = f"{INVALID}|{TOKEN}"
SAYING = (
    *("x-runwire-caller", "x-runwire-role", "x-caller", "x-forwarded-user", "x-remote-user"),
    *("cookie", "proxy-authorization", "x-authorization", "api-key"),
)
KIDS = (*("../../../../dev/null", "one\0", "two", "' OR 1=1 --", "http://127.0.0.1/", "x" * 999),)


def refused(door: Door) -> Iterator[Shown]:
    """Keys, headers and tokens that open nothing."""
    yield from _keys(door)
    yield from _headers(door)
    yield from _unsigned(door)
    yield from _signed_by_others(door)
    yield from _for_others(door)


def _bearer(name: str, token: str, reason: str = TOKEN) -> Shown:
    return Shown(name, (("authorization", f"Bearer {token}"),), reason)


def _key(name: str, value: str, reason: str = INVALID) -> Shown:
    return Shown(name, (("x-api-key", value),), reason)


def _keys(door: Door) -> Iterator[Shown]:
    good = door.role_key("admin")
    _, key_id, secret = good.split("_")
    other = door.role_key("reader")
    yield _key("the id only", key_id, UNKNOWN)
    yield _key("no secret", f"rw_{key_id}_")
    yield _key("a typing error", good[:-1] + ("a" if good[-1] != "a" else "b"))
    yield _key("another id with this secret", f"rw_{other.split('_')[1]}_{secret}")
    yield _key("a right form of no key", new_secret("0123456789ab"))
    yield _key("this id, another secret", new_secret(key_id))
    yield _key("capitals", good.upper(), UNKNOWN)
    yield _key("another prefix", f"rx_{key_id}_{secret}", UNKNOWN)
    yield _key("SQL", "rw_x'OR'1'='1", MALFORMED)
    yield _key("huge", "rw_" + "a" * 9000, MALFORMED)
    yield _key("a blank", " ", f"{MALFORMED}|{MISSING}")
    yield _key("expired", door.key("expired", lifetime_seconds=0.001), "KEY_EXPIRED")


def _headers(door: Door) -> Iterator[Shown]:
    good, other = door.role_key("admin"), door.role_key("reader")
    yield Shown("nothing", (), MISSING)
    for name, value in (
        ("no scheme", good),
        ("Basic", f"Basic {good}"),
        ("Bearer alone", "Bearer"),
        ("Bearer twice", f"Bearer Bearer {good}"),
        ("two in one", f"Bearer {good}, Bearer {good}"),
        ("a list", f"Bearer {good},{other}"),
    ):
        yield Shown(name, (("authorization", value),), MALFORMED)
    yield Shown("twice", (("authorization", f"Bearer {good}"),) * 2, REPEATED)
    yield Shown("two keys", (("x-api-key", good), ("x-api-key", other)), REPEATED)
    yield Shown(
        "two that differ", (("authorization", f"Bearer {other}"), ("x-api-key", good)), MALFORMED
    )
    for name in SAYING:
        yield Shown(f"{name} says so", ((name, good), ("x-forwarded-for", "127.0.0.1")), MISSING)
    yield Shown("as bytes", (("x-api-key-bin", good.encode()),), MISSING)
    yield Shown("bearer as bytes", (("authorization-bin", f"Bearer {good}".encode()),), MISSING)


def _unsigned(door: Door) -> Iterator[Shown]:
    good = door.token()
    head, body, signature = good.split(".")
    for name in ("none", "None", "NONE", "nOnE", ""):
        header = _part({"alg": name, "kid": "one", "typ": "JWT"})
        yield _bearer(f"alg {name!r}, unsigned", f"{header}.{body}.")
        yield _bearer(f"alg {name!r}, signed", f"{header}.{body}.{signature}")
    public = public_pem(door.signer)
    for secret in (public, public.strip(), b"", b"secret"):
        yield _bearer(f"HS256 with {secret[:12]!r}", _hmac(secret, "HS256"))
    yield _bearer("HMAC that says RS256", _hmac(public, "RS256"))
    flipped = "A" if signature[0] != "A" else "B"
    yield _bearer("another signature", f"{head}.{body}.{flipped}{signature[1:]}")
    yield _bearer("another body", f"{head}.{_part(claims_of(sub='bob'))}.{signature}")
    yield _bearer("cut", good[:-4])
    yield _bearer("no JWT", "abc.def.ghi")
    yield _bearer("two parts", f"{head}.{body}")


def _signed_by_others(door: Door) -> Iterator[Shown]:
    stranger = new_rsa()
    yield _bearer("another key", _signed(stranger))
    for kid in KIDS:
        yield _bearer(f"kid {kid[:20]!r}", _signed(door.signer, kid=kid))
        yield _bearer(f"another key, kid {kid[:20]!r}", _signed(stranger, kid=kid))
    inside = jwks_of(one=stranger)["keys"][0]
    yield _bearer("its own key inside", _signed(stranger, jwk=inside))
    yield _bearer("jku", _signed(stranger, jku="http://127.0.0.1:1/jwks.json"))
    yield _bearer("x5u", _signed(stranger, x5u="http://127.0.0.1:1/x.pem"))
    yield _bearer("crit", _signed(door.signer, crit=["b64"], b64=True))
    yield _bearer("PS256, which is not allowed", _signed(door.signer, algorithm="PS256"))


def _for_others(door: Door) -> Iterator[Shown]:
    now = int(time.time())
    for name, claims in (
        ("another issuer", {"iss": "https://issuer.example/"}),
        ("no issuer", {"iss": None}),
        ("another audience", {"aud": "runwire2"}),
        ("no audience", {"aud": None}),
        ("expired", {"exp": now - 31}),
        ("no end", {"exp": None}),
        ("an end that is no time", {"exp": "never"}),
        ("not yet valid", {"nbf": now + 60}),
        ("from the future", {"iat": now + 60}),
        ("no subject", {"sub": None}),
        ("a subject that writes lines", {"sub": "alice\nadmin"}),
        ("no role", {"runwire_role": None}),
        ("an unknown role", {"runwire_role": "root"}),
        ("a role that is an object", {"runwire_role": {"admin": True}}),
    ):
        yield _bearer(name, door.token(**claims))


def _signed(key: Any, *, algorithm: str = "RS256", **headers: Any) -> str:
    return jwt.encode(claims_of(), key, algorithm=algorithm, headers={"kid": "one", **headers})


def _hmac(secret: bytes, algorithm: str) -> str:
    # By hand: the library refuses to make what a careless one would let through.
    text = f"{_part({'alg': algorithm, 'kid': 'one', 'typ': 'JWT'})}.{_part(claims_of())}"
    signer = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    made = signer.sign(text.encode(), secret)
    return f"{text}.{jwt.utils.base64url_encode(made).decode()}"


def _part(value: Any) -> str:
    return jwt.utils.base64url_encode(json.dumps(value).encode()).decode()

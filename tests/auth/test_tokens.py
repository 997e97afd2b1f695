"""Tokens: which count, what they grant, and where the keys to check them come from."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from tests.auth.doors import AUDIENCE, ISSUER, claims_of, jwks_of, new_rsa

from runwire.domain.caller import Role
from runwire.domain.errors import Unauthenticated, Unavailable
from runwire.identity.jwks import MAX_BYTES, Jwks, fetched, keys_in
from runwire.identity.tokens import JwtTokens, Rules, grant_from

ONE, TWO = new_rsa(), new_rsa()


class Clock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


class Issuer:
    """Gives keys, and counts how often it is asked."""

    def __init__(self, **keys: Any) -> None:
        self.keys = keys
        self.asked = 0
        self.broken = False

    def __call__(self, _place: str) -> bytes:
        self.asked += 1
        if self.broken:
            raise OSError("nobody there")
        return json.dumps(jwks_of(**self.keys)).encode()


def rules(**changes: Any) -> Rules:
    values: dict[str, Any] = {
        "issuer": ISSUER,
        "audiences": (AUDIENCE, "other"),
        "algorithms": ("RS256", "ES256", "EdDSA"),
        "skew_seconds": 30,
        "role_claim": "runwire_role",
    }
    return Rules(**{**values, **changes})


def tokens_of(issuer: Any, clock: Clock, **changes: Any) -> JwtTokens:
    return JwtTokens(rules(**changes), Jwks("place", clock=clock, fetch=issuer), clock=clock)


def signed(key: Any, kid: str | None, algorithm: str = "RS256", **claims: Any) -> str:
    headers = {} if kid is None else {"kid": kid}
    return jwt.encode(claims_of(**claims), key, algorithm=algorithm, headers=headers)


async def test_a_token_is_believed_no_longer_than_ten_seconds() -> None:
    clock, issuer = Clock(), Issuer(one=ONE)
    tokens = tokens_of(issuer, clock)
    token = signed(ONE, "one")
    assert tokens.known(token) is None
    grant = await tokens.grant_of(token)
    assert (grant.name, grant.role, grant.everywhere) == ("jwt:alice", Role.ADMIN, False)
    assert tokens.known(token) == grant
    assert tokens.known(token + "x") is None
    clock.seconds += 10.1
    assert tokens.known(token) is None


async def test_a_token_is_not_believed_beyond_its_end() -> None:
    clock = Clock()
    tokens = tokens_of(Issuer(one=ONE), clock, skew_seconds=0)
    token = signed(ONE, "one", exp=int(time.time()) + 3)
    await tokens.grant_of(token)
    clock.seconds += 3.1
    assert tokens.known(token) is None


async def test_clocks_may_differ_by_what_the_settings_say() -> None:
    now, clock = int(time.time()), Clock()
    tokens = tokens_of(Issuer(one=ONE), clock)
    await tokens.grant_of(signed(ONE, "one", exp=now - 20))
    await tokens.grant_of(signed(ONE, "one", nbf=now + 20))
    strict = tokens_of(Issuer(one=ONE), clock, skew_seconds=0)
    for claims in ({"exp": now - 20}, {"nbf": now + 20}):
        with pytest.raises(Unauthenticated):
            await strict.grant_of(signed(ONE, "one", **claims))


async def test_a_new_key_is_found_and_strangers_cannot_have_it_asked_for_all_the_time() -> None:
    clock, issuer = Clock(), Issuer(one=ONE)
    tokens = tokens_of(issuer, clock)
    await tokens.grant_of(signed(ONE, "one"))
    for number in range(50):
        with pytest.raises(Unauthenticated):
            await tokens.grant_of(signed(TWO, f"made up {number}"))
    assert issuer.asked == 1
    issuer.keys = {"two": TWO}
    clock.seconds += 31
    await tokens.grant_of(signed(TWO, "two"))
    assert issuer.asked == 2
    with pytest.raises(Unauthenticated):
        await tokens.grant_of(signed(ONE, "one", sub="bob"))


async def test_keys_are_kept_for_an_hour_when_the_issuer_is_gone() -> None:
    clock, issuer = Clock(), Issuer(one=ONE)
    tokens = tokens_of(issuer, clock)
    await tokens.grant_of(signed(ONE, "one"))
    issuer.broken = True
    clock.seconds += 3599
    await tokens.grant_of(signed(ONE, "one"))
    clock.seconds += 2
    with pytest.raises(Unavailable):
        await tokens.grant_of(signed(ONE, "one"))
    issuer.broken = False
    clock.seconds += 31
    await tokens.grant_of(signed(ONE, "one"))


async def test_without_keys_nobody_is_told_that_a_token_is_wrong() -> None:
    issuer = Issuer(one=ONE)
    issuer.broken = True
    with pytest.raises(Unavailable) as refused:
        await tokens_of(issuer, Clock()).grant_of(signed(ONE, "one"))
    assert refused.value.reason == "TOKEN_KEYS_UNAVAILABLE"


async def test_a_token_without_a_key_id_needs_an_issuer_with_one_key() -> None:
    await tokens_of(Issuer(one=ONE), Clock()).grant_of(signed(ONE, None))
    with pytest.raises(Unauthenticated):
        await tokens_of(Issuer(one=ONE, two=TWO), Clock()).grant_of(signed(ONE, None))


async def test_curves_count_as_rsa_does() -> None:
    curve, edwards = ec.generate_private_key(ec.SECP256R1()), ed25519.Ed25519PrivateKey.generate()
    spelled = {
        "ec": jwt.algorithms.ECAlgorithm.to_jwk(curve.public_key()),
        "ed": jwt.algorithms.OKPAlgorithm.to_jwk(edwards.public_key()),
    }
    text = json.dumps({"keys": [{**json.loads(one), "kid": kid} for kid, one in spelled.items()]})
    tokens = tokens_of(lambda _: text.encode(), Clock())
    await tokens.grant_of(signed(curve, "ec", "ES256"))
    await tokens.grant_of(signed(edwards, "ed", "EdDSA"))
    with pytest.raises(Unauthenticated):
        await tokens.grant_of(signed(curve, "ed", "ES256"))


def test_only_keys_for_signatures_are_taken() -> None:
    entry = jwks_of(one=ONE)["keys"][0]
    symmetric = {"kty": "oct", "k": "c2VjcmV0", "kid": "one"}
    for unfit in (
        symmetric,
        {**entry, "use": "enc"},
        {**entry, "key_ops": ["encrypt"]},
        {**entry, "alg": "HS256"},
        {**entry, "alg": "ES256"},
        {**entry, "n": "AQAB"},
        {**jwks_of(one=new_rsa(1024))["keys"][0]},
        {"kty": "RSA"},
        "key",
        None,
    ):
        with pytest.raises(ValueError, match="no key"):
            keys_in(json.dumps({"keys": [unfit]}).encode())
    assert {key.algorithm_name for key in keys_in(json.dumps({"keys": [entry]}).encode())} == {
        *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
    }
    named = json.dumps({"keys": [{**entry, "alg": "RS512"}, symmetric]}).encode()
    assert [key.algorithm_name for key in keys_in(named)] == ["RS512"]
    for text in (b"[]", b"{}", b'{"keys": {}}', json.dumps({"keys": [entry] * 101}).encode()):
        with pytest.raises(ValueError, match="JWKS"):
            keys_in(text)


@pytest.mark.parametrize(
    ("value", "role"),
    [
        ("reader", Role.READER),
        (["reader", "admin", "other"], Role.ADMIN),
        (["runner", "worker"], Role.RUNNER),
        (["worker"], Role.WORKER),
    ],
)
def test_of_several_roles_the_strongest_counts(value: Any, role: Role) -> None:
    assert grant_from(claims_of(runwire_role=value), rules()).role is role


def test_claims_that_the_settings_name_must_be_there() -> None:
    named = rules(namespace_claim="tenant", graphs_claim="graphs")
    grant = grant_from(claims_of(tenant="acme", graphs=["a", "b*"]), named)
    assert (grant.namespace, grant.graphs) == ("acme", ("a", "b*"))
    assert grant_from(claims_of(tenant="*", graphs="*"), named).everywhere
    for claims in (
        {"graphs": ["a"]},
        {"tenant": "acme"},
        {"tenant": "acme", "graphs": []},
        {"tenant": "acme", "graphs": [""]},
        {"tenant": "acme", "graphs": {"a": 1}},
        {"tenant": "acme", "graphs": ["a"] * 101},
        {"tenant": "", "graphs": ["a"]},
        {"tenant": "../default", "graphs": ["a"]},
        {"tenant": "Acme", "graphs": ["a"]},
        {"tenant": ["acme"], "graphs": ["a"]},
    ):
        with pytest.raises(Unauthenticated):
            grant_from(claims_of(**claims), named)


class Answers(BaseHTTPRequestHandler):
    """What an issuer answers: keys, too much, or that they are elsewhere."""

    paths: list[str] = []  # noqa: RUF012 - of the class, on purpose

    def do_GET(self) -> None:
        self.paths.append(self.path)
        if self.path == "/elsewhere":
            self.send_response(302)
            self.send_header("Location", "/keys")
            self.end_headers()
            return
        body = json.dumps(jwks_of(one=ONE)).encode()
        if self.path == "/large":
            body = b" " * (MAX_BYTES + 1)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def issuer_url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


async def test_keys_come_over_http_and_a_redirect_leads_nowhere(issuer_url: str) -> None:
    clock = Clock()
    tokens = JwtTokens(rules(), Jwks(f"{issuer_url}/keys", clock=clock), clock=clock)
    await tokens.grant_of(signed(ONE, "one"))
    Answers.paths.clear()
    with pytest.raises(OSError, match="302"):
        fetched(f"{issuer_url}/elsewhere")
    assert Answers.paths == ["/elsewhere"]
    with pytest.raises(ValueError, match="larger"):
        fetched(f"{issuer_url}/large")

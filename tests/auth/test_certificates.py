"""Certificates as identities, on gRPC and HTTPS; and TLS with keys for callers elsewhere."""

import ssl
from pathlib import Path

import grpc
import httpx
import pytest
import trustme
from grpc import StatusCode
from tests.auth.doors import Answer, Door, call, opened, rpcs
from tests.conftest import settings_in
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from runwire.spelling import TlsIdentity
from runwire_client import Client, Tls

RPCS = {method.name: method for method in rpcs()}
CA = trustme.CA()
IDENTITIES = {
    "ops.example.com": TlsIdentity(role="admin", namespace="*"),
    "worker-7": TlsIdentity(role="worker", namespace="*"),
    "spiffe://example.com/reader": TlsIdentity(role="reader", namespace="acme", graphs=("a*",)),
    "other.example.com": TlsIdentity(role="reader"),
}


def files_in(directory: Path) -> dict[str, Path]:
    issued = CA.issue_cert("127.0.0.1")
    names = {
        "tls_certificate": issued.cert_chain_pems[0],
        "tls_key": issued.private_key_pem,
        "tls_client_ca": CA.cert_pem,
    }
    for name, pem in names.items():
        pem.write_to_path(directory / name)
    return {name: directory / name for name in names}


def presenting(*names: str, common_name: str | None = None, ca: trustme.CA = CA) -> Tls:
    issued = ca.issue_cert(*names, common_name=common_name)
    return Tls(
        root_certificates=CA.cert_pem.bytes(),
        certificate_chain=issued.cert_chain_pems[0].bytes(),
        private_key=issued.private_key_pem.bytes(),
    )


def asked(address: str, name: str, tls: Tls, *headers: tuple[str, str]) -> Answer:
    with grpc.secure_channel(address, tls.credentials()) as channel:
        return call(channel, RPCS[name], headers)


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory):
    directory = tmp_path_factory.mktemp("secured")
    files = files_in(directory)
    with opened(directory, tls_identities=IDENTITIES, **files) as door:
        yield door


def test_a_certificate_is_an_identity(secured) -> None:
    address = secured.server.grpc_address
    with Client(address, tls=presenting("ops.example.com")) as client:
        found = client.keys.identity()
        assert (found.name, found.role, found.everywhere) == ("mtls:ops.example.com", "admin", True)
    with Client(address, tls=presenting("x.example.com", common_name="worker-7")) as client:
        assert client.keys.identity().name == "mtls:worker-7"
    assert asked(address, "CreateKey", presenting("other.example.com")).reason == "ROLE_FORBIDDEN"


def test_a_certificate_that_no_setting_names_is_none(secured) -> None:
    for names in (("x.example.com",), ("ops.example.com.evil.org",), ("xops.example.com",)):
        answer = asked(secured.server.grpc_address, "GetIdentity", presenting(*names))
        assert (answer.code, answer.reason) == (StatusCode.UNAUTHENTICATED, "CREDENTIALS_MISSING")


def test_a_certificate_that_names_two_is_refused(secured) -> None:
    two = presenting("ops.example.com", "other.example.com")
    answer = asked(secured.server.grpc_address, "GetIdentity", two)
    assert (answer.code, answer.reason) == (StatusCode.UNAUTHENTICATED, "CERTIFICATE_AMBIGUOUS")


def test_another_authority_is_not_even_heard(secured) -> None:
    answer = asked(
        secured.server.grpc_address, "GetIdentity", presenting("ops.example.com", ca=trustme.CA())
    )
    assert answer.code is StatusCode.UNAVAILABLE


def test_a_key_counts_instead_of_the_certificate_and_a_wrong_one_does_not_fall_back(secured):
    address, tls = secured.server.grpc_address, presenting("ops.example.com")
    with Client(address, tls=tls, api_key=secured.role_key("reader")) as client:
        assert client.keys.identity().name == "key:reader"
    answer = asked(address, "GetIdentity", tls, ("x-api-key", "wrong"))
    assert answer.code is StatusCode.UNAUTHENTICATED


def test_beyond_this_machine_auth_and_tls_are_enough(tmp_path: Path) -> None:
    files = files_in(tmp_path)
    del files["tls_client_ca"]
    settings = settings_in(tmp_path, grpc_address="0.0.0.0:0", auth=True, **files)
    assert settings.worker_callers == "on"
    for changes in ({"auth": True}, files, {}):
        with pytest.raises(ValueError, match="anybody"):
            settings_in(tmp_path, grpc_address="0.0.0.0:0", **changes)
    assert settings_in(tmp_path, grpc_address="0.0.0.0:0", allow_remote=True)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"rate_calls_per_second": 1}, "without auth"),
        ({"jwt_jwks": "keys.json"}, "without auth"),
        ({"auth": True, "jwt_jwks": "keys.json"}, "jwt_issuer and jwt_audience"),
        ({"auth": True, "jwt_jwks": "keys.json", "jwt_issuer": "x"}, "jwt_audience"),
        ({"auth": True, "jwt_jwks": "http://example.com/keys"}, "https"),
        ({"auth": True, "jwt_jwks": "http://127.0.0.1.example.com/keys"}, "https"),
        ({"auth": True, "jwt_jwks": "http://127.0.0.1@example.com/keys"}, "https"),
        ({"auth": True, "jwt_jwks": "https://user:pw@example.com/keys"}, "https"),
        ({"auth": True, "jwt_jwks": "ftp://example.com/keys"}, "https"),
        ({"auth": True, "jwt_algorithms": ("HS256",)}, "RS256"),
        ({"auth": True, "jwt_algorithms": ("none",)}, "RS256"),
        ({"auth": True, "jwt_algorithms": ()}, "at least 1"),
        ({"auth": True, "tls_identities": {"a": {"role": "admin"}}}, "tls_client_ca"),
        ({"auth": True, "tls_identities": {"a": {"role": "root"}}}, "reader"),
        ({"auth": True, "tls_identities": {"a": {"role": "admin", "namespace": "A"}}}, "lower"),
    ],
)
def test_settings_that_would_leave_a_door_open_stop_the_start(tmp_path, changes, told) -> None:
    with pytest.raises(ValueError, match=told):
        settings_in(tmp_path, **changes)


def test_jwks_may_be_on_this_machine_or_encrypted(tmp_path: Path) -> None:
    for place in (
        "https://example.com/keys",
        "http://127.0.0.1:8000/keys",
        "http://localhost/keys",
        "http://[::1]:8000/keys",
        "keys.json",
    ):
        assert (
            settings_in(
                tmp_path, auth=True, jwt_jwks=place, jwt_issuer="i", jwt_audience=("a",)
            ).jwt_jwks
            == place
        )


def over_https(
    door: Door, tls: Tls | None, *headers: tuple[str, str], path: str = "/v1/identity"
) -> httpx.Response:
    """Ask over HTTPS, with a certificate or without."""
    context = ssl.create_default_context(cadata=CA.cert_pem.bytes().decode())
    if tls is not None:
        shown = door.directory / "shown.pem"
        shown.write_bytes((tls.private_key or b"") + (tls.certificate_chain or b""))
        context.load_cert_chain(shown)
    with httpx.Client(verify=context, base_url=f"https://{door.server.http_address}") as rest:
        return rest.get(path, headers=list(headers))


def reason_of(answer: httpx.Response) -> str:
    return str(answer.json()["details"][0]["reason"])


def test_a_certificate_is_the_same_identity_over_https(secured) -> None:
    for tls, name in (
        (presenting("ops.example.com"), "mtls:ops.example.com"),
        (presenting("x.example.com", common_name="worker-7"), "mtls:worker-7"),
    ):
        found = over_https(secured, tls)
        assert (found.status_code, found.json()["identity"]["name"]) == (200, name)
    reader = presenting("other.example.com")
    assert over_https(secured, reader, path="/v1/graphs").status_code == 200
    refused = over_https(secured, reader, path="/v1/keys")
    assert (refused.status_code, reason_of(refused)) == (403, "ROLE_FORBIDDEN")
    assert over_https(secured, presenting("ops.example.com"), path="/metrics").status_code == 200
    assert over_https(secured, reader, path="/metrics").status_code == 403


def test_a_certificate_counts_over_https_as_over_grpc_and_no_further(secured) -> None:
    unknown = over_https(secured, presenting("x.example.com"))
    assert (unknown.status_code, reason_of(unknown)) == (401, "CREDENTIALS_MISSING")
    two = over_https(secured, presenting("ops.example.com", "other.example.com"))
    assert (two.status_code, reason_of(two)) == (401, "CERTIFICATE_AMBIGUOUS")
    ops = presenting("ops.example.com")
    assert over_https(secured, ops, ("x-api-key", "wrong")).status_code == 401
    key = ("x-api-key", secured.role_key("reader"))
    assert over_https(secured, ops, key).json()["identity"]["name"] == "key:reader"
    for tls in (None, presenting("ops.example.com", ca=trustme.CA())):
        with pytest.raises(httpx.TransportError):
            over_https(secured, tls)


def test_a_certificate_opens_a_web_socket(secured) -> None:
    for tls, status in ((presenting("ops.example.com"), 101), (presenting("x.example.com"), 401)):
        shown = secured.directory / "socket.pem"
        shown.write_bytes((tls.private_key or b"") + (tls.certificate_chain or b""))
        context = ssl.create_default_context(cadata=CA.cert_pem.bytes().decode())
        context.load_cert_chain(shown)
        uri = f"wss://{secured.server.http_address}/v1/runs/ws"
        try:
            with connect(uri, ssl=context, open_timeout=5):
                found = 101
        except InvalidStatus as error:
            found = error.response.status_code
        assert found == status


def test_a_certificate_that_nobody_asked_for_is_none(tmp_path: Path) -> None:
    """Without `tls_client_ca` it was not checked, and proves nothing."""
    files = files_in(tmp_path)
    del files["tls_client_ca"]
    with opened(tmp_path, **files) as door:
        found = over_https(door, presenting("ops.example.com"))
        assert (found.status_code, reason_of(found)) == (401, "CREDENTIALS_MISSING")

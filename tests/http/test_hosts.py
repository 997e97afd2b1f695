"""By which names a server may be called: no page gets here by a name that was made to lead here."""

import socket
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from tests.conftest import ROOT, settings_in
from tests.http.test_websocket import socket as web_socket
from websockets.exceptions import InvalidStatus

from runwire.server import Server, serve
from runwire.web import known_hosts

OWN = ["localhost", "LOCALHOST:1", "app.localhost", "127.0.0.1", "127.0.0.1:8080", "[::1]:8080"]
OWN += ["192.168.0.7", "localhost.", "[::1]", "10.1.2.3:99"]
STRANGE = ["evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example"]
STRANGE += ["evil-localhost", "runs.example.com", "", "[evil.example]", "0x7f000001", "2130706433"]
STRANGE += ["127.1", "user@localhost:80@evil", "xn--evil-", "localhost evil", "::1:8080:x", "\xe9"]


@pytest.fixture
async def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Server]:
    monkeypatch.chdir(ROOT)
    settings = settings_in(tmp_path, http_address="127.0.0.1:0", http_hosts=("Known.example",))
    async with serve(settings) as running:
        yield running


async def asked(server: Server, path: str, host: str, method: str = "GET") -> httpx.Response:
    async with httpx.AsyncClient(base_url=f"http://{server.http_address}") as rest:
        return await rest.request(method, path, headers=[(b"host", host.encode("latin-1"))])


@pytest.mark.parametrize("host", [*OWN, "known.example", "KNOWN.example:8080"])
async def test_names_of_this_machine_and_of_the_settings_count(local: Server, host: str) -> None:
    assert (await asked(local, "/v1/graphs", host)).status_code == 200


@pytest.mark.parametrize("host", [*STRANGE, "sub.known.example"])
async def test_any_other_name_is_refused_wherever_it_leads(local: Server, host: str) -> None:
    paths = ("/v1/graphs", "/v1/runs:watch", "/healthz", "/openapi.json", "/metrics", "/nothing")
    for path in paths:
        for method in ("GET", "POST", "OPTIONS"):
            found = await asked(local, path, host, method)
            assert found.status_code == 403
            assert found.json()["details"][0]["reason"] == "HOST_NOT_ALLOWED"
            assert "http_hosts" in found.json()["message"]


async def test_a_page_that_counts_as_the_servers_own_by_a_made_up_name_does_not(
    local: Server,
) -> None:
    """Origin and Host agree: that is what rebinding is for."""
    own = {"Host": "evil.example:8080", "Origin": "http://evil.example:8080"}
    async with httpx.AsyncClient(base_url=f"http://{local.http_address}") as rest:
        found = await rest.post("/v1/graphs", headers=own, json={})
        assert found.status_code == 403
        assert found.json()["details"][0]["reason"] == "HOST_NOT_ALLOWED"
    with pytest.raises(InvalidStatus) as refused:
        async with web_socket(
            "evil.example:80",
            "/v1/runs/ws",
            host=local.http_address.partition(":")[0],
            port=int(local.http_address.rpartition(":")[2]),
        ):
            pytest.fail("it opened")
    assert refused.value.response.status_code == 403
    assert b"HOST_NOT_ALLOWED" in (refused.value.response.body or b"")


async def test_who_sends_no_host_is_no_browser(local: Server) -> None:
    host, _, port = local.http_address.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=5) as line:
        line.setblocking(False)
        line.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
        async with httpx.AsyncClient() as rest:  # the loop goes on meanwhile
            await rest.get(f"http://{local.http_address}/healthz")
        assert line.recv(4096).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"http_address": "127.0.0.1:0"}, ()),
        ({"http_address": "[::1]:0"}, ()),
        ({"http_address": "localhost:0"}, ()),
        ({"http_address": "127.0.0.1:0", "auth": True}, None),
        ({"http_address": "0.0.0.0:0", "allow_remote": True}, None),
        ({"http_address": "unix:/tmp/x"}, None),
        ({"http_address": "127.0.0.1:0", "http_hosts": ("*",)}, None),
        ({"http_address": "127.0.0.1:0", "http_hosts": ("a",), "auth": True}, ("a",)),
    ],
)
def test_names_are_asked_for_where_nobody_has_to_say_who_they_are(
    tmp_path: Path, changes: dict[str, object], expected: tuple[str, ...] | None
) -> None:
    assert known_hosts(settings_in(tmp_path, **changes)) == expected


@pytest.mark.parametrize("name", ["http://a.example", "a.example:80", "*.example", "", "a b", "é"])
def test_a_name_is_a_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="without scheme and port"):
        settings_in(tmp_path, http_hosts=(name,))

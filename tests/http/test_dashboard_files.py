"""The dashboard's files over HTTP: which are served, how, and what else is at their addresses."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from tests.conftest import ROOT, settings_in
from tests.http.conftest import edge_in

from runwire.gateway import passing_on
from runwire.http import dashboard_files
from runwire.http.dashboard_files import KINDS, SECURITY, Dashboard, is_built
from runwire.server import Server, serve

PAGE = "<!doctype html><title>Runs</title><script src=/ui/assets/app-Ab3_x-9z.js></script>"
SCRIPT = "console.log('Runwire');\n" * 40
FONT = b"wOF2" + bytes(range(256))
BROTLI = b"as brotli packed it"
APP = ("/", "/ui", "/ui/", "/ui/runs", "/ui/runs/a.b", "/ui/index.html", "/ui/assetsx", "/?q=1")
STILL_APP = ("/ui/../secret.txt", "/ui/%2e%2e/secret.txt", "/ui//etc/passwd", "/ui/%2fetc%2fpasswd")
NO_FILES = (
    "/ui/assets/../../secret.txt",
    "/ui/assets/%2e%2e/%2e%2e/secret.txt",
    "/ui/assets/..%2f..%2fsecret.txt",
    "/ui/assets/..%5c..%5csecret.txt",
    "/ui/assets//../../secret.txt",
    "/ui/assets/app-Ab3_x-9z.js%00.css",
    "/ui/assets/app-Ab3_x-9z.js/",
    "/ui/assets/APP-ab3_x-9z.js",
    "/ui/assets/app-Ab3_x-9z.js.gz",
    "/ui/assets/app-Ab3_x-9z.js.br",
    "/ui/assets/app-Ab3_x-9z.js.map",
    "/ui/assets/",
    "/ui/assets/nothing-12345678.js",
)


def build_in(folder: Path) -> Path:
    """Make a small build: plain, packed and compressed files as Vite and the packer leave them."""
    assets = folder / "assets"
    assets.mkdir(parents=True)
    (folder / "index.html").write_text(PAGE)
    (folder / "icon.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (assets / "app-Ab3_x-9z.js.gz").write_bytes(gzip.compress(SCRIPT.encode(), mtime=0))
    (assets / "app-Ab3_x-9z.js.br").write_bytes(BROTLI)
    (assets / "app-Ab3_x-9z.js.map").write_text("{}")
    (assets / "style-Cd4_y-8w.css").write_text("body{margin:0}")
    (assets / "inter-Ef5_z-7v.woff2").write_bytes(FONT)
    (assets / "plain.json").write_text("{}")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a build is, with a file beside it that is nobody's business."""
    (tmp_path / "secret.txt").write_text("a secret")
    return build_in(tmp_path / "dashboard")


@pytest.fixture
async def http(folder: Path, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an edge that serves the build."""
    async with (
        edge_in(tmp_path / "edge", routes=Dashboard(folder).routes()) as edge,
        httpx.AsyncClient(base_url=f"http://{edge.address}", timeout=20) as client,
    ):
        yield client


async def raw(http: httpx.AsyncClient, target: str, *lines: str) -> tuple[int, bytes]:
    """Send a request as it is written: clients tidy paths up."""
    url = http.base_url
    reader, writer = await asyncio.open_connection(url.host, url.port)
    head = "\r\n".join((f"GET {target} HTTP/1.1", f"Host: {url.host}", "Connection: close", *lines))
    writer.write(f"{head}\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    return int(answer.split(b" ", 2)[1]), answer.partition(b"\r\n\r\n")[2]


async def test_the_app_is_wherever_its_addresses_lead(http: httpx.AsyncClient) -> None:
    for path in APP:
        for accept in ("text/html,*/*;q=0.8", "*/*", "application/json"):
            answer = await http.get(path, headers={"accept": accept})
            assert (answer.status_code, answer.text) == (200, PAGE), path
            assert answer.headers["content-type"] == "text/html; charset=utf-8"
            assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path", ["/", "/ui/assets/app-Ab3_x-9z.js", "/ui/assets/no", "/favicon.ico"]
)
async def test_every_answer_is_told_what_it_may_do(http: httpx.AsyncClient, path: str) -> None:
    headers = (await http.get(path)).headers
    assert SECURITY.items() <= dict(headers).items()
    rules = dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))
    assert rules["default-src"] == rules["frame-ancestors"] == "'none'"
    assert rules["script-src"] == rules["connect-src"] == "'self'"
    assert "unsafe-eval" not in headers["content-security-policy"]


@pytest.mark.parametrize(
    ("name", "kind", "kept"),
    [
        ("assets/app-Ab3_x-9z.js", "text/javascript; charset=utf-8", True),
        ("assets/style-Cd4_y-8w.css", "text/css; charset=utf-8", True),
        ("assets/inter-Ef5_z-7v.woff2", "font/woff2", True),
        ("assets/plain.json", "application/json", False),
        ("icon.svg", "image/svg+xml", False),
    ],
)
async def test_a_file_is_sent_as_what_it_is(
    http: httpx.AsyncClient, name: str, kind: str, kept: bool
) -> None:
    answer = await http.get(f"/ui/{name}", headers={"accept-encoding": "gzip"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
    assert ("immutable" in answer.headers["cache-control"]) == kept
    assert (answer.headers["cache-control"] == "no-cache") != kept


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("br;q=0, gzip", "gzip"), ("identity", "")],
)
async def test_each_gets_the_coding_it_takes(
    http: httpx.AsyncClient, accepted: str, coding: str
) -> None:
    expected = {"br": BROTLI, "gzip": gzip.compress(SCRIPT.encode(), mtime=0), "": SCRIPT.encode()}
    path = "/ui/assets/app-Ab3_x-9z.js"
    async with http.stream("GET", path, headers={"accept-encoding": accepted}) as answer:
        sent = b"".join([part async for part in answer.aiter_raw()])
    assert answer.headers.get("content-encoding", "") == coding
    assert answer.headers["vary"] == "accept-encoding"
    assert sent == expected[coding]


async def test_what_is_compressed_already_is_not_again(http: httpx.AsyncClient) -> None:
    answer = await http.get("/ui/assets/inter-Ef5_z-7v.woff2")
    assert "content-encoding" not in answer.headers
    assert answer.content == FONT


@pytest.mark.parametrize(
    "path", ["/", "/ui/assets/app-Ab3_x-9z.js", "/ui/assets/style-Cd4_y-8w.css"]
)
async def test_what_a_browser_has_is_not_sent_again(http: httpx.AsyncClient, path: str) -> None:
    tags = set()
    for accepted in ("gzip", "identity"):
        taken = {"accept-encoding": accepted}
        first = await http.get(path, headers=taken)
        tags.add(tag := first.headers["etag"])
        for known in (tag, f'"other", W/{tag}', "*"):
            again = await http.get(path, headers={**taken, "if-none-match": known})
            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["etag"] == tag
            assert again.headers["cache-control"] == first.headers["cache-control"]
        other = await http.get(path, headers={**taken, "if-none-match": '"other"'})
        assert other.status_code == 200
    assert len(tags) == 2


async def test_head_tells_and_sends_nothing(http: httpx.AsyncClient) -> None:
    for path in ("/", "/ui/runs", "/ui/assets/style-Cd4_y-8w.css"):
        head, got = await http.head(path), await http.get(path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == got.headers["content-length"]
        assert head.headers["etag"] == got.headers["etag"]


async def test_files_are_only_read(http: httpx.AsyncClient) -> None:
    for path in ("/", "/ui/runs", "/favicon.ico"):
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            assert (await http.request(method, path)).status_code == 405


async def test_only_files_that_were_listed_are_found(http: httpx.AsyncClient) -> None:
    for target in NO_FILES:
        assert await raw(http, target) == (404, b"There is no such file.\n"), target


async def test_what_leads_nowhere_else_is_the_app(http: httpx.AsyncClient) -> None:
    for target in STILL_APP:
        assert await raw(http, target) == (200, PAGE.encode()), target


async def test_everything_else_is_the_api_s(http: httpx.AsyncClient) -> None:
    for target in ("//", "//ui/", "/index.html", "/assets/plain.json", "/uix", "/runs1"):
        status, content = await raw(http, target)
        assert status == 404, target
        assert b"ROUTE_NOT_FOUND" in content


async def test_the_icon_that_browsers_look_for(http: httpx.AsyncClient, folder: Path) -> None:
    answer = await http.get("/favicon.ico")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    (folder / "icon.svg").unlink()
    assert (await http.get("/favicon.ico")).status_code == 204


async def test_a_new_build_shows_without_a_new_start(http: httpx.AsyncClient, folder: Path) -> None:
    assert (await http.get("/ui/assets/plain.json")).status_code == 200
    (folder / "assets" / "plain.json").unlink()
    (folder / "assets" / "new-Gh6_a-5u.js").write_text("new()")
    (folder / "index.html").write_text("<title>New</title>")
    assert (await http.get("/ui/assets/new-Gh6_a-5u.js")).text == "new()"
    assert (await http.get("/")).text == "<title>New</title>"
    assert (await http.get("/ui/assets/plain.json")).status_code == 404


async def test_a_file_that_goes_while_it_is_asked_for_is_not_found(
    http: httpx.AsyncClient, folder: Path
) -> None:
    assert (await http.get("/")).status_code == 200
    (folder / "assets" / "plain.json").unlink()
    assert (await http.get("/ui/assets/plain.json")).status_code == 404


async def test_without_a_build_a_page_says_how_to_make_one(tmp_path: Path) -> None:
    folder = tmp_path / "nothing"
    assert not is_built(folder)
    async with (
        edge_in(tmp_path, routes=Dashboard(folder).routes()) as edge,
        httpx.AsyncClient(base_url=f"http://{edge.address}") as http,
    ):
        page = await http.get("/")
        assert page.status_code == 200
        assert page.headers["cache-control"] == "no-store"
        assert SECURITY.items() <= dict(page.headers).items()
        assert "make dashboard" in page.text
        assert "<script" not in page.text
        for link in ("/docs", "/redoc"):
            assert f'href="{link}"' in page.text
        deep = await http.get("/ui/runs/1")
        assert (deep.status_code, deep.text) == (404, page.text)
        assert (await http.get("/ui/assets/app-Ab3_x-9z.js")).status_code == 404
        assert (await http.get("/favicon.ico")).status_code == 204
        build_in(folder)
        assert is_built(folder)
        assert (await http.get("/ui/runs/1")).text == PAGE


async def test_a_server_serves_it_and_leaves_the_other_apis_alone(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(dashboard_files, "FOLDER", folder)
    async with (
        serve(settings_in(tmp_path, http_address="127.0.0.1:0")) as server,
        httpx.AsyncClient(base_url=f"http://{server.http_address}") as http,
    ):
        assert (await http.get("/")).text == PAGE
        assert (await http.get("/ok")).json() == {"ok": True}
        assert (await http.get("/info")).headers["content-type"] == "application/json"
        assert (await http.post("/threads/search", json={})).json() == []
        assert (await http.get("/v1/runs")).status_code == 200
        assert (await http.get("/", headers={"host": "evil.example"})).status_code == 403
        foreign = {"origin": "https://evil.example"}
        assert "access-control-allow-origin" not in (await http.get("/", headers=foreign)).headers


async def test_below_a_prefix_of_langgraph_s_there_is_no_dashboard(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(dashboard_files, "FOLDER", folder)
    settings = settings_in(tmp_path, http_address="127.0.0.1:0", langgraph_prefix="/langgraph")
    async with (
        serve(settings) as server,
        httpx.AsyncClient(base_url=f"http://{server.http_address}") as http,
    ):
        assert (await http.get("/langgraph/ok")).json() == {"ok": True}
        assert (await http.get("/langgraph/ui/runs")).status_code == 404
        assert (await http.get("/ui/runs")).text == PAGE


async def test_switched_off_its_addresses_are_the_api_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    settings = settings_in(tmp_path, http_address="127.0.0.1:0", dashboard=False)
    async with (
        serve(settings) as server,
        httpx.AsyncClient(base_url=f"http://{server.http_address}") as http,
    ):
        for path in ("/", "/ui", "/ui/runs", "/favicon.ico"):
            answer = await http.get(path)
            assert answer.status_code == 404
            assert answer.json()["details"][0]["reason"] == "ROUTE_NOT_FOUND"


async def test_a_gateway_serves_it_too(web: Server, tmp_path: Path) -> None:
    for on, status in ((True, 200), (False, 404)):
        settings = settings_in(tmp_path, http_address="127.0.0.1:0", dashboard=on)
        async with (
            passing_on(settings, web.grpc_address) as address,
            httpx.AsyncClient(base_url=f"http://{address}") as http,
        ):
            assert (await http.get("/")).status_code == status


def test_every_kind_says_its_charset_or_has_none() -> None:
    for suffix, kind in KINDS.items():
        assert suffix.startswith(".")
        assert ("charset=utf-8" in kind) == (kind.split("/")[0] == "text")

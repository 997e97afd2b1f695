"""The pages /docs and /redoc: whole, of this server only, and safe to show."""

import gzip
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from tests.conftest import settings_in

from runwire.gateway import passing_on
from runwire.http.openapi import document
from runwire.http.watches import SERVICES
from runwire.server import Server


class Page(HTMLParser):
    """What a page loads, and the scripts that it holds itself."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.inline: list[str] = []
        self._script = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.loads += [found[key] or "" for key in ("src", "href") if found.get(key)]
        self.inline += [key for key in found if key.startswith("on")]
        self._script = tag == "script"

    def handle_data(self, data: str) -> None:
        if self._script and data.strip():
            self.inline.append(data)


@pytest.mark.parametrize("page", ["/docs", "/redoc"])
def test_a_page_loads_nothing_from_elsewhere(url: str, page: str) -> None:
    answer = httpx.get(url + page)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    found = Page(answer.text)
    assert found.inline == []
    assert len(found.loads) > 4
    for each in found.loads:
        if each == "data:,":
            continue
        where = urljoin(url + page, each)
        assert urlsplit(where).netloc == urlsplit(url).netloc
        assert httpx.get(where).status_code == 200, where


@pytest.mark.parametrize("page", ["/docs", "/redoc"])
def test_a_page_may_run_only_scripts_of_this_server(url: str, page: str) -> None:
    policy = httpx.get(url + page).headers["content-security-policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == "'self'"
    assert rules["connect-src"] == "'self'"
    assert rules["frame-ancestors"] == "'none'"


def test_the_document_is_served_as_it_is_made(url: str) -> None:
    answer = httpx.get(f"{url}/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-encoding"] == "gzip"
    told = answer.json()
    names = {tag["name"] for tag in told["tags"]}
    assert names >= {"RunService", "ArtifactService", "GraphService", "AdminService"}
    served = [service for service in SERVICES if service.name in names]
    assert told == json.loads(json.dumps(document(served, secured=False)))


@pytest.mark.parametrize("path", ["/openapi.json", "/docs/swagger-ui.js", "/docs/redoc.js"])
def test_who_takes_no_gzip_gets_the_same_plainly(url: str, path: str) -> None:
    plain = httpx.get(url + path, headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == httpx.get(url + path).content


@pytest.mark.parametrize("path", ["/openapi.json", "/docs", "/docs/swagger-ui.css"])
def test_what_a_browser_has_is_not_sent_again(url: str, path: str) -> None:
    first = httpx.get(url + path)
    again = httpx.get(url + path, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert httpx.get(url + path, headers={"if-none-match": '"other"'}).status_code == 200


def test_head_and_unknown_files(url: str) -> None:
    head = httpx.head(f"{url}/docs")
    assert (head.status_code, head.content) == (200, b"")
    assert httpx.get(f"{url}/docs/nothing.js").status_code == 404
    assert httpx.post(f"{url}/docs").status_code == 405


def test_the_versions_are_those_that_are_fetched(url: str) -> None:
    assert re.search(r"5\.35\.0", httpx.get(f"{url}/docs/swagger-ui.js").text)
    assert re.search(r"2\.5\.4", httpx.get(f"{url}/docs/redoc.js").text)


def test_gzip_is_gzip(url: str) -> None:
    with httpx.stream("GET", f"{url}/openapi.json", headers={"accept-encoding": "gzip"}) as answer:
        raw = b"".join(answer.iter_raw())
    assert json.loads(gzip.decompress(raw))["openapi"].startswith("3.1")


async def test_a_gateway_has_the_pages_too(web: Server, tmp_path: Path) -> None:
    settings = settings_in(tmp_path, http_address="127.0.0.1:0")
    async with (
        passing_on(settings, web.grpc_address) as address,
        httpx.AsyncClient(base_url=f"http://{address}") as http,
    ):
        made = (await http.get("/openapi.json")).json()
        assert {tag["name"] for tag in made["tags"]} == {each.name for each in SERVICES}
        assert (await http.get("/docs")).status_code == 200

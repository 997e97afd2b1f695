"""Artifacts: lists, previews in which nothing runs, download, upload, delete."""

import hashlib
import re
import struct
import zlib
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.dashboard.conftest import DESK, PHONE, assert_accessible, assert_fits

from runwire_client import Client
from runwire_client.errors import NotFound

HOSTILE = b"""<!doctype html><title>x</title><h1 id="words">Only words</h1>
<script>document.getElementById('words').textContent = 'A script ran'</script>
<img src="x" onerror="document.getElementById('words').textContent = 'A handler ran'">
<a href="javascript:alert(1)">go</a>"""


def png() -> bytes:
    """Make a picture of one red point."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        sum_ = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", sum_)

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\x00\xff\x00\x00")
    start = b"\x89PNG\r\n\x1a\n"
    return start + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def stored(client: Client, content: bytes, filename: str, content_type: str) -> str:
    """Store an artifact and return its id."""
    made = client.artifacts.upload(content, filename=filename, content_type=content_type)
    return made.artifact_id


def test_a_table_is_shown_as_one(page: Page, url: str, client: Client) -> None:
    rows = "".join(f"A-{n},{n * 2}\n" for n in range(5000))
    found = stored(client, f"order,price\n{rows}".encode(), "orders.csv", "text/csv")
    page.goto(f"{url}/ui/artifacts?artifact={found}")
    table = page.get_by_role("table", name="Content of orders.csv")
    expect(table.get_by_role("columnheader")).to_have_text(["order", "price"])
    expect(table.get_by_role("cell", name="A-0", exact=True)).to_be_visible()
    expect(page.get_by_text("5,000 rows, 2 columns")).to_be_visible()
    assert table.get_by_role("row").count() < 100
    assert_accessible(page)


def test_json_a_picture_and_text_are_shown(page: Page, url: str, client: Client) -> None:
    found = stored(client, b'{"a":[1,2]}', "a.json", "application/json")
    page.goto(f"{url}/ui/artifacts?artifact={found}")
    expect(page.get_by_label("Content of a.json")).to_contain_text('"a": [')
    page.goto(f"{url}/ui/artifacts?artifact={stored(client, png(), 'dot.png', 'image/png')}")
    picture = page.get_by_role("img", name="dot.png")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1
    found = stored(client, b"<b>not bold</b>", "note.txt", "text/plain")
    page.goto(f"{url}/ui/artifacts?artifact={found}")
    expect(page.get_by_label("Content of note.txt")).to_have_text("<b>not bold</b>")


def test_nothing_in_a_page_runs(browser: Browser, url: str, client: Client) -> None:
    found = stored(client, HOSTILE, "page.html", "text/html")
    # The policy's complaint about what it stops is what is wanted here: no fixture that minds it.
    context = browser.new_context(viewport=DESK)
    page = context.new_page()
    page.goto(f"{url}/ui/artifacts?artifact={found}")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading")).to_have_text("Only words")
    assert page.locator("iframe").get_attribute("sandbox") == ""
    context.close()


def test_a_report_of_a_run_is_shown_on_its_page(page: Page, url: str, client: Client) -> None:
    table = (Path(__file__).parents[2] / "examples/data_quality/orders.csv").read_bytes()
    run = client.runs.create(
        "data_quality", {"table": stored(client, table, "orders.csv", "text/csv")}
    )
    page.goto(f"{url}/ui/runs/{run.run_id}?tab=artifacts")
    page.get_by_role("button", name=re.compile("report.html")).click()
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", name="Data quality")).to_be_visible()
    page.get_by_role("button", name=re.compile("cleaned.csv")).click()
    expect(page.get_by_role("table", name="Content of cleaned.csv")).to_be_visible()


def test_what_is_large_is_asked_for_first(page: Page, url: str, client: Client) -> None:
    line = b"0123456789" * 10 + b"\n"
    found = stored(client, line * 60_000, "long.log", "text/plain")
    page.goto(f"{url}/ui/artifacts?artifact={found}")
    page.get_by_role("button", name="Show the first 5.0 MB").click()
    expect(page.get_by_text("This is its beginning")).to_be_visible()


def test_it_is_downloaded_as_it_is(page: Page, url: str, client: Client) -> None:
    content = bytes(range(256)) * 1000
    found = stored(client, content, "some.bin", "application/octet-stream")
    page.goto(f"{url}/ui/artifacts?artifact={found}")
    expect(page.get_by_text("There is no preview of this type.")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == "some.bin"
    got = Path(download.value.path()).read_bytes()
    assert hashlib.sha256(got).digest() == hashlib.sha256(content).digest()


def test_files_are_stored_and_deleted(page: Page, url: str, client: Client, tmp_path: Path) -> None:
    file = tmp_path / "brought.md"
    file.write_text("# Words")
    page.goto(f"{url}/ui/artifacts")
    page.get_by_label("Files to store").set_input_files(file)
    expect(page.get_by_label("Content of brought.md")).to_have_text("# Words")
    found = re.search("artifact=([^&]+)", page.url)
    assert found
    assert client.artifacts.get(found[1]).size_bytes == 7
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Delete the artifact").click()
    expect(page.get_by_text("Choose an artifact")).to_be_visible()
    with pytest.raises(NotFound):
        client.artifacts.get(found[1])


def test_it_fits_a_phone(page: Page, url: str, client: Client) -> None:
    found = stored(client, b"a,b\n1,2\n", "small.csv", "text/csv")
    page.set_viewport_size(PHONE)
    page.goto(f"{url}/ui/artifacts?artifact={found}")
    expect(page.get_by_role("table", name="Content of small.csv")).to_be_visible()
    assert_fits(page)
    assert_accessible(page)

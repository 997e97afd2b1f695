"""The pages that show the API: /openapi.json, /docs (Swagger UI) and /redoc (ReDoc).

1. Everything they need is in this package; they load nothing from anywhere else, and the policy
   they are sent with makes browsers keep to that. It allows no inline script.
2. They say nothing that the documentation does not, so they ask for no credentials.
"""

import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import resources
from typing import Any, Final

from starlette.routing import Route

from runwire.http.asset import GZIP, Asset

_JSON: Final = "application/json"
_PAGES: Final = {"/docs": "docs.html", "/redoc": "redoc.html"}
_FILES: Final = {
    "docs.css": "text/css; charset=utf-8",
    "docs.js": "text/javascript; charset=utf-8",
    "redoc.js": "text/javascript; charset=utf-8",
    "reference.js": "text/javascript; charset=utf-8",
    "swagger-ui.css": "text/css; charset=utf-8",
    "swagger-ui.js": "text/javascript; charset=utf-8",
}
_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        # Both pages put <style> elements of their own into the page.
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS: Final = {
    # What is there may be kept, but is asked for again: an upgrade shows at once.
    "cache-control": "no-cache",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


def routes(document: Callable[[], Mapping[str, Any]]) -> Sequence[Route]:
    """Return the routes of the pages and of the document that they show.

    All of it is made when it is first asked for: most servers are never asked.
    """
    assets = {
        "/openapi.json": _asset(lambda: _spelled(document()), _JSON),
        **{path: _page(name) for path, name in _PAGES.items()},
        **{f"/docs/{name}": _asset(partial(_packed, name), kind) for name, kind in _FILES.items()},
    }
    return [Route(path, asset.answer, methods=["GET"]) for path, asset in assets.items()]


def _spelled(document: Mapping[str, Any]) -> bytes:
    return gzip.compress(json.dumps(document, separators=(",", ":")).encode(), 6, mtime=0)


def _page(name: str) -> Asset:
    headers = {"content-security-policy": _POLICY, "x-frame-options": "DENY"}
    return _asset(partial(_packed, name), "text/html; charset=utf-8", headers)


def _asset(pack: Callable[[], bytes], kind: str, more: Mapping[str, str] | None = None) -> Asset:
    return Asset({GZIP: pack}, kind, {**_HEADERS, **(more or {})})


def _packed(name: str) -> bytes:
    """Return a file of this package gzipped, as the large ones rest already."""
    folder = resources.files("runwire.http").joinpath("assets")
    ready = folder.joinpath(f"{name}.gz")
    if ready.is_file():
        return ready.read_bytes()
    return gzip.compress(folder.joinpath(name).read_bytes(), 9, mtime=0)

"""The dashboard's files: `/` and `/ui/…`, as `clients/dashboard` is built into this package.

1. `/` and every path below `/ui/` that is no file are the app, which shows what its address says;
   only below `/ui/assets/` what is not there is not found.
2. Requests choose among the files that were listed: no path is made from what somebody sends.
3. Nothing is read before somebody asks. A page's request looks whether there was a new build, so
   that neither a build nor an upgrade needs another start.
4. The files say nothing that is not public, so they ask for no credentials: the app signs in, and
   shows its key with each call of the API.
5. Where there is no build, a page says how to make one.
"""

import gzip
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from runwire.http.asset import BROTLI, GZIP, PLAIN, Asset, Read

FOLDER: Final = Path(__file__).with_name("dashboard")
PAGE: Final = "index.html"
ASSETS: Final = "assets/"
HTML: Final = "text/html; charset=utf-8"
KINDS: Final = {
    ".css": "text/css; charset=utf-8",
    ".gif": "image/gif",
    ".html": HTML,
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
"""Files of other kinds are not served: source maps, say."""
PACKED: Final = {".br": BROTLI, ".gz": GZIP}
SMALL: Final = frozenset({".gif", ".jpg", ".png", ".webp", ".woff2"})
"""Kinds that are compressed by themselves."""
ICONS: Final = ("favicon.ico", "icon.svg")
POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        # React and its components set styles of single elements.
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self'",
        "frame-src 'self' blob:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
UNUSED: Final = ("accelerometer", "camera", "geolocation", "gyroscope", "magnetometer")
SECURITY: Final = {
    "content-security-policy": POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": ", ".join(
        f"{each}=()" for each in (*UNUSED, "microphone", "payment", "usb")
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
ASK_AGAIN: Final = {"cache-control": "no-cache"}
FOR_EVER: Final = {"cache-control": "public, max-age=31536000, immutable"}
_HASHED: Final = re.compile(r"-[A-Za-z0-9_-]{8,}\.[a-z0-9]+$")

Build = Mapping[str, Asset]
"""Files of a build by their paths in it."""


class Dashboard:
    """The files of a folder that may be built, or built again, while they are served."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or FOLDER
        self._seen: object = None
        self._build: Build = {}

    def routes(self) -> Sequence[Route]:
        """Return what is served: `/`, `/ui/…`, and the icon that browsers look for."""
        return (
            Route("/", self._page, methods=["GET"]),
            Route("/ui", self._page, methods=["GET"]),
            Route("/ui/{path:path}", self._file, methods=["GET"]),
            Route("/favicon.ico", self._icon, methods=["GET"]),
        )

    async def _page(self, request: Request) -> Response:
        self._look()
        if PAGE not in self._build:
            return _unbuilt(200)  # not 503: load balancers like to ask for `/`
        return await self._send(PAGE, request)

    async def _file(self, request: Request) -> Response:
        path: str = request.path_params["path"]
        if path not in self._build:
            self._look()  # a page of the newest build may ask before any other does
        if path in self._build:
            return await self._send(path, request)
        if path.startswith(ASSETS):
            return _absent()
        return await self._page(request) if PAGE in self._build else _unbuilt(404)

    async def _icon(self, request: Request) -> Response:
        self._look()
        found = next((name for name in ICONS if name in self._build), None)
        if found is None:
            return Response(status_code=204, headers={**SECURITY, **ASK_AGAIN})
        return await self._send(found, request)

    async def _send(self, path: str, request: Request) -> Response:
        try:
            return await self._build[path].answer(request)
        except FileNotFoundError:  # a build is replacing it
            self._seen = None
            return _absent()

    def _look(self) -> None:
        """List the files, unless they are those that were listed."""
        seen = [_changed(self._folder / name) for name in ("", PAGE, ASSETS)]
        if seen != self._seen:
            self._build = dict(_listed(self._folder))
            self._seen = seen


def is_built(folder: Path = FOLDER) -> bool:
    """Whether there is a dashboard to serve."""
    return any((folder / f"{PAGE}{suffix}").is_file() for suffix in ("", ".gz"))


def _changed(path: Path) -> int | None:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return None


def _listed(folder: Path) -> Iterator[tuple[str, Asset]]:
    """Yield every file that may be served, under the path by which it is asked for."""
    found: dict[str, dict[str, Read]] = {}
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        name = path.relative_to(folder).as_posix()
        coding = PACKED.get(path.suffix, PLAIN)
        name = name.removesuffix(path.suffix) if coding else name
        found.setdefault(name, {})[coding] = path.read_bytes
    for name, forms in found.items():
        kind = Path(name).suffix
        if kind in KINDS and (PLAIN in forms or GZIP in forms):
            yield name, _asset(name, kind, forms)


def _asset(name: str, kind: str, forms: Mapping[str, Read]) -> Asset:
    if GZIP not in forms and kind not in SMALL:
        forms = {**forms, GZIP: partial(_packed, forms[PLAIN])}
    best_first = {each: forms[each] for each in (BROTLI, GZIP, PLAIN) if each in forms}
    hashed = name.startswith(ASSETS) and _HASHED.search(name)
    return Asset(best_first, KINDS[kind], {**SECURITY, **(FOR_EVER if hashed else ASK_AGAIN)})


def _packed(read: Read) -> bytes:
    return gzip.compress(read(), 9, mtime=0)


def _absent() -> Response:
    return PlainTextResponse("There is no such file.\n", 404, {**SECURITY, **ASK_AGAIN})


def _unbuilt(status: int) -> Response:
    page = resources.files("runwire.http").joinpath("assets", "no-dashboard.html").read_bytes()
    return Response(page, status, {**SECURITY, "cache-control": "no-store"}, HTML)

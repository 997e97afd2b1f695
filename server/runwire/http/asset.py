"""Content that does not change while it is served, in the codings that callers take."""

import gzip
import hashlib
from collections.abc import Callable, Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from httprule.replies import accepts

BROTLI: Final = "br"
GZIP: Final = "gzip"
PLAIN: Final = ""

Read = Callable[[], bytes]


class Asset:
    """One file, kept in each coding once somebody has asked for it."""

    def __init__(
        self, forms: Mapping[str, Read], media_type: str, headers: Mapping[str, str]
    ) -> None:
        """Take how each coding is read, the best first; without PLAIN it is made from GZIP."""
        self._forms = forms
        self._headers = {"vary": "accept-encoding", **headers, "content-type": media_type}
        self._kept: dict[str, tuple[bytes, str]] = {}

    async def answer(self, request: Request) -> Response:
        """Return the content, or that the caller has it already."""
        accepted = request.headers.get("accept-encoding", "")
        coding = next((each for each in self._forms if not each or accepts(each, accepted)), PLAIN)
        unpacked = coding not in self._forms
        content, tag = self._read(GZIP if unpacked else coding)
        # The same file in another coding is another representation, with a tag of its own.
        headers = {**self._headers, "etag": f'"{tag}-{coding}"' if coding else f'"{tag}"'}
        if _has(request, headers["etag"]):
            return Response(status_code=304, headers=headers)
        if coding:
            headers["content-encoding"] = coding
        return Response(gzip.decompress(content) if unpacked else content, headers=headers)

    def _read(self, form: str) -> tuple[bytes, str]:
        if form not in self._kept:
            content = self._forms[form]()
            self._kept[form] = content, hashlib.sha256(content).hexdigest()[:32]
        return self._kept[form]


def _has(request: Request, tag: str) -> bool:
    known = request.headers.get("if-none-match", "")
    return known.strip() == "*" or tag in known

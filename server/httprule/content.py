"""A stream of google.api.HttpBody as the content it is, whole or in part.

1. How long it is, its file name and its tag come from the first response (`Ranges`).
2. Each chunk is held until the next one or the end has come. A call that fails behind the last
   chunk, because the content is damaged, so never looks complete: the connection is cut.
3. Nothing that a browser would run: it is an attachment, and stays of the type it has.
"""

from typing import Any, Final
from urllib.parse import quote

from google.protobuf.message import Message
from google.rpc import code_pb2, error_details_pb2

from httprule.backend import Metadata
from httprule.failures import Failure
from httprule.limits import Ranges
from httprule.ranges import Part
from httprule.replies import Reply
from httprule.sinks import Cut, Enough
from httprule.transcoder import Found

SAFE: Final = (("content-security-policy", "default-src 'none'; sandbox"),)
OCTETS: Final = "application/octet-stream"


class Facts:
    """What the first response says of the content."""

    def __init__(self, how: Ranges | None, message: Message) -> None:
        self.size = int(_at(message, how.size)) if how and _at(message, how.size) != "" else None
        self.filename = str(_at(message, how.filename)) if how else ""
        etag = str(_at(message, how.etag)) if how else ""
        self.etag = f'"{etag}"' if etag and etag.isalnum() else ""


class Content:
    """What is downloaded."""

    def __init__(
        self,
        found: Found,
        reply: Reply,
        *,
        how: Ranges | None,
        request: Any,
        part: Part | None,
        known: str,
    ) -> None:
        self._found = found
        self._reply = reply
        self._how = how
        self._part = part
        self._known = known
        self._held = b""
        self._offset = getattr(request, how.offset) if how else 0
        self._limit = getattr(request, how.limit) if how else 0

    async def write(self, message: Message) -> None:
        answer = self._found.answer(message)
        if not self._reply.status:
            await self._begin(Facts(self._how, message), answer.content_type)
        elif self._held:
            await self._reply.more(self._held)
        self._held = answer.data

    async def end(self, trailers: Metadata) -> None:
        del trailers  # nothing can follow a body
        if not self._reply.status:
            await self._reply.whole(200, OCTETS, b"")
            return
        await self._reply.finish(self._held)

    async def fail(self, failure: Failure) -> None:
        if self._reply.status:
            raise Cut
        if self._part is not None and failure.status.code == code_pb2.OUT_OF_RANGE:
            failure.http_status = 416
            await self._reply.fail(failure, self._beyond(failure))
            return
        await self._reply.fail(failure)

    async def _begin(self, facts: Facts, content_type: str) -> None:
        headers = [("content-type", content_type or OCTETS), *SAFE]
        headers.append(("content-disposition", disposition(facts.filename)))
        if facts.etag:
            headers.append(("etag", facts.etag))
        if self._how is not None:
            headers.append(("accept-ranges", "bytes"))
        if facts.etag and self._part is None and _matches(self._known, facts.etag):
            await self._reply.start(304, headers[1:])
            await self._stop()
        status = self._place(facts, headers)
        await self._reply.start(status, headers)
        if self._reply.bodiless or status == 416:
            await self._stop()

    def _place(self, facts: Facts, headers: list[tuple[str, str]]) -> int:
        """Add which part of how much this is; return the HTTP status."""
        if facts.size is None:
            return 200
        rest = max(0, facts.size - self._offset)
        if self._part is not None and not rest:
            headers += [("content-range", f"bytes */{facts.size}"), ("content-length", "0")]
            return 416
        headers.append(("content-length", str(min(rest, self._limit or rest))))
        if self._part is None:
            return 200
        headers.append(("content-range", self._part.of(facts.size)))
        return 206

    def _beyond(self, failure: Failure) -> list[tuple[str, str]]:
        """Say how much there is, where the failure does."""
        info = error_details_pb2.ErrorInfo()
        found = any(detail.Unpack(info) for detail in failure.status.details)
        name = self._how.size.rpartition(".")[2] if self._how else ""
        size = info.metadata.get(name, "") if found else ""
        return [("content-range", f"bytes */{size}")] if size.isdecimal() else []

    async def _stop(self) -> None:
        await self._reply.finish()
        raise Enough


def disposition(filename: str) -> str:
    """Return a Content-Disposition that saves content under a name, and shows it nowhere."""
    if not filename:
        return "attachment"
    plain = "".join(c if c.isascii() and (c.isalnum() or c in " ._-") else "_" for c in filename)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"


def _at(message: Any, path: str) -> Any:
    """Return what a message has at a path, "" if a message on the way is not there."""
    *above, name = path.split(".")
    for each in above:
        if not message.HasField(each):
            return ""
        message = getattr(message, each)
    return getattr(message, name) if name else ""


def _matches(known: str, etag: str) -> bool:
    tags = [each.strip().removeprefix("W/") for each in known.split(",")]
    return etag in tags or tags == ["*"]

"""One attempt over HTTP: resolve, check the addresses, connect to one of them, and read little.

1. The connection goes to an address that was checked; TLS and the header Host speak of the name.
2. Each attempt has a connection of its own: one that was made for another name is never reused.
3. Redirects are not followed, proxies of the environment not used, cookies not kept.
4. What is told of a failure names neither addresses nor what the endpoint has answered, since
   those who read it may be none of those who may know.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

import httpx

from runwire.domain.attempts import Answer
from runwire.domain.destination import ALLOWED_BY, Destination, destination_of, is_public
from runwire.domain.errors import Invalid

MAX_CONNECT_SECONDS: Final = 5.0
MAX_ANSWER_BYTES: Final = 64 * 1024
MAX_ADDRESSES: Final = 3

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""(name, port) → the addresses it has now; raises OSError."""


async def resolve(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a host, as this machine finds them."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class Poster:
    """Posts to endpoints, each within a time."""

    def __init__(
        self,
        *,
        timeout_seconds: float,
        allow_private: bool,
        resolve: Resolve = resolve,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._timeout_seconds = timeout_seconds
        self._allow_private = allow_private
        self._resolve = resolve
        # The transport alone: a client would log urls, keep cookies and ask the environment.
        self._transport = httpx.AsyncHTTPTransport(
            verify=tls or ssl.create_default_context(),
            trust_env=False,
            limits=httpx.Limits(max_keepalive_connections=0),
        )
        self._timeouts = httpx.Timeout(
            timeout_seconds, connect=min(timeout_seconds, MAX_CONNECT_SECONDS)
        ).as_dict()

    async def close(self) -> None:
        """Close what is open."""
        await self._transport.aclose()

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Return how an endpoint answers, or why it does not."""
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await self._post(url, headers, body)
        except (TimeoutError, httpx.TimeoutException):
            told = f"no whole answer within {self._timeout_seconds:g} s"
        except Invalid as error:
            told = error.message
        except OSError:
            told = "the name of the host is not known"
        except httpx.HTTPError as error:
            told = _named(error)
        except httpx.InvalidURL:
            told = "the url cannot be used"
        return Answer(error=told)

    async def _post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        place = destination_of(url, allow_private=self._allow_private)
        addresses = await self._resolve(place.host, place.port)
        if not self._allow_private and not all(map(is_public, addresses)):
            return Answer(error=f"the host leads to an address that is not public; {ALLOWED_BY}")
        error: Exception = OSError("no address")
        for address in addresses[:MAX_ADDRESSES]:
            try:
                return await self._post_to(place, address, headers, body)
            except (httpx.ConnectError, httpx.ConnectTimeout) as failure:
                error = failure
        raise error

    async def _post_to(
        self, place: Destination, address: str, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        about = {"host": place.authority, "accept-encoding": "identity", "connection": "close"}
        request = httpx.Request(
            "POST",
            place.at(address),
            content=body,
            headers={**headers, **about},
            extensions={"timeout": self._timeouts, "sni_hostname": place.host.rstrip(".")},
        )
        response = await self._transport.handle_async_request(request)
        try:
            await _drain(response)
        finally:
            await response.aclose()
        retry_after = response.headers.get("retry-after", "")
        return Answer(code=response.status_code, retry_after=retry_after)


async def _drain(response: httpx.Response) -> None:
    """Read what an endpoint has to say, as far as that is little; it counts for nothing."""
    size = 0
    async for chunk in response.aiter_raw():
        size += len(chunk)
        if size > MAX_ANSWER_BYTES:
            return


def _named(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.ConnectError):
        cause = error.__cause__ or error.__context__
        while cause is not None:
            if isinstance(cause, ssl.SSLError):
                return "TLS: the certificate is not trusted, or none is spoken"
            cause = cause.__cause__ or cause.__context__
        return "cannot connect"
    return "the connection broke before there was an answer"

"""Attempts over real sockets: where they connect to, and how little they take."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence

import pytest
import trustme
from tests.webhooks.receiver import Receiver, receiving, status

from runwire.delivery.posting import MAX_ANSWER_BYTES, Poster
from runwire.domain.attempts import Answer

HEADERS = {"webhook-id": "msg_1"}


class Names:
    """A resolver whose answers change from one look to the next, as a hostile one's do."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as found:
        yield found


async def post(url: str, *, seconds: float = 5, **how: object) -> Answer:
    poster = Poster(timeout_seconds=seconds, **{"allow_private": True, **how})  # type: ignore[arg-type]
    try:
        return await poster.post(url, HEADERS, b"{}")
    finally:
        await poster.close()


async def test_a_body_is_posted_to_the_path_with_its_headers(receiver: Receiver) -> None:
    assert await post(receiver.url) == Answer(code=204)
    [received] = receiver.received
    assert received.line == "POST /hook?team=risk HTTP/1.1"
    assert received.id == "msg_1"
    assert received.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert received.body == b"{}"


async def test_nothing_reaches_a_private_address_unless_it_is_allowed(receiver: Receiver) -> None:
    answer = await post(receiver.url, allow_private=False)
    assert "not public" in answer.error
    assert "webhook_allow_private" in answer.error
    assert receiver.received == []


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["::ffff:127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["169.254.169.254"], ["::1"]],
)
async def test_a_name_that_leads_to_a_private_address_is_refused(
    receiver: Receiver, addresses: list[str]
) -> None:
    url = f"http://hooks.example.com:{receiver.port}/"
    answer = await post(url, allow_private=False, resolve=Names(addresses))
    assert "not public" in answer.error
    assert not any(address in answer.error for address in addresses)
    assert receiver.received == []


async def test_a_name_that_changes_its_mind_is_looked_up_once_an_attempt(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Public when it is checked; a second look, which there must not be, would find this machine.
    names = Names(["192.0.2.1", "127.0.0.1"], ["127.0.0.1"])
    url = f"http://hooks.example.com:{receiver.port}/"
    poster = Poster(timeout_seconds=5, allow_private=False, resolve=names)
    first = await poster.post(url, HEADERS, b"{}")
    second = await poster.post(url, HEADERS, b"{}")
    await poster.close()
    assert "not public" in first.error
    assert "not public" in second.error
    assert names.asked == ["hooks.example.com"] * 2
    assert receiver.received == []


async def test_the_connection_goes_to_the_address_that_was_found(receiver: Receiver) -> None:
    names = Names(["127.0.0.1"], ["192.0.2.1"])
    url = f"http://no-such-name.invalid:{receiver.port}/"
    assert (await post(url, resolve=names)).code == 204
    assert receiver.received[0].headers["host"] == f"no-such-name.invalid:{receiver.port}"
    assert names.asked == ["no-such-name.invalid"]


async def test_the_next_address_is_tried_where_one_refuses(receiver: Receiver) -> None:
    url = f"http://hooks.example.com:{receiver.port}/"
    assert (await post(url, resolve=Names(["127.0.0.2", "127.0.0.1"]))).code == 204


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
async def test_redirects_are_answers_and_not_followed(receiver: Receiver, code: int) -> None:
    receiver.usual = status(code, f"location: http://127.0.0.1:{receiver.port}/other")
    assert await post(receiver.url) == Answer(code=code)
    assert len(receiver.received) == 1


async def test_cookies_of_an_endpoint_are_not_kept(receiver: Receiver) -> None:
    receiver.usual = status(200, "set-cookie: a=b; path=/")
    poster = Poster(timeout_seconds=5, allow_private=True)
    for _ in range(2):
        await poster.post(receiver.url, HEADERS, b"{}")
    await poster.close()
    assert "cookie" not in receiver.received[1].headers


async def test_a_proxy_of_the_environment_is_not_used(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    assert (await post(receiver.url)).code == 204


async def test_an_answer_that_never_ends_is_cut_and_counts(receiver: Receiver) -> None:
    sent = 0

    async def endless(writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n")
        while True:
            writer.write(b"x" * 65_536)
            await writer.drain()
            sent += 65_536

    receiver.usual = endless
    assert (await post(receiver.url)).code == 200
    assert sent < 200 * MAX_ANSWER_BYTES


async def test_an_answer_that_drips_is_given_up(receiver: Receiver) -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        for byte in b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n" + b"x" * 1000:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.02)

    receiver.usual = drip
    assert await post(receiver.url, seconds=0.5) == Answer(error="no whole answer within 0.5 s")


async def test_silence_is_given_up(receiver: Receiver) -> None:
    receiver.usual = None
    assert "within 0.3 s" in (await post(receiver.url, seconds=0.3)).error


@pytest.mark.parametrize(
    "garbage", [b"", b"SSH-2.0-x\r\n", b"HTTP/1.1 200 OK\r\nx: " + b"y" * 300_000 + b"\r\n\r\n"]
)
async def test_what_is_no_http_is_a_failure(receiver: Receiver, garbage: bytes) -> None:
    receiver.usual = garbage
    answer = await post(receiver.url)
    assert answer.code == 0
    assert answer.error == "the connection broke before there was an answer"


async def test_where_nobody_listens_is_told_plainly() -> None:
    assert await post("http://127.0.0.1:1/") == Answer(error="cannot connect")


async def test_an_unknown_name_is_told_plainly() -> None:
    async def nobody(host: str, port: int) -> Sequence[str]:
        raise OSError("[Errno -2] Name or service not known")

    answer = await post("http://hooks.example.com/", resolve=nobody)
    assert answer == Answer(error="the name of the host is not known")


@pytest.mark.parametrize("named", ["hooks.example.com", "other.example.com"])
async def test_tls_is_for_the_name_and_not_for_the_address(named: str) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(named).configure_cert(context)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    async with receiving(tls=context) as receiver:
        url = f"https://hooks.example.com:{receiver.port}/"
        answer = await post(url, resolve=Names(["127.0.0.1"]), tls=trusting)
    if named == "hooks.example.com":
        assert answer == Answer(code=204)
    else:
        assert "certificate" in answer.error
        assert receiver.received == []


async def test_a_certificate_that_nobody_has_signed_is_refused() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    async with receiving(tls=context) as receiver:
        answer = await post(f"https://127.0.0.1:{receiver.port}/")
    assert "certificate" in answer.error
    assert receiver.received == []

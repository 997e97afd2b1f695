"""What a client shows, and to whom it does not."""

import logging

import pytest

from runwire_client import AsyncClient, Client, Invalid, Tls
from runwire_client._channel import Caller, is_local

LOCAL = (
    *("127.0.0.1:50051", "localhost:50051", "[::1]:50051", "unix:/tmp/x", "unix:x", "127.9.9.9:1"),
    *("dns:///localhost:50051", "dns:localhost:1", "ipv4:127.0.0.1:1", "ipv6:[::1]:1", "localhost"),
    *("unix-abstract:x", "ipv4:127.0.0.1:1,127.0.0.2:2"),
)
ELSEWHERE = (
    *("10.0.0.1:50051", "example.com:50051", "0.0.0.0:1", "[::]:1", "dns:///example.com:1"),
    *("127.0.0.1.example.com:1", "localhost.example.com:1", "dns://127.0.0.1/example.com:1"),
    *("ipv4:127.0.0.1:1,10.0.0.1:1", "vsock:1:1", "xds:///localhost-like", ""),
)


@pytest.mark.parametrize("target", LOCAL)
def test_a_key_may_go_to_this_machine(target: str) -> None:
    assert is_local(target)


@pytest.mark.parametrize("target", ELSEWHERE)
def test_a_key_goes_nowhere_else_in_clear_text(target: str) -> None:
    assert not is_local(target)
    for shown in ({"api_key": "sesame"}, {"token": lambda: "sesame"}):
        with pytest.raises(Invalid, match="clear text") as refused:
            Client(target, **shown)
        assert "sesame" not in str(refused.value)


def test_over_tls_or_where_somebody_says_so_it_does() -> None:
    for how in ({"tls": Tls()}, {"clear_text": True}):
        Client("example.com:50051", api_key="sesame", **how).close()


async def test_one_of_both_is_enough() -> None:
    with pytest.raises(Invalid):
        AsyncClient(api_key="a", token="b")  # noqa: S106 - none


def test_what_is_shown_is_in_no_log_and_no_repr(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    caller = Caller(token="sesame", metadata={"x-api-key": "sesame"})  # noqa: S106 - none
    assert "sesame" not in repr(caller)
    assert ("authorization", "Bearer sesame") in caller.call_metadata()
    with Client("127.0.0.1:1", api_key="sesame") as client:
        with pytest.raises(Exception, match=r"."):
            client.runs.get("r", timeout_seconds=0.2)
        assert "sesame" not in repr(client) + str(vars(client))
    assert "sesame" not in caplog.text

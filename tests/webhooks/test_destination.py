"""Where webhooks may lead."""

import socket
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runwire.domain.destination import destination_of, is_public
from runwire.domain.errors import Invalid

PRIVATE = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "127.255.255.254",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0x7f.0x0.0x0.0x1",
    "0177.0.0.1",
    "017700000001",
    "127.0.0.1.",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "a.localhost",
    "0.0.0.0",  # noqa: S104 - nothing is bound
    "0",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::]",
    "[::127.0.0.1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::FFFF:7F00:0001]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b:1::1]",
    "[2002:7f00:1::]",
    "[2001:0:7f00:1::]",
    "[fe80::1]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[ff02::1]",
    "[2001:db8::1]",
    "[5f00::1]",
    "10.0.0.1",
    "10.255.255.255",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "0xa9fea9fe",
    "100.64.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "198.18.0.1",
    "192.0.0.170",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
]
PUBLIC = [
    "hooks.example.com",
    "xn--bcher-kva.example",
    "8.8.8.8",
    "172.32.0.1",
    "100.128.0.1",
    "[2606:4700::1111]",
    "[::ffff:808:808]",
    "[64:ff9b::808:808]",
    "my_service.example",
]


@pytest.mark.parametrize("host", PRIVATE)
def test_a_host_that_is_nobodys_business_is_refused_however_it_is_spelled(host: str) -> None:
    with pytest.raises(Invalid, match="not public") as caught:
        destination_of(f"http://{host}:8080/x", allow_private=False)
    assert caught.value.violations[0].field == "url"


@pytest.mark.parametrize("host", [host for host in PRIVATE if "localhost" not in host.lower()])
def test_it_is_refused_as_an_address_too(host: str) -> None:
    plain = host.strip("[]").rstrip(".")
    if ":" not in plain:
        plain = socket.inet_ntoa(socket.inet_aton(plain))
    assert not is_public(plain)


@pytest.mark.parametrize("host", PUBLIC)
def test_a_public_host_is_taken(host: str) -> None:
    place = destination_of(f"https://{host}/a?b=c", allow_private=False)
    assert (place.port, place.path) == (443, "/a?b=c")
    assert place.authority == host


@pytest.mark.parametrize("host", PRIVATE)
def test_an_operator_may_allow_all_of_them(host: str) -> None:
    assert destination_of(f"http://{host}:8080/", allow_private=True).port == 8080


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "is required"),
        ("ftp://example.com/", "must begin with"),
        ("//example.com/", "must begin with"),
        ("javascript:alert(1)", "must begin with"),
        ("http://", "no usable host"),
        ("http:///path", "no usable host"),
        ("http://user@example.com/", "user or password"),
        ("http://user:pw@example.com/", "user or password"),
        ("http://example.com@127.0.0.1/", "user or password"),
        ("http://example.com/#x", "fragment"),
        ("http://example.com/a b", "printable ASCII"),
        ("http://example.com/\r\nX: y", "printable ASCII"),
        ("http://example.com\\@127.0.0.1/", "printable ASCII"),
        ("http://①②⑦.⓪.⓪.①/", "printable ASCII"),
        ("http://exam%70le.com/", "no usable host"),
        ("http://[fe80::1%25eth0]/", "no usable host"),
        ("http://[::1/", "no usable host"),
        ("http://a..b/", "no usable host"),
        ("http://-a.example/", "no usable host"),
        (f"http://{'a' * 64}.example/", "no usable host"),
        ("http://example.com:0/", "port"),
        ("http://example.com:/", "port"),
        ("http://example.com:65536/", "port"),
        ("http://example.com:x/", "port"),
        ("http://example.com:22/", "port 22 is refused"),
        ("http://example.com:25/", "port 25 is refused"),
        ("http://example.com/" + "a" * 2048, "longer than 2048"),
    ],
)
def test_what_is_no_plain_url_is_refused_with_the_reason(url: str, why: str) -> None:
    with pytest.raises(Invalid, match=why):
        destination_of(url, allow_private=False)


@given(st.ip_addresses(v=4))
def test_an_address_counts_as_little_inside_of_one_of_ipv6(address: object) -> None:
    assert is_public(f"::ffff:{address}") == is_public(str(address))
    assert is_public(f"64:ff9b::{address}") == is_public(str(address))


@given(st.ip_addresses())
def test_no_address_is_more_public_than_the_standard_library_says(address: object) -> None:
    told = ip_address(str(address))
    inside = getattr(told, "ipv4_mapped", None)
    if is_public(str(address)) and inside is None:
        assert told.is_global
        assert not told.is_multicast

"""Where webhooks may lead: the shape of their urls, and the addresses that are nobody's business.

1. What counts is the address that is connected to. Names are resolved at every attempt, every
   address found is checked, and the connection goes to one of those and nowhere else.
2. Refused is what is not for everybody to reach: this machine, its networks, the carrier's, what
   only clouds answer at, and IPv6 addresses that lead to such IPv4 ones.
3. Ports below 1024 other than 80 and 443 are refused too: what listens there does not speak HTTP.
"""

import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

from runwire.domain.errors import Invalid, invalid

MAX_URL_CHARACTERS: Final = 2048
PORTS: Final = {"http": 80, "https": 443}
FIRST_FREE_PORT: Final = 1024
ALLOWED_BY: Final = "an operator can allow it: webhook_allow_private"

_PRINTABLE: Final = re.compile(r"[!-~]+")
_LABEL: Final = r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_NAME: Final = re.compile(rf"(?=.{{1,254}}$){_LABEL}(\.{_LABEL})*\.?")
_REFUSED_V4: Final = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # carriers' NAT; some clouds' metadata
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's machines' own services
        "169.254.0.0/16",  # link-local; most clouds' metadata
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
_GLOBAL_V6: Final = IPv6Network("2000::/3")
_REFUSED_V6: Final = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocols' own, Teredo among them
        "2001:db8::/32",
        "2002::/16",  # 6to4: another way to write an IPv4 address
        "3fff::/20",
    )
)
_NAT64: Final = IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Destination:
    """A url taken apart; `host` is a name or an address without brackets, as TLS names it."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """The value of the header Host."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    def at(self, address: str) -> str:
        """Return the url with an address in place of the name."""
        host = f"[{address}]" if ":" in address else address
        return f"{self.scheme}://{host}:{self.port}{self.path}"


def destination_of(url: str, *, allow_private: bool, name: str = "url") -> Destination:
    """Return where a url leads; raise Invalid if nothing may be sent there.

    A name is only known to lead somewhere allowed once it is resolved.
    """
    parts = _split(url, name)
    host, port = _host_of(parts, name), _port_of(parts, name)
    if not allow_private:
        _check_public(host, port, name)
    query = f"?{parts.query}" if parts.query else ""
    return Destination(parts.scheme, host, port, f"{parts.path or '/'}{query}")


def is_public(text: str) -> bool:
    """Whether an IP address is for everybody to reach; what is no address is not."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or (_low(address) if address in _NAT64 else None)
        if inner is None:
            return address in _GLOBAL_V6 and not _among(address, _REFUSED_V6)
        address = inner
    return not _among(address, _REFUSED_V4)


def _low(address: IPv6Address) -> IPv4Address:
    return IPv4Address(int(address) & 0xFFFFFFFF)


def _among(
    address: IPv4Address | IPv6Address, networks: Iterable[IPv4Network | IPv6Network]
) -> bool:
    return any(address in network for network in networks)


def _split(url: str, name: str) -> SplitResult:
    if not url:
        raise invalid(name, "is required")
    if len(url) > MAX_URL_CHARACTERS:
        raise invalid(name, f"is longer than {MAX_URL_CHARACTERS} characters")
    if _PRINTABLE.fullmatch(url) is None or "\\" in url:
        raise invalid(
            name, "must be printable ASCII without blanks or \\: write %20 and names as xn--…"
        )
    try:
        parts = urlsplit(url)
    except ValueError:
        raise _unusable(name) from None
    if parts.scheme not in PORTS:
        raise invalid(name, "must begin with https:// or http://")
    if "@" in parts.netloc:
        raise invalid(name, "must not hold a user or password: what is sent is signed instead")
    if "#" in url:
        raise invalid(name, "must not hold a fragment (#): it would not be sent")
    return parts


def _host_of(parts: SplitResult, name: str) -> str:
    host = parts.hostname or ""
    try:
        if "%" in host:
            raise _unusable(name)  # a zone of this machine
        return str(IPv6Address(host)) if ":" in host else _named(host, name)
    except ValueError:
        raise _unusable(name) from None


def _named(host: str, name: str) -> str:
    if _NAME.fullmatch(host) is None:
        raise _unusable(name)
    return host


def _port_of(parts: SplitResult, name: str) -> int:
    try:
        port = parts.port
    except ValueError:
        raise invalid(name, "has a port that is no number from 1 to 65535") from None
    if port == 0 or parts.netloc.endswith(":"):
        raise invalid(name, "has a port that is no number from 1 to 65535")
    return port or PORTS[parts.scheme]


def _check_public(host: str, port: int, name: str) -> None:
    if port < FIRST_FREE_PORT and port not in PORTS.values():
        raise invalid(name, f"port {port} is refused: use 80, 443 or one from {FIRST_FREE_PORT} on")
    plain = host.rstrip(".")
    literal = _literal(plain)
    if plain == "localhost" or plain.endswith(".localhost") or (literal and not is_public(literal)):
        raise invalid(
            name,
            f"leads to an address that is not public; {ALLOWED_BY}",
            reason="WEBHOOK_ADDRESS_REFUSED",
        )


def _literal(host: str) -> str:
    """Return the address that a host spells, also as 0x7f.1 or 2130706433; empty for a name."""
    if ":" in host:
        return host
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        return ""


def _unusable(name: str) -> Invalid:
    return invalid(name, "has no usable host: write https://host/path")

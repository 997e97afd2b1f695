"""How the values of settings are spelled, what of it is wrong, and how they are shown."""

import ipaddress
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ByteSize, ConfigDict, Field

from runwire.domain.caller import Role
from runwire.domain.errors import Invalid
from runwire.domain.ids import check_queue
from runwire.domain.key import EVERYWHERE
from runwire.domain.namespace import DEFAULT_NAMESPACE, check_namespace
from runwire.domain.run import MAX_LIMIT

DATABASES: Final[Mapping[str, str]] = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
    "postgresql+asyncpg": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
OFF: Final = "off"
ANY_HOST: Final = "*"
ARTIFACTS: Final = ("file", "s3", "gs", "az", "abfs", "abfss")


def _address(value: str) -> str:
    host, colon, port = value.rpartition(":")
    unix = value.startswith("unix:") and value != "unix:"
    if not unix and not (host and colon and port.isdecimal() and int(port) < 65536):
        raise ValueError("should be host:port or unix:/path")
    return value


def _database(value: str) -> str:
    scheme, mark, rest = value.partition("://")
    if not mark or scheme not in DATABASES:
        raise ValueError("should be sqlite:///path or postgresql://user:password@host/name")
    host = re.split("[/?]", rest, maxsplit=1)[0].rpartition("@")[2]
    if not re.fullmatch(r"(\[[^\]]*\]|[^:,]*)(:\d+)?", host):
        raise ValueError(
            "should have one host and a port in digits; several are ?host=a,b&port=5432,5432, and"
            " what is special in a user or password is spelled %40 (@), %2F (/), %3A (:)"
        )
    return f"{DATABASES[scheme]}://{rest}"


def _artifacts(value: str) -> str:
    scheme, mark, _ = value.partition("://")
    if mark and scheme not in ARTIFACTS:
        raise ValueError(f"should be a directory or begin with one of {', '.join(ARTIFACTS)}")
    return value if mark else Path(value).absolute().as_uri()


def _queue(value: str) -> str:
    try:
        check_queue(value, name="queues")
    except Invalid as error:
        raise ValueError(f"has {value!r}; a name {error.violations[0].description}") from None
    return value


def _http(value: str) -> str:
    found = urlsplit(value)
    if value and (found.scheme not in ("http", "https") or not found.hostname):
        raise ValueError("should be an address such as http://127.0.0.1:4318")
    return value


def _namespace(value: str) -> str:
    try:
        return value if value == EVERYWHERE else check_namespace(value)
    except Invalid as error:
        raise ValueError(f"{error.violations[0].description}, or *") from None


def _jwks(value: str) -> str:
    """Check where public keys are: in clear text they could be exchanged on the way."""
    scheme, mark, rest = value.partition("://")
    if not mark:
        return value
    host = re.split("[/?#]", rest, maxsplit=1)[0]
    plain = scheme == "http" and is_loopback(host if ":" in host else f"{host}:80")
    if (scheme != "https" and not plain) or not host or "@" in host:
        raise ValueError("should be https://…, a file, or http://… on this machine")
    return value


def _host(value: str) -> str:
    if value != ANY_HOST and not re.fullmatch(r"[\w-]+(\.[\w-]+)*", value, re.ASCII):
        raise ValueError("should have names such as runs.example.com, without scheme and port")
    return value.lower()


def _limit(value: int) -> int:
    if not 1 <= value <= MAX_LIMIT:
        raise ValueError(f"should be from 1 to {MAX_LIMIT}")
    return value


def _pairs(value: object) -> object:
    words = _words(value)
    if not isinstance(words, list | tuple):
        return words
    pairs = (str(word).strip().rpartition("=") for word in words)
    return {name or spelled: spelled for name, _, spelled in pairs}


def _words(value: object) -> object:
    """Return what a variable spells: JSON, or words between commas."""
    if not isinstance(value, str):
        return value
    return (
        json.loads(value)
        if value[:1] in ("{", "[")
        else [word.strip() for word in value.split(",")]
    )


Address = Annotated[str, AfterValidator(_address)]
HttpAddress = Annotated[
    str, AfterValidator(lambda value: value if value == OFF else _address(value))
]
DatabaseUrl = Annotated[str, AfterValidator(_database)]
ArtifactsUrl = Annotated[str, AfterValidator(_artifacts)]
HttpUrl = Annotated[str, AfterValidator(_http)]
Queue = Annotated[str, AfterValidator(_queue)]
HostName = Annotated[str, AfterValidator(_host)]
Jwks = Annotated[str, AfterValidator(_jwks)]
Limit = Annotated[int, AfterValidator(_limit)]
Words: Final = BeforeValidator(_words)
"""For lists, in variables words between commas."""
Pairs: Final = BeforeValidator(_pairs)
"""For tables, in variables `name=value` between commas; what has no name is its own."""


class GraphRetention(BaseModel):
    """How long the runs of one graph stay after their end, and how much they may fill."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seconds: float | None = Field(default=None, ge=0)
    bytes: ByteSize = Field(default=ByteSize(0), ge=0)


class TlsIdentity(BaseModel):
    """What the bearer of a certificate may do."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: Role
    namespace: Annotated[str, AfterValidator(_namespace)] = DEFAULT_NAMESPACE
    graphs: Annotated[tuple[str, ...], Words] = ()


def masked(text: str) -> str:
    """Return a text without the passwords in the addresses that it holds."""
    without_user = re.sub(r"(://[^:/@\s]*):\S*@", r"\1:***@", text)
    return re.sub(r"((?:password|secret|token)=)[^&\s]*", r"\1***", without_user)


def named(url: str) -> str:
    """Return where a database is, as people write it: without driver and password."""
    scheme, _, rest = url.partition("://")
    return masked(f"{scheme.partition('+')[0]}://{rest}")


def kind_of(reference: str) -> Literal["python", "json", "tools"]:
    """Return what a reference to a graph names."""
    if reference.endswith(".json"):
        return "json"
    return "python" if ":" in reference else "tools"


def is_loopback(address: str) -> bool:
    """Whether only this machine reaches an address."""
    host = address.rpartition(":")[0].strip("[]")
    if address.startswith("unix:") or address == OFF or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

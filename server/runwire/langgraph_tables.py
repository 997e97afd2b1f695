"""Tables among the settings of LangGraph graphs; the words are those of `langgraph.json`."""

import re
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

MAX_WORDS: Final = 256
MAX_MINUTES: Final = 100 * 366 * 24 * 60

Minutes = Annotated[float, Field(gt=0, le=MAX_MINUTES)]
Names = Annotated[tuple[str, ...], Field(max_length=MAX_WORDS)]
Modules = tuple[tuple[str, ...], ...] | bool | None


class Table(BaseModel):
    """A table whose keys are all known."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"should be a regular expression: {error}") from None
    return value


class StoreIndex(Table):
    """How values in the store become vectors."""

    dims: int = Field(ge=1, le=16_384)
    embed: str = Field(min_length=1)
    """``provider:model``, or ``path.py:function`` or ``module:function``."""
    fields: Names | None = None
    """Paths of JSON; None means the whole value."""


class StoreTtl(Table):
    """How long items of the store live."""

    refresh_on_read: bool = True
    default_ttl: Minutes | None = None
    sweep_interval_minutes: Minutes | None = None


class ThreadTtl(Table):
    """How long threads live."""

    strategy: Literal["delete", "keep_latest"] = "delete"
    default_ttl: Minutes | None = None
    sweep_interval_minutes: Minutes | None = None
    sweep_limit: int = Field(default=1000, ge=1, le=100_000)


class Serde(Table):
    """Which objects may come back from checkpoints; True means any."""

    allowed_json_modules: Modules = None
    allowed_msgpack_modules: Modules = True


class Cors(Table):
    """What browsers are told beside which origins may call."""

    allow_origin_regex: Annotated[str, AfterValidator(_pattern)] = ""
    allow_methods: Names = ()
    allow_headers: Names = ()
    expose_headers: Names = ()
    allow_credentials: bool = False
    max_age: int = Field(default=600, ge=0, le=604_800)


class HeaderPatterns(Table):
    """Names of headers, with ``*`` as a wildcard; what is excluded counts first."""

    includes: Names | None = None
    excludes: Names | None = None


class WebhookUrls(Table):
    """Where webhooks of runs may lead."""

    require_https: bool = False
    allowed_domains: Names = ()
    allowed_ports: tuple[Annotated[int, Field(ge=1, le=65_535)], ...] = ()
    max_url_length: int = Field(default=2048, ge=8, le=65_536)
    disable_loopback: bool = False


class RunWebhooks(Table):
    """How webhooks of runs are posted; headers may hold ``${{ env.NAME }}``."""

    env_prefix: str = Field(default="LG_WEBHOOK_", min_length=1)
    url: WebhookUrls = WebhookUrls()
    headers: Annotated[dict[str, str], Field(max_length=64, repr=False)] = {}


def _config(value: dict[str, Any]) -> dict[str, Any]:
    unknown = value.keys() - {"configurable", "tags", "recursion_limit", "metadata"}
    if unknown:
        raise ValueError(
            f"has {', '.join(sorted(unknown))}; it may have configurable, tags, recursion_limit and"
            " metadata"
        )
    return value


GraphConfig = Annotated[dict[str, Any], AfterValidator(_config)]

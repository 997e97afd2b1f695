"""What may stand in the fields of an assistant, and what follows from it."""

from collections.abc import Mapping
from typing import Any, Final

from runwire.domain.assistant import Assistant
from runwire.domain.errors import invalid
from runwire.domain.payload import check_size, encode

Json = Mapping[str, Any]

SORTED_BY: Final = ("assistant_id", "graph_id", "name", "created_at", "updated_at")
MAX_NAME: Final = 1000
MAX_DESCRIPTION: Final = 10_000
MAX_PAGE: Final = 1000


def mirrored(config: Json | None, context: Json | None) -> dict[str, Json]:
    """Return what is given of both, each with what the other says; raise Invalid if both do."""
    configurable = (config or {}).get("configurable")
    if configurable and context:
        raise invalid(
            "context", "is the same as config.configurable: give one of them, and rather context"
        )
    given: dict[str, Json] = {}
    if config is not None:
        given["config"] = config
    if configurable:
        given["context"] = configurable
    elif context is not None:
        given["context"] = context
        given["config"] = {**(config or {}), **({"configurable": context} if context else {})}
    return given


def check_fields(assistant: Assistant) -> None:
    """Raise Invalid or Exhausted for what no assistant can have."""
    for name, most in (("name", MAX_NAME), ("description", MAX_DESCRIPTION)):
        text = getattr(assistant, name)
        if len(text) > most or "\0" in text:
            raise invalid(name, f"must be at most {most} characters, none of them U+0000")
    for name in ("config", "context", "metadata"):
        check_size(encode(getattr(assistant, name), name=name), name=name)


def check_page(limit: int, offset: int) -> None:
    """Raise Invalid if no page can begin or end there."""
    if not 1 <= limit <= MAX_PAGE:
        raise invalid("limit", f"must be 1 to {MAX_PAGE}")
    if not 0 <= offset < 2**31:
        raise invalid("offset", "must be 0 or more")


def check_sorting(sort_by: str) -> None:
    """Raise Invalid if assistants have no such column to go by."""
    if sort_by not in SORTED_BY:
        raise invalid("sort_by", f"must be one of {', '.join(SORTED_BY)}")

"""The settings of the LangGraph-compatible API; a part of `Settings`."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from runwire.spelling import OFF, Words


def _prefix(value: str) -> str:
    if value in ("", OFF):
        return value
    if not value.startswith("/") or value.endswith("/") or "//" in value or "?" in value:
        raise ValueError("should be empty, off, or a path such as /langgraph")
    return value


class LangGraphSettings(BaseModel):
    """How LangGraph's clients are served."""

    langgraph_prefix: Annotated[str, AfterValidator(_prefix)] = Field(
        default="",
        description="The path below which the LangGraph API is served over HTTP, such as "
        "`/langgraph`; empty is none, `off` does not serve it.",
    )
    langgraph_cors_origins: Annotated[tuple[str, ...] | None, Words] = Field(
        default=None,
        max_length=64,
        description="Origins of web pages that may call the LangGraph API, beside "
        "`http_cors_origins`; `*` is all, `loopback` those of this machine, on any port. Default: "
        "all where `auth` is on and callers show keys or tokens, else `loopback`.",
    )

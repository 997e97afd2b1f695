"""What is sent about assistants."""

from typing import Any, Literal

from pydantic import Field

from runwire.http.langgraph.bodies import Body, Limit, Offset, Uuid

Json = dict[str, Any]
Column = Literal[
    "assistant_id",
    "graph_id",
    "name",
    "description",
    "config",
    "context",
    "metadata",
    "created_at",
    "updated_at",
    "version",
]


class NewAssistantBody(Body):
    """An assistant to be made."""

    graph_id: str = Field(min_length=1, max_length=256)
    assistant_id: Uuid = ""
    config: Json = Field(default_factory=dict)
    context: Json | None = None
    metadata: Json = Field(default_factory=dict)
    if_exists: Literal["raise", "do_nothing"] = "raise"
    name: str = ""
    description: str = ""


class AssistantPatch(Body):
    """What the next version has otherwise."""

    graph_id: str | None = Field(default=None, min_length=1, max_length=256)
    config: Json | None = None
    context: Json | None = None
    metadata: Json | None = None
    name: str | None = None
    description: str | None = None


class CountBody(Body):
    """Which assistants are counted."""

    metadata: Json = Field(default_factory=dict)
    graph_id: str = ""
    name: str = ""


class SearchBody(CountBody):
    """Which assistants are searched for, and what of them is shown."""

    limit: Limit = 10
    offset: Offset = 0
    sort_by: Literal["assistant_id", "created_at", "updated_at", "name", "graph_id"] = "created_at"
    sort_order: Literal["asc", "desc"] = "desc"
    select: list[Column] | None = None


class VersionsBody(Body):
    """Which versions are listed."""

    metadata: Json = Field(default_factory=dict)
    limit: Limit = 10
    offset: Offset = 0


class LatestBody(Body):
    """The version that is to be the current one."""

    version: int | None = None

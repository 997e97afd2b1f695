"""The settings of the LangGraph-compatible API; a part of `Settings`."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field
from pydantic_core import PydanticCustomError

from runwire.langgraph_tables import (
    Cors,
    GraphConfig,
    HeaderPatterns,
    RunWebhooks,
    Serde,
    StoreIndex,
    StoreTtl,
    ThreadTtl,
)
from runwire.spelling import OFF, Words

Group = Literal["assistants", "threads", "runs", "store", "meta", "webhooks"]
"""Routes that can be switched off, and the sending of webhooks."""


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
    langgraph_cors: Annotated[Cors | None, Words] = Field(
        default=None,
        description="Table of what browsers are told beside that: `allow_origin_regex`, "
        "`allow_methods`, `allow_headers`, `expose_headers`, `allow_credentials`, `max_age`.",
    )
    langgraph_off: Annotated[tuple[Group, ...], Words] = Field(
        default=(),
        description="What of the LangGraph API is not served: of `assistants`, `threads`, `runs`, "
        "`store`, `meta` (`/info`) and `webhooks`.",
    )
    langgraph_headers: Annotated[HeaderPatterns | None, Words] = Field(
        default=None,
        description="Table of which headers of a request its run finds in `config.configurable`: "
        "`includes` and `excludes`, lists of names with `*` as wildcard; never keys. "
        "Default: none.",
    )
    langgraph_auth: str = Field(
        default="",
        description="`path.py:variable` or `module:variable` of an `Auth` of `langgraph_sdk`: its "
        "handlers say who may do what over the LangGraph API, in place of `auth`.",
    )
    langgraph_studio_auth: bool = Field(
        default=False,
        description="Requests with `x-auth-scheme: langsmith` come from Studio and pass "
        "`langgraph_auth` without being asked; only where HTTP listens on this machine alone.",
    )
    langgraph_config: Annotated[dict[str, GraphConfig], Words] = Field(
        default={},
        description="Table of graph → the `config` that the assistant it has of its own begins "
        "with; the variable `LANGGRAPH_CONFIG` says the same.",
    )
    langgraph_thread_ttl: Annotated[ThreadTtl | None, Words] = Field(
        default=None,
        description="Table of how long threads live: `default_ttl` and `sweep_interval_minutes` in "
        "minutes, `strategy` (`delete` or `keep_latest`), `sweep_limit`.",
    )
    langgraph_store_ttl: Annotated[StoreTtl | None, Words] = Field(
        default=None,
        description="Table of how long items of the store live: `default_ttl` and "
        "`sweep_interval_minutes` in minutes, `refresh_on_read`.",
    )
    langgraph_store_index: Annotated[StoreIndex | None, Words] = Field(
        default=None,
        description="Table of how the store finds by meaning: `dims`, `embed` (`provider:model` or "
        "`path.py:function`), `fields`.",
    )
    langgraph_serde: Annotated[Serde | None, Words] = Field(
        default=None,
        description="Table of which objects may come back from checkpoints: "
        "`allowed_json_modules`, `allowed_msgpack_modules`; never by pickle.",
    )
    langgraph_webhooks: Annotated[RunWebhooks | None, Words] = Field(
        default=None,
        description="Table of how webhooks of runs are posted: `url` (where they may lead), "
        "`headers`, `env_prefix`.",
    )
    graph_descriptions: Annotated[dict[str, str], Words] = Field(
        default={},
        description="Table of LangGraph graph → what callers read of it; "
        '`graphs = {name = {path = "…", description = "…"}}` says the same.',
    )
    dependencies: Annotated[tuple[str, ...], Words] = Field(
        default=(),
        max_length=256,
        description="Directories that graphs import from, and packages that have to be installed.",
    )
    environment: Annotated[dict[str, str], Words] = Field(
        default={},
        repr=False,
        description="Table of variables for the code of graphs; those of the process count before "
        "them.",
    )


def apart(values: dict[str, Any]) -> dict[str, Any]:
    """Return settings whose ``graphs`` are references alone, what else is said of them apart."""
    graphs = values.get("graphs")
    if not isinstance(graphs, Mapping) or not any(isinstance(e, dict) for e in graphs.values()):
        return values
    references: dict[str, Any] = {}
    descriptions: dict[str, Any] = {}
    for name, each in graphs.items():
        references[name] = _path(name, each) if isinstance(each, dict) else each
        if isinstance(each, dict) and each.get("description"):
            descriptions[name] = each["description"]
    return {
        **values,
        "graphs": references,
        "graph_descriptions": descriptions | values.get("graph_descriptions", {}),
    }


def _path(name: str, said: Mapping[str, Any]) -> Any:
    if "path" not in said or said.keys() - {"path", "description"}:
        raise PydanticCustomError(
            "graphs",
            "{name} should be a reference, or a table of path and description",
            {"name": repr(name)},
        )
    return said["path"]

"""What LangGraph is told about a run besides its input: its config, and whose run it is."""

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, Final
from uuid import UUID

from langchain_core.runnables import RunnableConfig

from runwire import trail
from runwire.domain.namespace import local_id
from runwire.domain.run import Run
from runwire.domain.run_options import RunOptions
from runwire.langgraph.users import AuthUser

CHECKPOINT_KEYS: Final = ("checkpoint_id", "checkpoint_ns", "checkpoint_map")
_OWN_PREFIX: Final = "__"
_NOBODY: Final = {"langgraph_auth_user_id": "", "langgraph_auth_user": None}
_PASSED: Final = ("tags", "recursion_limit", "max_concurrency", "run_name")


def config_of(run: Run, options: RunOptions) -> RunnableConfig:
    """Return the config of a run; where to begin (`checkpoint_id`) is in it if callers said so."""
    asked = options.config
    known = _known(run, options)
    configurable = {
        key: value
        for key, value in (asked.get("configurable") or {}).items()
        if not key.startswith(_OWN_PREFIX)
    }
    configurable = {"user_id": "", **configurable, **known, **auth_of(options.user)}
    if options.strict_resume:
        configurable["__pregel_strict_resume"] = True
    if options.checkpoint:
        for key in CHECKPOINT_KEYS:
            if options.checkpoint.get(key) is not None:
                configurable[key] = options.checkpoint[key]
    config = RunnableConfig(
        configurable=configurable,
        metadata={
            **(asked.get("metadata") or {}),
            **options.metadata,
            **known,
            "run_attempt": run.attempt,
        },
    )
    for name in _PASSED:
        if asked.get(name) is not None:
            config[name] = asked[name]
    traced = _uuid(known["run_id"])
    if traced is not None:
        config["run_id"] = traced
    return config


def context_of(run_context: Any, schema: Any) -> Any:
    """Return a run's context as far as the class that a graph names for it has fields for it.

    Who configures many graphs alike says more than each of them knows. Without any context there
    is one of the class's defaults, if it has them all.
    """
    if not (isinstance(schema, type) and is_dataclass(schema)):
        return run_context
    known = [each for each in fields(schema) if each.init]
    if isinstance(run_context, Mapping):
        names = {each.name for each in known}
        return {name: value for name, value in run_context.items() if name in names}
    needed = [each for each in known if each.default is each.default_factory is MISSING]
    return run_context if needed or run_context is not None else {}


def from_newest(config: RunnableConfig) -> RunnableConfig:
    """Return a config that begins at the thread's newest checkpoint."""
    configurable = {
        key: value for key, value in config["configurable"].items() if key not in CHECKPOINT_KEYS
    }
    return {**config, "configurable": configurable}


def _known(run: Run, options: RunOptions) -> dict[str, Any]:
    return {
        "run_id": local_id(run.run_id),
        "thread_id": local_id(run.thread_id or run.run_id),
        "graph_id": local_id(run.graph_id),
        "assistant_id": local_id(options.assistant_id),
    }


def auth_of(user: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what a graph finds in its configurable of who makes the call."""
    request_id = trail.current().request_id
    auth: dict[str, Any] = {"langgraph_request_id": request_id} if request_id else {}
    if user is None:
        return {**auth, **_NOBODY, "langgraph_auth_permissions": []}
    found = AuthUser(user)
    return {
        **auth,
        "user_id": found.identity,
        "langgraph_auth_user_id": found.identity,
        "langgraph_auth_user": found,
        "langgraph_auth_permissions": list(found.permissions),
    }


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None

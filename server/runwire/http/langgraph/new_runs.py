"""From what clients send to the run that is to be made."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from runwire.app.thread_runs import NewThreadRun
from runwire.domain.errors import Invalid, NotFound, invalid
from runwire.domain.langgraph_auth import Action, Resource
from runwire.domain.payload import Payload, encode
from runwire.domain.run_options import EVERY_NODE, Durability, RunOptions
from runwire.domain.thread import Multitask
from runwire.domain.work import Created
from runwire.http.langgraph import run_assistants
from runwire.http.langgraph.asking import Asked
from runwire.http.langgraph.bodies import Body, uuid_of
from runwire.http.langgraph.mirroring import mirrored
from runwire.http.langgraph.thread_states import place_of

Json = dict[str, Any]
Mode = Literal[
    "values",
    "updates",
    "messages",
    "messages-tuple",
    "custom",
    "debug",
    "tasks",
    "checkpoints",
    "events",
    "tools",
    "lifecycle",
]
StreamModes = Mode | list[Mode]
Nodes = Literal["*"] | list[str]
Strategy = Literal["reject", "enqueue", "interrupt", "rollback"]
Durable = Literal["sync", "async", "exit"]

MAX_DELAY_SECONDS: Final = 366 * 24 * 3600.0
USUAL_MODES: Final = ("values",)
UNKNOWN: Final = frozenset({"ASSISTANT_NOT_FOUND", "GRAPH_NOT_FOUND"})
CONTEXT_TWICE: Final = "CONTEXT_TWICE"
REQUEST: Final = "langgraph_request_id"


class RunBody(Body):
    """A run to be made."""

    assistant_id: str = Field(min_length=1, max_length=256)
    input: Any = None
    command: Json | None = None
    stream_mode: StreamModes = Field(default_factory=list)
    stream_subgraphs: bool = False
    stream_resumable: bool = False
    metadata: Json = Field(default_factory=dict)
    config: Json = Field(default_factory=dict)
    context: Any = None
    checkpoint: Json | None = None
    checkpoint_id: str | None = None
    checkpoint_during: bool | None = None
    durability: Durable | None = None
    interrupt_before: Nodes = Field(default_factory=list)
    interrupt_after: Nodes = Field(default_factory=list)
    feedback_keys: list[str] = Field(default_factory=list, max_length=100)
    webhook: str = ""
    multitask_strategy: Strategy = "enqueue"
    if_not_exists: Literal["reject", "create"] = "reject"
    on_disconnect: Literal["cancel", "continue"] = "continue"
    on_completion: Literal["delete", "keep"] = "delete"
    after_seconds: Annotated[float, Field(ge=0, le=MAX_DELAY_SECONDS)] | None = None
    strict_resume: bool = False


async def create(asked: Asked, body: RunBody, *, stateless: bool) -> Created:
    """Queue a run; raise as `ThreadRuns.create`, and Refused."""
    try:
        new = await asked_for(asked, body, stateless=stateless)
        created = await asked.parts.thread_runs.create(new, asked.caller)
    except NotFound as error:
        raise known(error, body.assistant_id) from None
    asked.call.about(run_id=created.run.run_id)
    return created


async def asked_for(asked: Asked, body: RunBody, *, stateless: bool) -> NewThreadRun:
    """Return the run that a body asks for; raise Invalid, Refused."""
    check(asked, body)
    value: Json = {
        "thread_id": None if stateless else asked.id("thread_id"),
        "assistant_id": await run_assistants.named(asked, body.assistant_id),
        "metadata": dict(body.metadata),
        "multitask_strategy": body.multitask_strategy,
        "if_not_exists": body.if_not_exists,
        "after_seconds": body.after_seconds,
        "kwargs": {
            "input": body.input,
            "command": body.command,
            "config": dict(body.config),
            "context": body.context,
        },
    }
    assistant_id = value["assistant_id"]
    also = await asked.allowed(Resource.THREADS, Action.CREATE_RUN, value)
    await run_assistants.check_theirs(asked, assistant_id)
    kwargs = value["kwargs"]
    given = None if _command(kwargs["command"]) else kwargs["input"]
    return NewThreadRun(
        assistant=body.assistant_id,
        thread_id="" if stateless else asked.thread(),
        input=None if given is None else Payload(encode(given, name="input")),
        options=_named(asked, _options(asked, body, value)),
        create_thread=body.if_not_exists == "create",
        keep_thread=stateless and body.on_completion == "keep",
        after_seconds=body.after_seconds or None,
        also=also,
    )


def check(asked: Asked, body: RunBody) -> None:
    """Raise Invalid for what does not go together, or leads where nothing may be sent."""
    if body.context and body.config.get("configurable"):
        raise Invalid(
            "context and config.configurable cannot be given together: say all of it in context",
            reason=CONTEXT_TWICE,
        )
    check_config(body.config)
    if body.webhook:
        asked.parts.webhooks.check(body.webhook)


def options_of(asked: Asked, body: RunBody) -> RunOptions:
    """Return how a run is executed that is made later."""
    kwargs = {"command": body.command, "config": dict(body.config), "context": body.context}
    return _options(asked, body, {"kwargs": kwargs, "metadata": dict(body.metadata)})


def _options(asked: Asked, body: RunBody, value: Json) -> RunOptions:
    kwargs = value["kwargs"]
    config, context = mirrored(kwargs["config"] or {}, kwargs["context"])
    place = {**(body.checkpoint or {})}
    if body.checkpoint_id:
        place["checkpoint_id"] = body.checkpoint_id
    return RunOptions(
        command=_command(kwargs["command"]),
        config=_configured(asked, config),
        context=context,
        metadata=value["metadata"] or {},
        checkpoint=place_of(place),
        stream_modes=modes_of(body.stream_mode),
        stream_subgraphs=body.stream_subgraphs,
        stream_resumable=body.stream_resumable,
        interrupt_before=nodes_of(body.interrupt_before),
        interrupt_after=nodes_of(body.interrupt_after),
        durability=_durability(body),
        multitask=Multitask(body.multitask_strategy),
        ends_at_interrupt=True,
        strict_resume=body.strict_resume,
        webhook=body.webhook,
        feedback_keys=tuple(body.feedback_keys),
        user=None if asked.user is None else dict(asked.user.fields),
    )


def _named(asked: Asked, options: RunOptions) -> RunOptions:
    """Return options by which a graph can tell which request it is executed for."""
    said = {**(options.config.get("configurable") or {}), REQUEST: asked.call.request_id}
    return replace(options, config={**options.config, "configurable": said})


def _configured(asked: Asked, config: Json) -> Json:
    """Return a config with those headers of the request that the run is to find in it."""
    found = asked.parts.headers.of(asked.headers.items())
    if not found:
        return config
    return {**config, "configurable": {**found, **(config.get("configurable") or {})}}


def check_config(given: Json) -> None:
    """Raise Invalid, naming what of a config has the wrong type."""
    for name, kind, told in _CONFIG:
        value = given.get(name)
        if value is not None and (not isinstance(value, kind) or isinstance(value, bool)):
            raise invalid(f"config.{name}", f"should be {told}")
    if any(not isinstance(tag, str) for tag in given.get("tags") or ()):
        raise invalid("config.tags", "should be a list of strings")
    if (given.get("recursion_limit") or 1) < 1:
        raise invalid("config.recursion_limit", "should be at least 1")


_CONFIG: Final = (
    ("tags", list, "a list of strings"),
    ("recursion_limit", int, "a number"),
    ("configurable", dict, "an object"),
    ("metadata", dict, "an object"),
)


def _command(given: Json | None) -> Json | None:
    """Return a command without what says nothing; an answer may be null, if it is all there is."""
    if not given:
        return None
    said = {name: value for name, value in given.items() if value is not None}
    for name, kind in (("update", dict | list), ("goto", str | dict | list)):
        if name in said and not isinstance(said[name], kind):
            raise invalid(f"command.{name}", "has the wrong type")
    if not said and "resume" in given:
        return {"resume": None}
    return said or None


def modes_of(given: str | Sequence[str]) -> tuple[str, ...]:
    """Return the stream modes that are given, the usual one for none."""
    modes = [given] if isinstance(given, str) else given
    return tuple(dict.fromkeys(modes)) or USUAL_MODES


def nodes_of(given: str | list[str]) -> tuple[str, ...]:
    """Return the nodes that are named."""
    return EVERY_NODE if given == "*" else tuple(given)


def _durability(body: RunBody) -> Durability:
    if body.durability is not None:
        return Durability(body.durability)
    return Durability.EXIT if body.checkpoint_during is False else Durability.ASYNC


def known(error: NotFound, assistant: str) -> Exception:
    """Return what is said of an assistant that is not there: a name must be that of a graph."""
    if error.reason not in UNKNOWN:
        return error
    try:
        uuid_of(assistant, name="assistant_id")
    except Invalid:
        return invalid("assistant_id", error.message)
    return error

"""Commands that start runs: `run.start`, `input.respond`, `state.fork`.

1. A run that a command starts speaks the event streaming protocol, and ends at a question; its
   answer starts another one.
2. Input for a thread that waits for an answer is the answer, unless it says where to begin.
3. An answer goes on as the run that asked did: with its config, but for what the command says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from pydantic import Field

from runwire.domain.namespace import local_id
from runwire.domain.run import Run
from runwire.domain.thread import Thread, ThreadStatus
from runwire.http.langgraph import new_runs
from runwire.http.langgraph.asking import Asked
from runwire.http.langgraph.bodies import Body, checked
from runwire.http.langgraph.command_words import Command, CommandError, Json, RunWords, thread_of
from runwire.http.langgraph.thread_states import PLACE

PROTOCOL: Final = 2
MAX_RESPONSES: Final = 1000
NO_INTERRUPT: Final = "no_such_interrupt"


class StartParams(RunWords):
    """A run to be started; newer clients send the strategy under both of its names."""

    assistant_id: str = ""
    input: Any = None
    multitask_strategy: str = ""
    multitaskStrategy: str = ""  # noqa: N815 - as clients spell it


class Response(Body):
    """The answer to one question."""

    namespace: list[str] = Field(default_factory=list)
    interrupt_id: str = ""
    response: Any = None


class RespondParams(RunWords, Response):
    """Answers, and what is changed along with them."""

    responses: list[Response] | None = Field(default=None, max_length=MAX_RESPONSES)
    update: dict[str, Any] | list[Any] | None = None
    goto: str | dict[str, Any] | list[Any] | None = None


class ForkParams(RunWords):
    """Where a run begins."""

    checkpoint_id: str = ""
    input: Any = None


async def start(asked: Asked, params: Json) -> Json:
    """`run.start`."""
    said = checked(StartParams, params)
    if not said.assistant_id:
        raise CommandError("invalid_argument", "run.start requires an assistant_id.")
    config, place = _apart(said.config)
    run: dict[str, Any] = {"input": said.input, "checkpoint": place}
    thread = await thread_of(asked)
    questions = _questions(thread)
    if questions and said.input is not None and not place:
        run = {"command": {"resume": _resume(said.input, questions)}}
    strategy = said.multitask_strategy or said.multitaskStrategy
    if strategy:
        run["multitask_strategy"] = strategy
    return await _started(asked, said.assistant_id, said, {**run, "config": config})


async def respond(asked: Asked, params: Json) -> Json:
    """`input.respond`."""
    said = checked(RespondParams, params)
    answers = _answers(said)
    thread = await thread_of(asked)
    unknown = next(iter(answers.keys() - _questions(thread).keys()), None)
    if thread is None or unknown is not None:
        why = f"Unknown or already-consumed interrupt: {str(unknown)[:64]}"
        raise CommandError(NO_INTERRUPT, why)
    command = {"resume": answers, "update": said.update, "goto": said.goto}
    return await _gone_on(asked, thread, said, {"command": command})


async def fork(asked: Asked, params: Json) -> Json:
    """`state.fork`: a run of the same thread, from one of its checkpoints."""
    said = checked(ForkParams, params)
    if not said.checkpoint_id:
        raise CommandError("invalid_argument", "state.fork requires a checkpoint_id.")
    thread = await thread_of(asked)
    if thread is None or not thread.graph_id:
        raise CommandError("no_such_checkpoint", "The thread has no checkpoints.")
    place = {"checkpoint_id": said.checkpoint_id}
    run = {"input": said.input, "checkpoint": place}
    return {**await _gone_on(asked, thread, said, run), "thread_id": asked.id("thread_id")}


COMMANDS: Final[Mapping[str, Command]] = {
    "run.start": start,
    "input.respond": respond,
    "state.fork": fork,
}


async def _gone_on(asked: Asked, thread: Thread, said: RunWords, run: Json) -> Json:
    """Start a run that goes on as the thread's last one."""
    before = await _last(asked, thread)
    options = before.options if before is not None else None
    config, _ = _apart(said.config)
    assistant = local_id(str(thread.metadata.get("assistant_id", ""))) or local_id(thread.graph_id)
    if options is not None:
        assistant = local_id(options.assistant_id) or assistant
        known, _ = _apart(options.config)
        config = _merged(known, config)
        if said.context:
            config.pop("configurable", None)
        elif options.context is not None and not config.get("configurable"):
            run = {**run, "context": options.context}
    return await _started(asked, assistant, said, {**run, "config": config})


async def _started(asked: Asked, assistant: str, said: RunWords, run: Json) -> Json:
    whole = {
        "assistant_id": assistant,
        "context": said.context,
        "metadata": said.metadata,
        "strict_resume": said.strict_resume,
        "if_not_exists": "create",
        "stream_resumable": True,
        "stream_subgraphs": True,
        **run,
    }
    body = checked(new_runs.RunBody, whole)
    new = await new_runs.asked_for(asked, body, stateless=False)
    new = replace(new, options=replace(new.options, protocol=PROTOCOL))
    created = await asked.parts.thread_runs.create(new, asked.caller)
    asked.call.about(run_id=created.run.run_id)
    return {"run_id": local_id(created.run.run_id)}


async def _last(asked: Asked, thread: Thread) -> Run | None:
    runs = await asked.parts.thread_runs.find(thread.thread_id, limit=1)
    return runs[0] if runs else None


def _questions(thread: Thread | None) -> Mapping[str, Any]:
    """Return the questions that a thread waits for an answer to, by id."""
    if thread is None or thread.status is not ThreadStatus.INTERRUPTED:
        return {}
    return {
        str(question.get("id")): question
        for questions in thread.interrupts.values()
        for question in questions
    }


def _resume(given: Any, questions: Mapping[str, Any]) -> Any:
    """Return what answers the questions: each by its id, where it is clear which is meant."""
    if isinstance(given, dict) and given and all(name in questions for name in given):
        return given
    return {next(iter(questions)): given} if len(questions) == 1 else given


def _answers(said: RespondParams) -> Mapping[str, Any]:
    responses: Sequence[Response] = [said] if said.responses is None else said.responses
    if not responses:
        raise CommandError("invalid_argument", "input.respond requires at least one response.")
    if not all(each.interrupt_id for each in responses):
        raise CommandError("invalid_argument", "input.respond requires an interrupt_id.")
    return {each.interrupt_id: each.response for each in responses}


def _apart(config: Json) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Return a config without where to begin, and that; None if it does not say."""
    configurable = config.get("configurable")
    if not isinstance(configurable, dict):
        return dict(config), None
    place = {name: configurable[name] for name in PLACE if configurable.get(name)}
    rest = {name: value for name, value in configurable.items() if name not in PLACE}
    rest.pop("thread_id", None)
    kept = {name: value for name, value in config.items() if name != "configurable"}
    if rest:
        kept["configurable"] = rest
    return kept, place if "checkpoint_id" in place else None


def _merged(known: Json, said: Json) -> dict[str, Any]:
    """Return a config with what is said now; of what is configurable, each part by itself."""
    merged = {**known, **said}
    if isinstance(known.get("configurable"), dict) and isinstance(said.get("configurable"), dict):
        merged["configurable"] = {**known["configurable"], **said["configurable"]}
    return merged

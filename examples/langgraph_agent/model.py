"""The chat model: one that needs no network, unless another is asked for.

The one line to change is in `langgraph.json`: ``"AGENT_MODEL": "anthropic:claude-sonnet-4-5"`` (or
any other that `init_chat_model` knows, with its package installed and its key in the environment).
"""

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    HumanMessage,
    ToolMessage,
)
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

CITIES = ("Graz", "Vienna", "Zagreb", "Zurich")
HELP = (
    f"I know the trains between {', '.join(CITIES)}. Ask me for a connection, as in: Vienna to"
    " Zurich. Say that you want to book one, and I ask you before any money is spent: a seat is"
    " booked once you have said yes, and not before."
)
SECONDS_PER_TOKEN = float(os.environ.get("AGENT_SECONDS_PER_TOKEN", "0.05"))


def chat_model() -> BaseChatModel:
    """Return the model that the environment names."""
    name = os.environ.get("AGENT_MODEL", "fake")
    if name == "fake":
        return ScriptedModel()
    from langchain.chat_models import init_chat_model  # noqa: PLC0415 - installed only by who uses it

    return init_chat_model(name)


class ScriptedModel(BaseChatModel):
    """Answers by a few rules, word by word, and calls tools as a real model would."""

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, *_: Any, **__: Any) -> "ScriptedModel":
        """Return itself: it knows its tools."""
        return self

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002 - the signature is LangChain's
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **_: Any,
    ) -> ChatResult:
        text, call = reply_to(messages)
        calls = [{**call, "id": _call_id(messages)}] if call else []
        return ChatResult(
            generations=[ChatGeneration(message=AIMessage(content=text, tool_calls=calls))]
        )

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002 - the signature is LangChain's
        run_manager: CallbackManagerForLLMRun | None = None,
        **_: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for chunk in _chunks(messages):
            if run_manager:
                run_manager.on_llm_new_token(str(chunk.message.content), chunk=chunk)
            yield chunk

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002 - the signature is LangChain's
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **_: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        for chunk in _chunks(messages):
            await asyncio.sleep(SECONDS_PER_TOKEN)
            if run_manager:
                await run_manager.on_llm_new_token(str(chunk.message.content), chunk=chunk)
            yield chunk


def reply_to(messages: Sequence[BaseMessage]) -> tuple[str, dict[str, Any] | None]:
    """Return what to say, and the tool to call, if any."""
    last = messages[-1]
    asked = str(next((m.content for m in reversed(messages) if isinstance(m, HumanMessage)), ""))
    if isinstance(last, ToolMessage) and last.name == "find_trains":
        return _after_search(str(last.content), wants_to_book="book" in asked.casefold())
    if isinstance(last, ToolMessage):
        return f"{last.content} Anything else?", None
    train = re.search(r"\b[A-Z]{2} \d{3}\b", asked)
    if train and "book" in asked.casefold():
        return "I ask for the booking.", {"name": "book_train", "args": {"train": train[0]}}
    cities = sorted((asked.find(city), city) for city in CITIES if city in asked)
    if len(cities) == 2:
        places = {"origin": cities[0][1], "destination": cities[1][1]}
        return "Let me look.", {"name": "find_trains", "args": places}
    unclear = f"Tell me from where to where: I know {', '.join(CITIES)}."
    return HELP if "what" in asked.casefold() else unclear, None


def _after_search(found: str, *, wants_to_book: bool) -> tuple[str, dict[str, Any] | None]:
    trains = json.loads(found)
    if not trains:
        return "There is no such train.", None
    first = trains[0]
    text = f"There is {first['train']} at {first['departs']} for {first['euros']} euros."
    if not wants_to_book:
        return f"{text} Shall I book it?", None
    return text, {"name": "book_train", "args": {"train": first["train"]}}


def _chunks(messages: Sequence[BaseMessage]) -> Iterator[ChatGenerationChunk]:
    text, call = reply_to(messages)
    for word in re.findall(r"\S+\s*", text):
        yield ChatGenerationChunk(message=AIMessageChunk(content=word))
    if call:
        piece = tool_call_chunk(
            name=call["name"], args=json.dumps(call["args"]), id=_call_id(messages), index=0
        )
        yield ChatGenerationChunk(message=AIMessageChunk(content="", tool_call_chunks=[piece]))


def _call_id(messages: Sequence[BaseMessage]) -> str:
    return f"call-{len(messages)}"

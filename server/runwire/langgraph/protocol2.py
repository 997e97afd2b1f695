"""What a graph says, in the words of the event streaming protocol, version 2.

LangGraph's own event stream (``astream_events``, version "v3") says nearly all of it: messages
block by block, the lives of subgraphs, what transformers add that a graph was compiled with. Here
that is made complete:

1. Everything is told whether or not somebody listens just now, but for what repeats the whole state
   per task: ``tasks`` only if the graph was compiled with their transformer.
2. A checkpoint is told as its id, its parent's and its step, before the values that are in it, so
   that clients know from where to fork.
3. A question is told once, where it was asked, though each graph around that repeats it.
4. Each event of a message names the message: several may be under way at the same time.
"""

import warnings
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from typing import Any, ClassVar, Final

from langchain_core._api import LangChainBetaWarning
from langchain_core.language_models._compat_bridge import message_to_events
from langchain_core.messages import AIMessage, AIMessageChunk
from langgraph.stream import StreamTransformer
from langgraph.stream.run_stream import AsyncGraphRunStream
from langgraph.stream.stream_channel import StreamChannel

from runwire.langgraph.parts import Part, Play, Told, is_cached

PREFIX: Final = "v2:"
"""Begins the channel of what is told in this protocol."""

_HEARD: Final = "runwire"
_CUSTOM: Final = "custom"
_AS_THEY_ARE: Final = frozenset({"tools", _CUSTOM})
_QUIET: Final = "drained"  # a subgraph stops because the worker does: the run goes on elsewhere

warnings.filterwarnings(
    "ignore", "The v3 streaming protocol on Pregel is experimental", LangChainBetaWarning
)

Event = Mapping[str, Any]
Saying = tuple[str, list[str], dict[str, Any]]
"""A method, a namespace, and the data with what else there is."""


async def tell(play: Play) -> AsyncGenerator[Part, None]:
    """Execute a graph; implements `parts.Streamer`."""
    run: AsyncGraphRunStream = await play.graph.astream_events(
        play.given,
        version="v3",
        transformers=[_Listening],
        durability=play.options.durability.value,
        **play.arguments(),
    )
    saves = bool(play.graph.checkpointer) and play.durability != "exit"
    words = _Words(tasks="tasks" in run.extensions, again=play.again)
    pairs = _Pairs(words, waits=saves)
    async with run:
        try:
            async for event in run:
                for part in pairs.put(event):
                    yield part
        except Exception:
            for part in pairs.rest():
                yield part
            raise
        for part in pairs.rest():
            yield part


class _Listening(StreamTransformer):
    """Asks for all that a graph can say, and hands on tasks, which others fold into lifecycles."""

    _native = True
    before_builtins: ClassVar[bool] = True
    required_stream_modes: ClassVar[tuple[str, ...]] = (
        *("values", "messages", "updates", "custom", "tools", "tasks", "checkpoints"),
    )

    def __init__(self, scope: tuple[str, ...] = ()) -> None:
        super().__init__(scope)
        self._heard: StreamChannel[Event] = StreamChannel(_HEARD)

    def init(self) -> dict[str, Any]:
        return {_HEARD: self._heard}

    def process(self, event: Any) -> bool:
        if event["method"] == "tasks" and not self.scope:
            self._heard.push(event["params"])
        return True


class _Pairs:
    """Puts a checkpoint before the values that are in it; LangGraph says it right behind them."""

    def __init__(self, words: "_Words", *, waits: bool) -> None:
        self._words = words
        self._waits = waits
        self._held: Event | None = None

    def put(self, event: Event) -> Iterator[Part]:
        """Yield what an event comes to, and what was held back for it."""
        held = self._held
        if held is not None:
            self._held = None
            if _pair(held, event):
                yield self._words.part(event)
                yield self._words.part(held)
                return
            yield self._words.part(held)
        if self._waits and event["method"] == "values" and not _interrupts(event):
            self._held = event
        else:
            yield self._words.part(event)

    def rest(self) -> Iterator[Part]:
        """Yield what is held back."""
        held, self._held = self._held, None
        if held is not None:
            yield self._words.part(held)


class _Words:
    """Finds words for events; knows the messages that are under way and the questions asked."""

    def __init__(self, *, tasks: bool, again: bool) -> None:
        self._tasks = tasks
        self._again = again
        self._messages: dict[str, str] = {}
        self._names: dict[tuple[str, ...], str] = {}
        self._asked: set[str] = set()
        self._special: Mapping[str, Callable[[list[str], Any], Iterator[Saying]]] = {
            "messages": self._message,
            "lifecycle": self._lifecycle,
            "checkpoints": self._checkpoints,
            "tasks": self._given_tasks,
            "updates": self._updates,
        }

    def part(self, event: Event) -> Part:
        """Return what an event is to the engine, and what is told of it."""
        method, params = event["method"], event["params"]
        if method == _HEARD:
            method, params = "tasks", params["data"]
        path, data = tuple(params["namespace"]), params["data"]
        interrupts = tuple(params.get("interrupts") or ())
        if interrupts and isinstance(data, dict):
            payload: Any = {**data, "__interrupt__": interrupts}
        else:
            payload = data
        at = params["timestamp"]
        told = tuple(
            Told(f"{PREFIX}{name}", {"namespace": where, "timestamp": at, **rest})
            for name, where, rest in self._said(method, list(path), data, interrupts)
        )
        return Part(path, method, payload, told)

    def _said(
        self, method: str, where: list[str], data: Any, interrupts: tuple[Any, ...]
    ) -> Iterator[Saying]:
        """Yield what is told of an event."""
        if method == "values":
            yield method, where, {"data": data}
            yield from self._questions(where, interrupts)
        elif method in self._special:
            yield from self._special[method](where, data)
        elif method in _AS_THEY_ARE:
            yield method, where, {"data": data}
        else:
            name = method.removeprefix(f"{_CUSTOM}:")
            yield _CUSTOM, where, {"data": {"name": name, "payload": data}}

    def _questions(self, where: list[str], interrupts: tuple[Any, ...]) -> Iterator[Saying]:
        for asked in interrupts:
            if asked.id not in self._asked:
                self._asked.add(asked.id)
                yield "input.requested", where, {"data": _question(asked)}

    def _updates(self, where: list[str], data: Any) -> Iterator[Saying]:
        if not (self._again and is_cached(data)):
            yield "updates", where, {"data": data}

    def _checkpoints(self, where: list[str], data: Any) -> Iterator[Saying]:
        yield "checkpoints", where, {"data": _checkpoint(data)}

    def _given_tasks(self, where: list[str], data: Any) -> Iterator[Saying]:
        if self._tasks:
            yield "tasks", where, {"data": data}

    def _lifecycle(self, _: list[str], data: Event) -> Iterator[Saying]:
        """Yield a subgraph's event, which always names the graph."""
        if data["event"] == _QUIET:
            return
        path = tuple(data["namespace"])
        name = self._names.setdefault(path, data.get("graph_name", ""))
        named = {**data, "graph_name": name or path[-1].partition(":")[0]}
        yield "lifecycle", list(path), {"data": named}

    def _message(self, where: list[str], data: Any) -> Iterator[Saying]:
        for each in self._of_message(data):
            yield "messages", where, each

    def _of_message(self, data: Any) -> Iterator[dict[str, Any]]:
        payload, metadata = data
        if isinstance(payload, AIMessage) and not isinstance(payload, AIMessageChunk):
            # Whole, from a node that called no model.
            events: tuple[Any, ...] = tuple(message_to_events(payload, message_id=payload.id))
            source = f"message:{payload.id}"
        elif isinstance(payload, dict) and "event" in payload:
            events, source = (payload,), str(metadata.get("run_id", ""))
        else:
            return  # of other people's messages the state tells
        for event in events:
            yield self._named(event, source, str(metadata.get("langgraph_node", "")))

    def _named(self, event: Any, source: str, node: str) -> dict[str, Any]:
        """Return an event of a message with the message's id."""
        if event["event"] == "message-start":
            self._messages[source] = str(event.get("id") or event.get("message_id") or source)
            event = {**event, "metadata": {**event.get("metadata", {}), "langgraph_node": node}}
        named = {**event, "id": self._messages.get(source, source), "run_id": source}
        if event["event"] in ("message-finish", "error"):
            self._messages.pop(source, None)
        return {"node": node, "data": named}


def _pair(values: Event, event: Event) -> bool:
    same = values["params"]["namespace"] == event["params"]["namespace"]
    return bool(same and event["method"] == "checkpoints")


def _interrupts(event: Event) -> Any:
    return event["params"].get("interrupts")


def _question(asked: Any) -> Event:
    # Clients in Python look for ``value``, those in JavaScript, and the protocol, for ``payload``.
    question = {"interrupt_id": asked.id, "payload": asked.value, "value": asked.value}
    schema = getattr(asked, "response_schema", None)
    return question if schema is None else {**question, "response_schema": schema}


def _checkpoint(data: Event) -> Event:
    metadata = data.get("metadata") or {}
    found = {
        "id": _checkpoint_id(data.get("config")),
        "parent_id": _checkpoint_id(data.get("parent_config")),
        "step": metadata.get("step"),
        "source": metadata.get("source"),
    }
    return {name: value for name, value in found.items() if value is not None}


def _checkpoint_id(config: Any) -> str | None:
    found = ((config or {}).get("configurable") or {}).get("checkpoint_id")
    return None if found is None else str(found)

"""Executes a graph and tells what the stream modes of a run ask for, as server-sent events name it.

1. The engine needs modes of its own (see `parts.Part`); what nobody asked for is not told.
2. A name is the mode's, with ``|node:task|…`` behind it for what a subgraph said; but for the
   older form of messages, whose clients know them by their ids alone.
"""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import Any, Final

from runwire.langgraph.accumulating import Accumulated
from runwire.langgraph.parts import Part, Play, Told

NEEDED: Final = ("values", "updates", "tasks")
"""What the engine needs to hear of any run."""

_MODES: Final = {
    "values": "values",
    "updates": "updates",
    "messages": "messages",
    "messages-tuple": "messages",
    "custom": "custom",
    "debug": "debug",
    "tasks": "tasks",
    "checkpoints": "checkpoints",
    "tools": "tools",
}
"""Stream modes as callers name them → as LangGraph does; of others nothing is told."""


async def stream(play: Play) -> AsyncGenerator[Part, None]:
    """Execute a graph in the words of the first protocol; a `Streamer`."""
    parts = (_with_events if "events" in play.options.stream_modes else _parts)(play)
    async with aclosing(parts):
        async for part in parts:
            yield part


async def _parts(play: Play) -> AsyncGenerator[Part, None]:
    teller, nested = _Teller(play.options.stream_modes), play.options.stream_subgraphs
    async with aclosing(play.graph.astream(**_arguments(play))) as said:  # type: ignore[type-var]
        async for item in said:
            path, mode, payload = item if nested else ((), *item)
            yield Part(path, mode, payload, tuple(teller.tell(path, mode, payload)))


async def _with_events(play: Play) -> AsyncGenerator[Part, None]:
    """Yield parts, and between them the events of everything that LangChain knows of."""
    teller, nested = _Teller(play.options.stream_modes), play.options.stream_subgraphs
    root = ""
    happened = play.graph.astream_events(version="v2", **_arguments(play))
    async with aclosing(happened) as events:  # type: ignore[type-var]
        async for event in events:
            root = root or event["run_id"]
            if event["event"] != "on_chain_stream" or event["run_id"] != root:
                yield Part((), "events", event, (Told("events", event),))
                continue
            item = event["data"]["chunk"]
            path, mode, payload = item if nested else ((), *item)
            told = tuple(teller.tell(path, mode, payload))
            yield Part(path, mode, payload, (Told("events", event), *told) if told else ())


def _arguments(play: Play) -> dict[str, Any]:
    return {
        **play.arguments(),
        "input": play.given,
        "stream_mode": _modes(play),
        "subgraphs": play.options.stream_subgraphs,
        "durability": play.durability,
    }


def _modes(play: Play) -> list[str]:
    """Return the modes to ask the graph for."""
    asked = [_MODES[mode] for mode in play.options.stream_modes if mode in _MODES]
    return list(dict.fromkeys([*NEEDED, *asked]))


class _Teller:
    """Says of each part what is told of it."""

    def __init__(self, modes: tuple[str, ...]) -> None:
        self._asked = frozenset(_MODES.get(mode, "") for mode in modes)
        self._tuples = "messages-tuple" in modes
        self._accumulated = Accumulated() if "messages" in modes else None

    def tell(self, path: tuple[str, ...], mode: str, payload: Any) -> Iterator[Told]:
        """Yield what is told of a part."""
        if mode not in self._asked:
            return
        suffix = "|" + "|".join(path) if path else ""
        if mode != "messages":
            yield Told(mode + suffix, payload)
            return
        if self._tuples:
            yield Told("messages" + suffix, payload)
        if self._accumulated is not None:
            yield from self._accumulated.tell(payload)

"""Counts the words of several texts: one parallel step per text, then one that sums up.

split ─▶ count (per text) ─▶ summarise
"""

import re
from collections import Counter
from typing import Annotated, Any, TypedDict

from runwire import Command, Graph, Send, SyncContext


class Text(TypedDict):
    """What one counting step is sent instead of the state."""

    number: int
    text: str


def merge(total: dict[str, int], part: dict[str, int]) -> dict[str, int]:
    """Add counts to counts: parallel steps may write to one key because it says how."""
    return dict(Counter(total) + Counter(part))


class CountInput(TypedDict):
    """The texts."""

    texts: list[str]


class CountState(CountInput, total=False):
    """What was counted in them, and the words found most often."""

    counts: Annotated[dict[str, int], merge]
    word_count: int
    most_frequent: list[tuple[str, int]]


graph = Graph(
    "map_reduce",
    state=CountState,
    input=CountInput,
    description="Counts the words of several texts, one parallel step per text.",
)


@graph.node
def split(state: CountState) -> Command:
    """Send every text to a step of its own."""
    numbered = enumerate(state["texts"], start=1)
    sends = [Send("count", {"number": number, "text": text}) for number, text in numbered]
    return Command(goto=sends or "summarise")


@graph.node(retries=2)
def count(state: Text, context: SyncContext) -> dict[str, Any]:
    """Count the words of one text."""
    words = count_words(state["text"])
    context.log("counted", text=state["number"], words=words.total())
    return {"counts": dict(words)}


@graph.node
def summarise(state: CountState) -> dict[str, Any]:
    """Name the most frequent words; equally frequent ones by the alphabet."""
    ranked = sorted(state.get("counts", {}).items(), key=lambda item: (-item[1], item[0]))
    return {"word_count": sum(number for _, number in ranked), "most_frequent": ranked[:10]}


graph.edge("split", "count")
graph.edge("count", "summarise")


def count_words(text: str) -> Counter[str]:
    """Return how often each word occurs, whatever its case."""
    return Counter(re.findall(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*", text.casefold()))

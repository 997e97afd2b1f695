"""Graphs that talk to people in front of a page."""

from typing import Any

from langgraph.graph import START, MessagesState, StateGraph
from tests.langgraph.graphs import FakeModel

LONG = tuple(f"word{number} " for number in range(30))


def _chat(model: FakeModel) -> Any:
    async def answer(state: MessagesState) -> dict[str, Any]:
        return {"messages": [await model.ainvoke(state["messages"])]}

    builder = StateGraph(MessagesState)
    builder.add_node("answer", answer)
    builder.add_edge(START, "answer")
    return builder.compile()


chat = _chat(FakeModel())
slow_chat = _chat(FakeModel(words=LONG, pause_seconds=0.03))

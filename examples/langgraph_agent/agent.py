"""Finds trains, and books one once a person has said yes.

    agent ◀──▶ tools

The same file runs under `langgraph dev`: nothing in it is Runwire's.
"""

from langchain_core.messages import SystemMessage
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition

try:  # as a part of this repository, and as a project of its own
    from examples.langgraph_agent.model import chat_model
    from examples.langgraph_agent.tools import TOOLS
except ImportError:
    from model import chat_model  # type: ignore[import-not-found, no-redef]
    from tools import TOOLS  # type: ignore[import-not-found, no-redef]

ROLE = SystemMessage("You find trains, and book one when you are asked to.")

model = chat_model().bind_tools(TOOLS)


async def agent(state: MessagesState) -> MessagesState:
    """Let the model say the next thing, or call a tool."""
    return {"messages": [await model.ainvoke([ROLE, *state["messages"]])]}


builder = StateGraph(MessagesState)
builder.add_node("agent", agent)
builder.add_node("tools", ToolNode(TOOLS))
builder.add_edge(START, "agent")
builder.add_conditional_edges("agent", tools_condition)
builder.add_edge("tools", "agent")
graph = builder.compile(name="agent")

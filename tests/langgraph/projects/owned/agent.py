"""A graph that says whose run it is."""

from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.graph import START, StateGraph
from langgraph_sdk.runtime import ServerRuntime
from typing_extensions import TypedDict


class State(TypedDict):
    said: str


def say(state: State, config: RunnableConfig) -> dict[str, Any]:
    known = config["configurable"]
    user = known["langgraph_auth_user"]
    return {"said": f"{user.identity} of {user['org']}: {known['langgraph_auth_permissions']}"}


builder = StateGraph(State)
builder.add_node("say", say)
builder.add_edge(START, "say")

OPENED: list[tuple[str, str]] = []
"""What the graph was opened for, and by whom."""


def agent(runtime: ServerRuntime) -> Any:
    OPENED.append((runtime.access_context, runtime.user.identity if runtime.user else ""))
    return builder

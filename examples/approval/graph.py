"""Asks a person before money is spent, and goes on when the answer comes.

    ask ─┬─▶ pay
         └─▶ decline

The run is INTERRUPTED while it waits: it holds no worker, and may wait for weeks.
"""

from typing import Annotated, Any, NotRequired, TypedDict

from pydantic import Field

from runwire import END, Graph, SyncContext, interrupt

ANSWER_SCHEMA = {
    "type": "object",
    "properties": {"approved": {"type": "boolean"}, "comment": {"type": "string"}},
    "required": ["approved"],
    "additionalProperties": False,
}


class ApprovalInput(TypedDict):
    """What is to be spent."""

    amount: Annotated[float, Field(gt=0)]
    purpose: NotRequired[str]


class ApprovalState(ApprovalInput, total=False):
    """And what was decided."""

    approved: bool
    comment: str
    receipt: str


graph = Graph(
    "approval",
    state=ApprovalState,
    input=ApprovalInput,
    description="Asks a person before money is spent.",
)


@graph.node
def ask(state: ApprovalState) -> dict[str, Any]:
    """Ask whether to spend; nothing before the answer has an effect, since the node runs again."""
    question = f"Spend {state['amount']:g} on {state.get('purpose', 'something unnamed')}?"
    answer = interrupt({"question": question, "amount": state["amount"]}, schema=ANSWER_SCHEMA)
    return {"approved": answer["approved"], "comment": answer.get("comment", "")}


def decided(state: ApprovalState) -> str:
    """Say which way the answer leads."""
    return "approved" if state["approved"] else "refused"


@graph.node(retries=3)
def pay(state: ApprovalState, context: SyncContext) -> dict[str, Any]:
    """Pay: the effect key is the same in every attempt, so whoever pays can tell a repeat."""
    context.log("paid", amount=state["amount"], effect_key=context.effect_key)
    return {"receipt": context.effect_key}


@graph.node
def decline(state: ApprovalState, context: SyncContext) -> None:
    """Note that nothing was spent."""
    context.log("declined", amount=state["amount"])


graph.branch("ask", decided, {"approved": "pay", "refused": "decline"})
graph.edge("pay", END)
graph.edge("decline", END)

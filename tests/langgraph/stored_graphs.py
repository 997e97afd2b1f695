"""A graph whose nodes remember things, embeddings for them, and handlers of an `Auth`."""

from collections.abc import Sequence
from typing import Any, TypedDict

from langgraph.graph import START, StateGraph
from langgraph.store.base import BaseStore
from langgraph_sdk import Auth

LETTERS = "abcdefgh"


class Note(TypedDict, total=False):
    user: str
    text: str
    known: list[str]


def remember(state: Note, *, store: BaseStore) -> Note:
    """Write on a thread of its own."""
    path = ("memories", state["user"])
    store.put(path, state["text"], {"text": state["text"]})
    return {}


async def recall(state: Note, *, store: BaseStore) -> Note:
    """Read on the loop of nodes, both ways."""
    path = ("memories", state["user"])
    found = await store.asearch(path, query=state["text"])
    assert store.get(path, state["text"]) is not None
    return {"known": [each.key for each in found]}


def _remembering() -> Any:
    builder = StateGraph(Note)
    builder.add_sequence([remember, recall])
    builder.add_edge(START, "remember")
    return builder.compile()


remembering = _remembering()


def embed(texts: Sequence[str]) -> list[list[float]]:
    """Know a text by its letters."""
    return [[text.count(letter) + 0.25 for letter in LETTERS] for text in texts]


auth = Auth()


@auth.authenticate
async def known(headers: dict[bytes, bytes]) -> str:
    """Believe whoever says a name."""
    name = headers.get(b"x-api-key")
    if not name:
        raise Auth.exceptions.HTTPException(status_code=401, detail="who are you?")
    return name.decode()


@auth.on
async def owned(ctx: Auth.types.AuthContext, value: Any) -> dict[str, str]:
    """Let everybody see their own."""
    mine = {"owner": ctx.user.identity}
    if isinstance(value.get("metadata"), dict):
        value["metadata"].update(mine)
    return mine


@auth.on.store
async def apart(ctx: Auth.types.AuthContext, value: Any) -> None:
    """Give everybody a place of their own."""
    path = tuple(value["namespace"] or ())
    value["namespace"] = (ctx.user.identity, *path)

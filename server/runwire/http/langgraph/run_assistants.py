"""Which assistant a run is of, where handlers of the user's own say whose assistants are whose."""

from typing import Any

from runwire.domain.assistant import own_assistant_id
from runwire.domain.langgraph_auth import Action, Resource
from runwire.domain.namespace import local_id
from runwire.http.langgraph.asking import Asked


async def named(asked: Asked, assistant: str) -> str:
    """Return the id of an assistant as handlers are shown it; raise NotFound."""
    if asked.user is None:
        return assistant
    found = await asked.parts.assistants.resolve(asked.caller, assistant)
    return local_id(found.assistant_id)


async def check_theirs(asked: Asked, assistant_id: str) -> None:
    """Raise NotFound for an assistant of somebody else; those that graphs have are for all."""
    if asked.user is None:
        return
    assistants = asked.parts.assistants
    if assistant_id in map(own_assistant_id, assistants.graph_ids(asked.caller)):
        return
    value: dict[str, Any] = {"assistant_id": assistant_id}
    also = await asked.allowed(Resource.ASSISTANTS, Action.READ, value)
    await assistants.get(asked.caller, assistant_id, also=also)

"""Everybody sees what is their own."""

from typing import Any

from langgraph_sdk import Auth

auth = Auth()

ORGS = {"ada": "acme", "bob": "borg"}
ASKED: list[tuple[str, str, dict[str, Any]]] = []
"""What the handlers were asked: resource, action, value."""


@auth.authenticate
async def authenticate(authorization: str | None) -> dict[str, Any]:
    name = (authorization or "").removeprefix("Bearer ")
    if name not in ORGS:
        raise Auth.exceptions.HTTPException(
            401, detail="who are you", headers={"WWW-Authenticate": "Bearer"}
        )
    return {"identity": name, "permissions": [f"{name}:all"], "org": ORGS[name]}


@auth.on
async def own(ctx: Auth.types.AuthContext, value: dict[str, Any]) -> Any:
    ASKED.append((ctx.resource, ctx.action, dict(value)))
    if ctx.action == "create":
        value.setdefault("metadata", {})["owner"] = ctx.user.identity
    return {"owner": ctx.user.identity}


@auth.on.assistants.delete
async def nobody(ctx: Auth.types.AuthContext, value: dict[str, Any]) -> bool:
    return False


@auth.on.store
async def scoped(ctx: Auth.types.AuthContext, value: dict[str, Any]) -> None:
    path = tuple(value["namespace"]) if value.get("namespace") else ()
    value["namespace"] = (ctx.user.identity, *path)

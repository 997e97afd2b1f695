"""Handlers of a user's own: everybody is who their key says, and sees what they made."""

from typing import Any

from langgraph_sdk import Auth

auth = Auth()


@auth.authenticate
async def who(headers: dict[bytes, bytes]) -> Auth.types.MinimalUserDict:
    name = headers.get(b"x-api-key", b"").decode()
    if name not in ("ann", "bob"):
        raise Auth.exceptions.HTTPException(status_code=401, detail="who are you?")
    return {"identity": name}


@auth.on.threads
async def owned(ctx: Auth.types.AuthContext, value: dict[str, Any]) -> dict[str, str]:
    value.setdefault("metadata", {})["owner"] = ctx.user.identity
    return {"owner": ctx.user.identity}


@auth.on.threads.delete
async def never(ctx: Auth.types.AuthContext, value: dict[str, Any]) -> bool:
    return ctx.user.identity == "ann"

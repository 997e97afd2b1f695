"""Tools that JSON graphs can call: plain functions, registered by name.

What a tool takes is its JSON Schema, made from its annotations; what it returns is an update, as
with any node. A branch may call a tool, too: its answer says which way is taken.
"""

from typing import Any

from runwire import Context, tool


@tool
def halve(value: float, halvings: int = 0) -> dict[str, Any]:
    """Halve a number and count how often that was done."""
    half = value / 2
    return {"value": half, "halvings": halvings + 1, "seen": half}


@tool
def compare(value: float, limit: float = 1.0) -> str:
    """Say whether a number is "small" enough or still "large"."""
    return "small" if value <= limit else "large"


@tool
async def announce(context: Context, halvings: int, greeting: str = "Done") -> dict[str, Any]:
    """Put the result into words."""
    await context.log("announced", halvings=halvings)
    return {"summary": f"{greeting} after {halvings} halvings."}

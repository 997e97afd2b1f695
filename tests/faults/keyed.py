"""A graph whose runs tell, in an append-only ledger, from when to when they had their key."""

import asyncio
import os
from collections.abc import Iterable
from typing import TypedDict

from runwire import Context, Graph


class Keyed(TypedDict):
    ledger: str
    key: str
    seconds: float


keyed = Graph("keyed", state=Keyed)


def note(ledger: str, *words: str) -> None:
    """Append one line, whole, whoever else writes."""
    line = " ".join(words) + "\n"
    file = os.open(ledger, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(file, line.encode())
    finally:
        os.close(file)


@keyed.node
async def begin(state: Keyed, context: Context) -> None:
    """Say that the run has the key, and keep it for a while."""
    note(state["ledger"], "begin", state["key"], context.run_id)
    await asyncio.sleep(state["seconds"])


@keyed.node
async def end(state: Keyed, context: Context) -> None:
    """Keep the key a little longer, and say that it will be free."""
    await asyncio.sleep(state["seconds"] / 4)
    note(state["ledger"], "end", state["key"], context.run_id)


keyed.edge("begin", "end")


def violations(lines: Iterable[str]) -> list[str]:
    """Return the lines at which a second run had a key of limit 1.

    A run that began and did not end, since its worker was killed, keeps its key: nobody but the
    run itself, in its next attempt, may begin before it has ended.
    """
    holder: dict[str, str] = {}
    found = []
    for line in lines:
        verb, key, run_id = line.split()
        if holder.get(key, run_id) != run_id:
            found.append(line)
        if verb == "begin":
            holder[key] = run_id
        else:
            holder.pop(key, None)
    return found

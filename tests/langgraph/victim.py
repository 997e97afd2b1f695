"""A server's parts as a process of its own, to be killed: `victim.py DIRECTORY [GRAPH OPTIONS]`.

Prints the events of the run it creates, or of the one that is there, one in a line.
"""

import asyncio
import json
import sys
from dataclasses import fields
from pathlib import Path

from tests.langgraph import graphs
from tests.langgraph.conftest import NAMES
from tests.langgraph.served import Served, serving

from runwire.domain.run import RunId
from runwire.domain.run_options import RunOptions


async def main(directory: Path, words: list[str]) -> None:
    """Create a run, or follow the one that is there."""
    named = {name: getattr(graphs, name) for name in NAMES}
    async with serving(directory, named) as served:
        known = directory / "run"
        if words:
            options = json.loads(words[1])
            given = options.pop("input")
            made = RunOptions.load(json.dumps(options).encode())
            run_id = await served.create(
                words[0], given, **{each.name: getattr(made, each.name) for each in fields(made)}
            )
            known.write_text(run_id)
        await _follow(served, RunId(known.read_text()))


async def _follow(served: Served, run_id: RunId) -> None:
    async for event in served.follow(run_id):
        chunk, changed = event.output_chunk, event.status_changed
        told = [chunk.channel, json.loads(chunk.payload.data)] if chunk.channel else None
        line = {"sequence": event.sequence, "told": told, "status": changed.to_status}
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2:]))

"""What these tests do again and again with the official client."""

from typing import Any

from langgraph_sdk.client import LangGraphClient

SLOW = {"seconds": 30.0}
BRIEF = {"seconds": 0.3}


async def new_thread(client: LangGraphClient) -> str:
    """Make a thread and return its id."""
    return str((await client.threads.create())["thread_id"])


async def running(client: LangGraphClient, thread: str, graph: str = "waits", **more: Any) -> str:
    """Start a run, and return its id once a node of it executes."""
    run = await client.runs.create(
        thread, graph, input=SLOW, stream_mode=["custom", "values"], stream_resumable=True, **more
    )
    stream = client.runs.join_stream(thread, run["run_id"], last_event_id="-1")
    async for part in stream:
        if part.event == "custom":
            return str(run["run_id"])
    raise AssertionError("it ended before anything happened")


async def ended(client: LangGraphClient, thread: str, run_id: str) -> Any:
    """Return a run once it has ended."""
    await client.runs.join(thread, run_id)
    return await client.runs.get(thread, run_id)


async def parts_of(stream: Any) -> list[tuple[str, Any]]:
    """Return all events of a stream."""
    return [(part.event, part.data) async for part in stream]

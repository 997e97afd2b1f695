"""A run whose node ends its process is parked instead of ending every server that takes it."""

from pathlib import Path

from tests.conftest import ServerProcess

from runwire_client import AsyncClient, Run, RunStatus


def start_and_lose(server: ServerProcess, fuse: Path) -> None:
    """Start the server, let the node end it, and wait for that."""
    if server.process is None:
        server.start()
    fuse.touch()
    assert server.process is not None
    assert server.process.wait(timeout=30) < 0
    server.process = None
    fuse.unlink()


async def create_and_burn(client: AsyncClient, fuse: Path) -> None:
    """Create the run, and wait until its node is known to be under way."""
    await client.runs.create("fuse", {"path": str(fuse)}, run_id="deadly")
    async for event in client.runs.watch("deadly"):
        if event.kind == "step_changed":
            return


async def parked(client: AsyncClient) -> Run:
    async for event in client.runs.watch("deadly"):
        if event.data.get("to_status") == "interrupted" and not event.step_id:
            assert event.data["reason"].startswith("WORKERS_CRASHED")
            break
    return await client.runs.get("deadly")


async def test_a_run_that_kills_three_servers_is_parked_and_can_be_resumed(
    new_server_process: ServerProcess, tmp_path: Path
) -> None:
    server, fuse = new_server_process, tmp_path / "fuse"
    async with AsyncClient(server.grpc_address) as client:
        await create_and_burn(client, fuse)
    for _ in range(3):
        start_and_lose(server, fuse)
    fuse.touch()  # a fourth server would end as well
    server.start()
    async with AsyncClient(server.grpc_address) as client:
        run = await parked(client)
        assert run.status is RunStatus.INTERRUPTED
        assert len({crash.worker_id for crash in run.crashes}) == 3
        assert {crash.nodes for crash in run.crashes} == {("burn",)}
        [asked] = run.interrupts
        assert asked.node == "burn"
        assert [crash["nodes"] for crash in asked.value["crashes"]] == [["burn"]] * 3
        other = await client.runs.create("three_nodes", {"n": 1})
        assert (await client.runs.wait(other.run_id)).status is RunStatus.SUCCEEDED
        fuse.rename(tmp_path / "fuse.wet")
        await client.runs.resume("deadly", "mended")
        ended = await client.runs.wait("deadly", timeout_seconds=20)
        assert (ended.status, ended.attempt) == (RunStatus.SUCCEEDED, 4)
        assert ended.crashes == ()

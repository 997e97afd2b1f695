"""Which web pages may call, and what they are shown."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from tests.http.conftest import Edge, edge_in

KNOWN = "https://console.example.com"
FOREIGN = "https://elsewhere.example"
JSON = {"content-type": "application/json"}


@pytest.fixture(params=[(), (KNOWN,), ("*",)], ids=["nobody", "one", "all"])
async def origins(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[tuple[Edge, tuple[str, ...]]]:
    async with edge_in(tmp_path, cors_origins=request.param) as edge:
        yield edge, request.param


@pytest.mark.parametrize("origin", [KNOWN, FOREIGN, "null"])
async def test_a_page_may_change_things_only_if_it_is_known(
    origins: tuple[Edge, tuple[str, ...]], origin: str
) -> None:
    edge, allowed = origins
    known = origin in allowed or "*" in allowed
    async with httpx.AsyncClient(base_url=f"http://{edge.address}") as rest:
        preflight = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        asked = await rest.options("/v1/runs", headers=preflight)
        assert ("access-control-allow-origin" in asked.headers) == known
        sent = await rest.post("/v1/graphs", content="{}", headers={"Origin": origin, **JSON})
        # What is wrong with the request is told to those only who may make it.
        assert sent.status_code == (400 if known else 403)
        read = await rest.get("/v1/runs", headers={"Origin": origin})
        assert read.status_code == 200
        assert ("access-control-allow-origin" in read.headers) == known
        if known:
            assert "X-Request-Id" in read.headers["access-control-expose-headers"]


async def test_the_servers_own_pages_and_programs_may_call(
    origins: tuple[Edge, tuple[str, ...]],
) -> None:
    edge, _ = origins
    async with httpx.AsyncClient(base_url=f"http://{edge.address}") as rest:
        own = {"Origin": f"http://{edge.address}", **JSON}
        assert (await rest.post("/v1/graphs", content="{}", headers=own)).status_code == 400
        assert (await rest.post("/v1/graphs", content="{}", headers=JSON)).status_code == 400
